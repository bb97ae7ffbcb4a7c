"""What the book's networks share: features, then a classifier, and a check of the input."""

from itertools import count

import torch
from torch import nn

from utils.nets.shapes import map_size, windows

SIZES = range(1, 2048)  # image sides in px that error messages look through


class ConvNet(nn.Module):
    """Convolutional `features`, flattened, then a fully connected `classifier`.

    Raises ValueError if the image gives a feature map that the classifier does not fit.
    """

    features: nn.Sequential
    classifier: nn.Sequential

    def __init__(self, in_channels: int, image_size: int):
        super().__init__()
        self.in_channels, self.image_size = in_channels, image_size
        self.flatten = nn.Flatten()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self._check(x)
        return self.classifier(self.flatten(self.features(x)))

    def map_side(self) -> int:
        """Side of the last feature map; ValueError if `image_size` is too small for the layers."""
        side = self._side(self.image_size)
        if not side:
            smallest = next(n for n in count(1) if self._side(n))
            raise ValueError(
                f"{type(self).__name__} cannot read images of {self.image_size} px: "
                f"image_size must be at least {smallest}."
            )
        return side

    def _side(self, size: int) -> int:
        return map_size(windows(self.features), size)

    def _check(self, x: torch.Tensor) -> None:
        side = self._side(self.image_size)
        fitting = x.ndim == 4 and x.shape[1] == self.in_channels
        if not fitting or any(self._side(n) != side for n in x.shape[2:]):
            fits = [n for n in SIZES if self._side(n) == side]
            raise ValueError(
                f"{type(self).__name__} was built for {self.in_channels} channel(s) and sides of "
                f"{fits[0]} to {fits[-1]} px, but got an input of shape {tuple(x.shape)} instead "
                f"of (N, {self.in_channels}, height, width): resize the images, or build a network "
                "for them."
            )


def chain(**layers: nn.Module | None) -> nn.Sequential:
    """A Sequential with named layers; those that are None are left out."""
    chain = nn.Sequential()
    for name, layer in layers.items():
        if layer is not None:
            chain.add_module(name, layer)
    return chain


def reordered(layers: nn.Sequential, order: str, **others: nn.Module) -> nn.Sequential:
    """The layers whose names are given, in this order; `others` join or replace them."""
    named = dict(layers.named_children()) | others
    return chain(**{name: named[name] for name in order.split()})


def scaled(channels: int, width: float) -> int:
    """`channels` times `width`, made even: two groups must be able to share them."""
    return max(2, 2 * round(channels * width / 2))
