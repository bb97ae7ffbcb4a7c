"""Networks between LeNet and a small AlexNet: each of seven changes can be made, or left out."""

from functools import partial
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import nn

from utils.data import MEAN, STD, crop_and_flip
from utils.nets.base import ConvNet, chain

CHANGES = ("ReLU", "max", "overlap", "deep", "wide", "dropout", "augment")
WIDER = 3  # AlexNet has 16 times LeNet's channels; 28 px and two processor cores bear 3


class RandomView(nn.Module):
    """In training, each image shifted by up to 2 px, and mirrored or not; else unchanged.

    Images (N, 1, side, side), normalised as in `Labelled.batches`; what a shift brings in is
    background. It is the same as a crop from an image with a rim (the paper's section 4.1).
    """

    shift = 2  # px

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        padded = F.pad(x, (self.shift,) * 4, value=-MEAN / STD)[:, 0]
        top, left = torch.randint(2 * self.shift + 1, (2, len(x)), device=x.device)
        mirrored = torch.rand(len(x), device=x.device) < 0.5
        return crop_and_flip(padded, top, left, mirrored, x.shape[-1])[:, None]


class AblationNet(ConvNet):
    """The common LeNet (`utils.nets.LeNet`) with some of seven changes. Input (N, 1, 28, 28).

    - "ReLU": instead of the sigmoid;
    - "max": max-pooling instead of averages;
    - "overlap": pooling windows of 3 instead of 2, in steps of 2; the maps keep their sizes;
    - "deep": three 3×3 convolutions more, behind the second pooling, with the proportions of
      AlexNet's (256 : 384 : 384 : 256 channels); `middle` is their number;
    - "wide": every layer but the last `WIDER` times as wide;
    - "dropout": half of the outputs of the first two linear layers, in training;
    - "augment": a `RandomView` of each image, in training.

    Without any it is LeNet, 61,706 parameters; with all of them a small AlexNet: eight layers with
    weights. Raises ValueError for an unknown change.
    """

    def __init__(self, *changes: str, middle: int = 3):
        super().__init__(in_channels=1, image_size=28)
        if unknown := set(changes) - set(CHANGES):
            raise ValueError(f"{', '.join(unknown)} is unknown: use some of {', '.join(CHANGES)}.")
        relu, largest, overlap, deep, wide, dropout, augment = (name in changes for name in CHANGES)
        c1, c2, c3, f1, f2 = (n * (WIDER if wide else 1) for n in (6, 16, 24, 120, 84))
        act = nn.ReLU if relu else nn.Sigmoid
        kind = nn.MaxPool2d if largest else nn.AvgPool2d
        pool = partial(kind, 3 if overlap else 2, stride=2, ceil_mode=True)
        drop = nn.Dropout if dropout else lambda: None
        self.features = chain(
            view=RandomView() if augment else None,
            conv1=nn.Conv2d(1, c1, kernel_size=5, padding=2), act1=act(), pool1=pool(),
            conv2=nn.Conv2d(c1, c2, kernel_size=5), act2=act(), pool2=pool(),
        )  # fmt: skip
        inner = (c2, *(c3,) * (middle - 1), c2) if deep else ()
        for i, (inputs, outputs) in enumerate(pairwise(inner), start=3):
            self.features.add_module(f"conv{i}", nn.Conv2d(inputs, outputs, 3, padding=1))
            self.features.add_module(f"act{i}", act())
        self.classifier = chain(
            fc1=nn.Linear(c2 * self.map_side() ** 2, f1), act6=act(), drop1=drop(),
            fc2=nn.Linear(f1, f2), act7=act(), drop2=drop(),
            fc3=nn.Linear(f2, 10),
        )  # fmt: skip
