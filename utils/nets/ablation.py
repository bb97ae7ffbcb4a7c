"""Networks between LeNet and a small AlexNet: each of seven changes can be made, or left out."""

import torch
import torch.nn.functional as F
from torch import nn

from utils.data import MEAN, STD
from utils.nets.base import ConvNet, chain

CHANGES = ("ReLU", "max", "overlap", "deep", "wide", "dropout", "augment")
WIDER = 3  # AlexNet has 16 times LeNet's channels; 28 px and two processor cores bear 3


class RandomView(nn.Module):
    """In training, each image shifted by up to `shift` px, and mirrored or not; else unchanged.

    Images (N, 1, height, width), normalised as in `Labelled.batches`; what a shift brings in is
    background. It is the same as a crop from an image with a rim (the paper's section 4.1).
    """

    def __init__(self, shift: int = 2):
        super().__init__()
        self.shift = shift

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        n, _, height, width = x.shape
        padded = F.pad(x, (self.shift,) * 4, value=-MEAN / STD)[:, 0]
        top, left = torch.randint(2 * self.shift + 1, (2, n, 1), device=x.device)
        rows = top + torch.arange(height, device=x.device)
        columns = left + torch.arange(width, device=x.device)
        mirrored = torch.rand(n, 1, device=x.device) < 0.5
        columns = torch.where(mirrored, columns.flip(1), columns)
        images = torch.arange(n, device=x.device)[:, None, None]
        return padded[images, rows[:, :, None], columns[:, None, :]][:, None]


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
        c1, c2, c3, f1, f2 = (n * (WIDER if "wide" in changes else 1) for n in (6, 16, 24, 120, 84))
        act = nn.ReLU if "ReLU" in changes else nn.Sigmoid
        kind = nn.MaxPool2d if "max" in changes else nn.AvgPool2d
        size = 3 if "overlap" in changes else 2
        inner = (c2, *(c3,) * (middle - 1), c2) if "deep" in changes else (c2,)
        layers = {"view": RandomView() if "augment" in changes else None}
        layers["conv1"] = nn.Conv2d(1, c1, kernel_size=5, padding=2)
        layers |= {"act1": act(), "pool1": kind(size, stride=2, ceil_mode=True)}
        layers["conv2"] = nn.Conv2d(c1, c2, kernel_size=5)
        layers |= {"act2": act(), "pool2": kind(size, stride=2, ceil_mode=True)}
        for i in range(len(inner) - 1):
            layers[f"conv{i + 3}"] = nn.Conv2d(inner[i], inner[i + 1], kernel_size=3, padding=1)
            layers[f"act{i + 3}"] = act()
        self.features = chain(**layers)
        drop = [nn.Dropout() if "dropout" in changes else None for _ in range(2)]
        self.classifier = chain(
            fc1=nn.Linear(c2 * self.map_side() ** 2, f1), act6=act(), drop1=drop[0],
            fc2=nn.Linear(f1, f2), act7=act(), drop2=drop[1],
            fc3=nn.Linear(f2, 10),
        )  # fmt: skip
