"""ImageNet's photographs, or any tree like its: PATH/train/CLASS/… and PATH/val/CLASS/….

Read and augmented as the paper says (Krizhevsky 2012, §2, §4.1): the shorter side is resized, the
centre is cut out, the mean image of the training photographs is subtracted; in training random
crops, reflections and colour noise, in evaluation the centre, or ten crops averaged. Decoding is
the work of DataLoader's processes, everything after it is done in batches on the device.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.datasets import ImageFolder
from torchvision.models import AlexNet_Weights
from torchvision.transforms.v2 import functional as transforms

from utils.data.augmentation import RandomViews, colour_axes
from utils.data.download import DataError
from utils.data.labelled import shuffled
from utils.system import PADDING, SINGLE, ProcessGroup

SAMPLE = 1000  # photographs that the mean image and the colour axes are computed from
NOISE = 0.1  # standard deviation of the colour noise, along each axis (§4.1)


@dataclass(frozen=True, eq=False)
class Pixels:
    """How pixels from 0 to 255 become a network's input: less `mean`, divided by `std`.

    `mean` is an image (3, side, side) or a colour (3, 1, 1); `std` a number or (3, 1, 1). `noise`
    (3, 3) has in its columns the colours that `RandomViews` adds.
    """

    mean: torch.Tensor
    std: torch.Tensor
    noise: torch.Tensor | None = None


def torchvision_pixels() -> Pixels:
    """The input of torchvision's pretrained networks."""
    expected = AlexNet_Weights.DEFAULT.transforms()
    mean, std = 255 * torch.tensor([expected.mean, expected.std])[:, :, None, None]
    return Pixels(mean, std)


@dataclass(frozen=True, eq=False)
class PhotographFolder(Dataset):
    """Photographs in one folder for each class, decoded when they are needed.

    One is uint8 (3, side, side), with side = 256 for a network that reads 224 px, and the number of
    its class. `pixels` and `training` decide what `batches` makes of them.
    """

    folder: Path
    samples: list[tuple[str, int]] = field(repr=False)
    classes: list[str] = field(repr=False)
    side: int = 256
    workers: int = 0
    training: bool = False
    pixels: Pixels | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int] | DataError:
        path, label = self.samples[index]
        try:
            with Image.open(path) as image:
                small = transforms.resize(image.convert("RGB"), [self.side])
                square = transforms.center_crop(small, [self.side, self.side])
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return DataError(f"{path} is no whole image: put a good copy there, or take it away.")
        return transforms.pil_to_tensor(square), label if index >= 0 else PADDING

    @property
    def labels(self) -> list[int]:
        """The number of each photograph's class."""
        return [label for _, label in self.samples]

    def checksum(self) -> list[int]:
        """Of the names and sizes of all files: reading 1.2 million photographs takes too long."""
        paths = (Path(path) for path, _ in self.samples)
        lines = (f"{path.relative_to(self.folder)} {path.stat().st_size}\n" for path in paths)
        return [zlib.crc32("".join(lines).encode())]

    def read(self, shares: list[list[int]]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield the photographs (N, 3, side, side), uint8, and labels (N,) of each list of indices.

        Raises DataError at the first that cannot be read.
        """
        loader = DataLoader(
            self,
            batch_sampler=shares,
            num_workers=self.workers,
            collate_fn=_collate,
            generator=torch.Generator(),  # or it would draw from the training's random numbers
        )
        for batch in loader:
            if isinstance(batch, DataError):
                raise batch
            yield batch

    def batches(
        self,
        batch_size: int,
        *,
        image_size: int | None = None,
        device: torch.device | str = "cpu",
        generator: torch.Generator | None = None,
        channels_last: bool = False,
        skip: int = 0,
        group: ProcessGroup = SINGLE,
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """As `Labelled.batches`, with the crops of `image_size` px; without it whole squares."""
        pixels, order = self.pixels, shuffled(len(self), generator)
        shares = map(group.share, order.split(batch_size)[skip:])
        crop = {"crop": True, "flip": True, "noise": pixels.noise} if self.training else {}
        views = RandomViews(image_size or self.side, **crop).train(self.training)
        mean, std = pixels.mean.to(device), pixels.std.to(device)
        layout = torch.channels_last if channels_last else torch.contiguous_format
        for images, labels in self.read([share.tolist() for share in shares]):
            x = views((images.to(device).float() - mean) / std)
            yield x.contiguous(memory_format=layout), labels.to(device)


def _collate(batch: list) -> tuple[torch.Tensor, torch.Tensor] | DataError:
    """A batch, or the first complaint: an exception would arrive with its process's traceback."""
    for item in batch:
        if isinstance(item, DataError):
            return item
    images, labels = zip(*batch, strict=True)
    return torch.stack(images), torch.tensor(labels)


def side_for(image_size: int) -> int:
    """The side that photographs are shrunk to: 256 for crops of 224 px."""
    return round(image_size * 256 / 224)


def validation(path: str | Path, image_size: int, workers: int, pixels: Pixels) -> PhotographFolder:
    """The photographs of PATH/val. Raises DataError if there are none."""
    return _folder(Path(path), "val", side_for(image_size), workers, pixels=pixels)


def photograph_folders(
    path: str | Path, image_size: int, workers: int = 0, unit: bool = True
) -> tuple[PhotographFolder, PhotographFolder]:
    """The photographs of PATH/train and of PATH/val, for a network that reads `image_size` px.

    The mean image, and the axes of the colour noise, are those of up to 1,000 training photographs,
    the same ones every time. With `unit`, pixels are also divided by one number, their standard
    deviation, which the initial weights of He and Xavier ask for; the paper does not, and its
    weights are made for pixels from 0 to 255.

    Raises DataError if a folder is missing or empty, if the two have not the same classes, or if an
    image cannot be read.
    """
    path, side = Path(path), side_for(image_size)
    train = _folder(path, "train", side, workers, training=True)
    held_out = _folder(path, "val", side, workers)
    for here, other in ((held_out, train), (train, held_out)):
        if missing := sorted(set(other.classes) - set(here.classes)):
            names = ", ".join(missing[:3]) + (" …" if len(missing) > 3 else "")
            raise DataError(
                f"{here.folder} lacks {len(missing)} class(es) that {other.folder.name} has "
                f"({names}): both need one folder with photographs for every class."
            )
    pixels = _statistics(train, unit)
    return replace(train, pixels=pixels), replace(held_out, pixels=pixels)


def _folder(path: Path, part: str, side: int, workers: int, **options: object) -> PhotographFolder:
    folder = path.expanduser() / part
    try:
        tree = ImageFolder(folder)
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(
            f"{folder} has no photographs, or a class without any: it must have one folder with "
            "JPEG or PNG files for every class."
        ) from None
    return PhotographFolder(folder, tree.samples, tree.classes, side, workers, **options)


def _statistics(train: PhotographFolder, unit: bool) -> Pixels:
    """Mean image, standard deviation and colour axes of up to `SAMPLE` photographs."""
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))[:SAMPLE]
    images = torch.cat([x for x, _ in train.read([part.tolist() for part in order.split(50)])])
    mean = images.float().mean(0)
    values, vectors = colour_axes(images)  # of pixels from 0 to 1
    std = images.float().std() if unit else torch.tensor(1.0)
    noise = NOISE * vectors * values.clamp(min=0).sqrt() * 255 / std
    return Pixels(mean, std, noise.float())
