"""Images with labels: taken apart, and given out in batches on the device."""

import zlib
from collections.abc import Iterator
from typing import NamedTuple, Self

import torch
import torch.nn.functional as F

from utils.system import PADDING, SINGLE, ProcessGroup

# Mean and standard deviation of Fashion-MNIST's 60,000 x 784 training pixels, scaled to 0..1.
MEAN, STD = 0.2860406, 0.3530242


def shuffled(count: int, generator: torch.Generator | None) -> torch.Tensor:
    """The numbers from 0 to `count` - 1, in order or, with a generator, in a random one."""
    return torch.randperm(count, generator=generator) if generator else torch.arange(count)


class Labelled(NamedTuple):
    """Images, uint8 (N, H, W) or (N, 3, H, W), and the number of each one's class, int64 (N,)."""

    images: torch.Tensor
    labels: torch.Tensor

    def at(self, places: torch.Tensor | slice) -> Self:
        """The examples at these places."""
        return Labelled(self.images[places], self.labels[places])

    def first(self, count: int) -> Self:
        """The first `count` examples."""
        return self.at(slice(count))

    def split(self, held_out: int, seed: int = 0) -> tuple[Self, Self]:
        """Shuffle by `seed` and return (the rest, `held_out` examples for validation).

        Raises ValueError if one of the two would be empty.
        """
        count = len(self.labels)
        if not 0 < held_out < count:
            raise ValueError(
                f"Cannot hold out {held_out} of {count} examples: both parts need at least one."
            )
        order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
        return self.at(order[held_out:]), self.at(order[:held_out])

    def checksum(self) -> list[int]:
        """Of all pixels and of all labels."""
        return [zlib.crc32(part.cpu().numpy().tobytes()) for part in self]

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
        """Yield batches x (N, channels, side, side), normalised, and y (N,) on `device`.

        The images stay uint8 and are worked on batch by batch: resized to `image_size` pixels
        (bilinear), then normalised to mean 0 and standard deviation 1 over the training set. With a
        `generator`, one of the CPU, whose order is the same on every device, they are shuffled. The
        last batch may be smaller. The first `skip` batches are left out, for a training that goes
        on in the middle of an epoch. Of several processes of a `group` each gets its share of every
        batch; labels of images that only fill up a share are PADDING.

        Raises ValueError if the images are not uint8 or the labels are not as many.
        """
        if self.images.dtype != torch.uint8 or len(self.images) != len(self.labels):
            raise ValueError(
                f"Batches are made from uint8 images and as many labels, not from "
                f"{len(self.images)} images of {self.images.dtype} and {len(self.labels)} labels."
            )
        images, labels = self.images.to(device), self.labels.to(device)
        order = shuffled(len(labels), generator).to(device)
        for chosen in map(group.share, order.split(batch_size)[skip:]):
            x = images[chosen].float() / 255
            x = x if x.ndim == 4 else x.unsqueeze(1)
            if image_size:
                shrinking = image_size < x.shape[-1]  # antialiasing changes nothing when enlarging
                x = F.interpolate(x, (image_size,) * 2, mode="bilinear", antialias=shrinking)
            x = (x - MEAN) / STD
            if channels_last:
                x = x.to(memory_format=torch.channels_last)
            y = labels[chosen]
            if group.world_size > 1:
                y[chosen < 0] = PADDING
            yield x, y
