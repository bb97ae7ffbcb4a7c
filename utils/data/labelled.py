"""Images with labels: taken apart, and given out in batches on the device."""

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F

from utils.system import ALONE, PADDING, Ranks

Labelled = tuple[torch.Tensor, torch.Tensor]  # uint8 images (N, H, W) and int64 labels (N,)


# Mean and standard deviation of the 60,000 x 784 training pixels, scaled to 0..1.
MEAN, STD = 0.2860406, 0.3530242


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
