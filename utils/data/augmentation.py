"""Augmentation in batches, on the device: every image of a batch gets draws of its own."""

import torch
from torch import nn


def crop_and_flip(
    x: torch.Tensor, top: torch.Tensor, left: torch.Tensor, mirrored: torch.Tensor, size: int
) -> torch.Tensor:
    """A square of `size` px of each image, from row `top` and column `left` on, mirrored or not.

    `x` (N, height, width) or (N, height, width, channels); for each image one value of the others.
    """
    side = torch.arange(size, device=x.device)
    rows, columns = top[:, None] + side, left[:, None] + side
    columns = torch.where(mirrored[:, None], columns.flip(1), columns)
    images = torch.arange(len(x), device=x.device)[:, None, None]
    return x[images, rows[:, :, None], columns[:, None, :]]


class RandomViews(nn.Module):
    """In training, views of `size` px drawn at random; otherwise the centre of each image.

    Images (N, channels, height, width), normalised. With `crop` each image's place is drawn (as in
    Krizhevsky 2012, section 4.1), with `flip` it is mirrored or not. `noise` (channels, channels)
    adds to all pixels of an image the same colour: its columns, each times a normal number. The
    images of a chunk of `share` share one crop and one reflection: the 2012 program has 32
    (`convdata.py`, crop_chunk). Images that have `size` px are not cropped.
    """

    def __init__(
        self,
        size: int,
        *,
        crop: bool = False,
        flip: bool = False,
        noise: torch.Tensor | None = None,
        share: int = 1,
    ):
        super().__init__()
        self.size, self.crop, self.flip, self.noise, self.share = size, crop, flip, noise, share

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, channels, height, width = x.shape
        if self.training and self.noise is not None:
            factors = torch.randn(n, channels, device=x.device)
            x = x + (factors @ self.noise.T.to(x))[:, :, None, None]
        free = torch.tensor([[height - self.size], [width - self.size]], device=x.device)
        top, left = free.expand(2, n) // 2
        mirrored = torch.zeros(n, dtype=torch.bool, device=x.device)
        if self.training:
            chunk = torch.arange(n, device=x.device) // self.share
            if self.crop:
                top, left = (torch.rand(2, n, device=x.device) * (free + 1)).long()[:, chunk]
            if self.flip:
                mirrored = (torch.rand(n, device=x.device) < 0.5)[chunk]
        return crop_and_flip(x.movedim(1, -1), top, left, mirrored, self.size).movedim(-1, 1)


def colour_axes(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Eigenvalues (3,), largest first, and eigenvectors, in columns, of the pixels' covariance.

    The sign of an eigenvector is free: here its red part is positive. Images (N, 3, H, W) as
    numbers from 0 to 1, or as uint8, which is read as 0 to 1.
    """
    scale = 255 if images.dtype == torch.uint8 else 1
    pixels = images.movedim(1, 0).flatten(1).double() / scale
    values, vectors = torch.linalg.eigh(pixels.cov())
    return values.flip(0), (vectors * vectors[0].sign()).flip(1)
