"""What libraries, books and tutorials call AlexNet, each with its source and its input."""

from functools import partial

import torch
from torch import nn

from utils.nets.alexnet import CHANNELS, AlexNet, classifier, with_floor
from utils.nets.base import ConvNet, chain, scaled


def repaired_tutorial_alexnet(num_classes: int = 1000, width: float = 1) -> AlexNet:
    """A widely copied PyTorch listing after its five repairs. Input (N, 3, 227, 227).

    As printed it fails: no padding on conv2 to conv5, 384 channels from conv5, a 1×1 last pooling,
    and a `view` that mixes images. Repaired, it is the paper's network in one group, except that
    PyTorch rounds sizes down, so that it needs 227 px: 62,378,344 parameters.
    """
    net = with_floor(AlexNet(num_classes, image_size=227, width=width, groups=1))
    for pool in (net.features.pool1, net.features.pool2, net.features.pool5):
        pool.ceil_mode = False
    return net


class OneTowerAlexNet(ConvNet):
    """torchvision's `alexnet`: the one-tower network of "One weird trick" (Krizhevsky 2014).

    Not the network of 2012: 64-192-384-256-256 channels, no groups, no response normalisation,
    dropout *before* fc6 and fc7. 61,100,840 parameters under torchvision's names, so its weights
    fit. Input (N, 3, 224, 224), pixels normalised with ImageNet's mean and standard deviation;
    any size of at least 63 px fits, because an adaptive pooling always gives 6×6.
    `conv4=384` is the width in the 2014 paper's footnote; its program and torchvision have 256.

    With `lrn` it is a tutorial's version: response normalisation *after* each pooling, conv5's too,
    with PyTorch's k = 1, where the paper has 2; and no adaptive pooling, so that only sizes fit
    that give as large a map as `image_size`.
    """

    def __init__(
        self, num_classes: int = 1000, in_channels: int = 3, *, image_size: int = 224,
        width: float = 1, conv4: int = 256, lrn: bool = False, dropout: float = 0.5,
    ):  # fmt: skip
        super().__init__(in_channels, image_size)
        c1, c2, c3, c4, c5 = (scaled(n, width) for n in (64, 192, 384, conv4, 256))
        relu, pool = partial(nn.ReLU, inplace=True), partial(nn.MaxPool2d, kernel_size=3, stride=2)

        def norm() -> list[nn.Module]:
            return [nn.LocalResponseNorm(5)] if lrn else []

        self.features = nn.Sequential(
            nn.Conv2d(in_channels, c1, kernel_size=11, stride=4, padding=2),
            relu(), pool(), *norm(),
            nn.Conv2d(c1, c2, kernel_size=5, padding=2), relu(), pool(), *norm(),
            nn.Conv2d(c2, c3, kernel_size=3, padding=1), relu(),
            nn.Conv2d(c3, c4, kernel_size=3, padding=1), relu(),
            nn.Conv2d(c4, c5, kernel_size=3, padding=1), relu(), pool(), *norm(),
        )  # fmt: skip
        self.avgpool = None if lrn else nn.AdaptiveAvgPool2d((6, 6))
        inputs, hidden = c5 * (self.map_side() if lrn else 6) ** 2, scaled(4096, width)
        self.classifier = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(inputs, hidden), relu(),
            nn.Dropout(dropout), nn.Linear(hidden, hidden), relu(),
            nn.Linear(hidden, num_classes),
        )  # fmt: skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if self.avgpool is None:
            return super().forward(x)
        if x.shape[1] != self.in_channels or min(x.shape[2:]) < 63:
            raise ValueError(
                f"OneTowerAlexNet was built for {self.in_channels} channel(s) and sides of at "
                f"least 63 px, but got an input of shape {tuple(x.shape)}: resize the images."
            )
        return self.classifier(self.flatten(self.avgpool(self.features(x))))


class D2LAlexNet(ConvNet):
    """The AlexNet of "Dive into Deep Learning" (section 8.1), for Fashion-MNIST enlarged to 224 px.

    Input (N, 1, 224, 224). One group, no response normalisation, padding 1 on conv1, and
    PyTorch's floor rule: the maps are 54, 26, 12 and 5 px, where the paper's are 55, 27, 13 and 6.
    46,764,746 parameters.
    """

    def __init__(
        self, num_classes: int = 10, in_channels: int = 1, image_size: int = 224,
        width: float = 1, dropout: float = 0.5,
    ):  # fmt: skip
        super().__init__(in_channels, image_size)
        c1, c2, c3, c4, c5 = (scaled(n, width) for n in CHANNELS)
        pool = partial(nn.MaxPool2d, kernel_size=3, stride=2)
        self.features = chain(
            conv1=nn.Conv2d(in_channels, c1, kernel_size=11, stride=4, padding=1),
            relu1=nn.ReLU(), pool1=pool(),
            conv2=nn.Conv2d(c1, c2, kernel_size=5, padding=2), relu2=nn.ReLU(), pool2=pool(),
            conv3=nn.Conv2d(c2, c3, kernel_size=3, padding=1), relu3=nn.ReLU(),
            conv4=nn.Conv2d(c3, c4, kernel_size=3, padding=1), relu4=nn.ReLU(),
            conv5=nn.Conv2d(c4, c5, kernel_size=3, padding=1), relu5=nn.ReLU(), pool5=pool(),
        )  # fmt: skip
        self.classifier = classifier(c5 * self.map_side() ** 2, width, num_classes, dropout)
