"""Fashion-MNIST and photographs, and batches of images on the device.

Fashion-MNIST (Xiao, Rasul and Vollgraf 2017) is four files. Each is taken from the first of these
places that has it whole: the book's cache, Debian's package `dataset-fashion-mnist`, torchvision's
mirror. If one is nowhere to be had, a class-balanced subset that comes with the book stands in.
No other module knows where files lie.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import skimage.data
import torch
import torch.nn.functional as F
from torchvision.datasets import FashionMNIST
from torchvision.transforms.v2 import functional as transforms

from utils import files
from utils.ranks import ALONE, PADDING, Ranks

DataError = files.DataError
Labelled = tuple[torch.Tensor, torch.Tensor]  # uint8 images (N, H, W) and int64 labels (N,)

# Mean and standard deviation of the 60,000 x 784 training pixels, scaled to 0..1.
MEAN, STD = 0.2860406, 0.3530242


@dataclass(frozen=True, eq=False)
class Dataset:
    """Fashion-MNIST: 28 x 28 grey images and the number (0 to 9) of each one's class.

    Images are uint8 (N, 28, 28), labels int64 (N,). `source` is a sentence that says where they
    came from; `complete` is False if they are the bundled subset.
    """

    train_images: torch.Tensor = field(repr=False)
    train_labels: torch.Tensor = field(repr=False)
    test_images: torch.Tensor = field(repr=False)
    test_labels: torch.Tensor = field(repr=False)
    source: str
    complete: bool
    classes: tuple[str, ...] = tuple(FashionMNIST.classes)

    @property
    def train(self) -> Labelled:
        """Training images and labels."""
        return self.train_images, self.train_labels

    @property
    def test(self) -> Labelled:
        """Test images and labels."""
        return self.test_images, self.test_labels


def fashion_mnist(data_dir: str | Path | None = None, quiet: bool = False) -> Dataset:
    """Fashion-MNIST, 60,000 training and 10,000 test images, every file checked.

    `data_dir`, or else the environment variable BOOK_DATA_DIR, names a folder that must hold the
    four files, packed (.gz) or not, or torchvision's `FashionMNIST/raw` with them; nothing in it
    is ever changed. Without either, the book searches by itself, fetches what is missing into its
    cache (31 MB) and sets damaged files in the cache aside. What happened on the way is printed
    (a warning would add the path of a temporary file to a notebook), unless `quiet`.

    Raises DataError if the folder that was named does not exist or lacks a file, or if a file in
    it is damaged or cannot be read.
    """
    tell = (lambda sentence: None) if quiet else print
    if named := data_dir or os.environ.get("BOOK_DATA_DIR"):
        contents = files.from_named_folder(Path(named).expanduser())
        return _dataset(contents, "All 70,000 images of Fashion-MNIST, from the folder you named.")
    try:
        contents, places = files.search(tell)
    except DataError as error:
        tell(
            f"Fashion-MNIST could not be fetched ({error}): using the 12,000 images that come with "
            "the book, so accuracies will be lower than in the text."
        )
        return _dataset(
            files.bundled(),
            "10,000 + 2,000 images of Fashion-MNIST, the subset that comes with the book.",
            complete=False,
        )
    return _dataset(contents, f"All 70,000 images of Fashion-MNIST, from {' and '.join(places)}.")


def split(
    images: torch.Tensor, labels: torch.Tensor, held_out: int, seed: int = 0
) -> tuple[Labelled, Labelled]:
    """Shuffle by `seed` and return (the rest, `held_out` examples for validation).

    Raises ValueError if one of the two would be empty.
    """
    if not 0 < held_out < len(labels):
        raise ValueError(
            f"Cannot hold out {held_out} of {len(labels)} examples: both parts need at least one."
        )
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    apart, rest = order[:held_out], order[held_out:]
    return (images[rest], labels[rest]), (images[apart], labels[apart])


def batches(
    images: torch.Tensor,
    labels: torch.Tensor,
    batch_size: int,
    *,
    image_size: int | None = None,
    device: torch.device | str = "cpu",
    generator: torch.Generator | None = None,
    augment: Callable[[torch.Tensor], torch.Tensor] | None = None,
    channels_last: bool = False,
    skip: int = 0,
    ranks: Ranks = ALONE,
) -> Iterator[Labelled]:
    """Yield batches x (N, 1, side, side), normalised, and y (N,) on `device`.

    Colour images (N, 3, H, W) give x (N, 3, side, side). The images stay uint8 and are worked on
    batch by batch: resized to `image_size` pixels (bilinear), given to `augment` as float32 in
    0..1, then normalised to mean 0 and standard deviation 1 over the training set. With a
    `generator`, one of the CPU, whose order is the same on every device, they are shuffled. The
    last batch may be smaller. The first `skip` batches are left out, for a training that goes on in
    the middle of an epoch. Of several `ranks` each gets its share of every batch; labels of images
    that only fill up a share are PADDING.

    Raises ValueError if `images` are not uint8 or `labels` are not as many.
    """
    if images.dtype != torch.uint8 or len(images) != len(labels):
        raise ValueError(
            f"Batches are made from uint8 images and as many labels, not from {len(images)} "
            f"images of {images.dtype} and {len(labels)} labels."
        )
    images, labels = images.to(device), labels.to(device)
    count = len(labels)
    order = torch.arange(count) if generator is None else torch.randperm(count, generator=generator)
    for chosen in map(ranks.share, order.to(device).split(batch_size)[skip:]):
        x = images[chosen].float() / 255
        x = x if x.ndim == 4 else x.unsqueeze(1)
        if image_size:
            shrinking = image_size < x.shape[-1]  # antialiasing changes nothing when enlarging
            x = F.interpolate(x, (image_size,) * 2, mode="bilinear", antialias=shrinking)
        if augment:
            x = augment(x)
        x = (x - MEAN) / STD
        if channels_last:
            x = x.to(memory_format=torch.channels_last)
        y = labels[chosen]
        if ranks.world > 1:
            y[chosen < 0] = PADDING
        yield x, y


def _sample_image(name: str) -> np.ndarray:
    from sklearn.datasets import load_sample_image  # takes a second, which few chapters need

    return load_sample_image(name)


# All of them come inside the packages, none is fetched.
PHOTOGRAPHS: dict[str, Callable[[], np.ndarray]] = {
    "astronaut": skimage.data.astronaut,
    "cat": skimage.data.cat,
    "coffee": skimage.data.coffee,
    "rocket": skimage.data.rocket,
    "motorcycle": lambda: skimage.data.stereo_motorcycle()[0],
    "motorcycle, right eye": lambda: skimage.data.stereo_motorcycle()[1],
    "china": lambda: _sample_image("china.jpg"),
    "flower": lambda: _sample_image("flower.jpg"),
}


def photograph(name: str, size: int | None = None) -> torch.Tensor:
    """A colour photograph as a float32 tensor (3, H, W) in 0..1.

    With `size`, the shorter side is resized to that many pixels and the centre square is kept:
    (3, size, size).

    From scikit-image: astronaut (NASA, public domain), cat (Stefan van der Walt, CC0), coffee
    (Rachel Michetti, CC0), rocket (SpaceX, public domain), motorcycle (Middlebury stereo 2014,
    Scharstein et al.; the second one is the same scene from a little further right). From
    scikit-learn, both CC BY 2.0: china (danielbuechele on Flickr) and flower (vultilion on Flickr).

    Raises ValueError, with the names that exist, for an unknown `name`.
    """
    if name not in PHOTOGRAPHS:
        raise ValueError(f'No photograph "{name}": choose one of {", ".join(PHOTOGRAPHS)}.')
    pixels = torch.from_numpy(PHOTOGRAPHS[name]().copy()).permute(2, 0, 1).float() / 255
    if size:
        pixels = transforms.resize(pixels, [size], antialias=True).clamp(0, 1)
        pixels = transforms.center_crop(pixels, [size, size])
    return pixels.contiguous()


def _dataset(contents: dict[str, bytes], source: str, complete: bool = True) -> Dataset:
    """Turn the contents of the four files, in the order of CHECKSUMS, into tensors."""
    images, labels, test_images, test_labels = (_tensor(contents[name]) for name in files.CHECKSUMS)
    return Dataset(images, labels.long(), test_images, test_labels.long(), source, complete)


def _tensor(content: bytes) -> torch.Tensor:
    """The array in an idx file: 4 bytes, the last the number of axes, each size, the bytes."""
    axes = content[3]
    sizes = np.frombuffer(content, ">u4", axes, offset=4).astype(int)
    return torch.from_numpy(
        np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(sizes).copy()
    )
