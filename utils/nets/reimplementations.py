"""What libraries, books and tutorials call AlexNet, each with its source and its input."""

import torch
from torch import nn

from utils.nets.alexnet import AlexNet, _classifier
from utils.nets.base import ConvNet, chain, scaled
from utils.nets.layers import CeilConv2d


def repaired_tutorial_alexnet(num_classes: int = 1000, width: float = 1) -> AlexNet:
    """A widely copied PyTorch listing after its five repairs. Input (N, 3, 227, 227).

    As printed it fails: no padding on conv2 to conv5, 384 channels from conv5, a 1×1 last pooling,
    and a `view` that mixes images. Repaired, it is the paper's network in one group, except that
    PyTorch rounds sizes down, so that it needs 227 px: 62,378,344 parameters.
    """
    net = AlexNet(num_classes, image_size=227, width=width, groups=1)
    for name, layer in net.features.named_children():
        if isinstance(layer, CeilConv2d):
            floor = nn.Conv2d(layer.in_channels, layer.out_channels, kernel_size=11, stride=4)
            setattr(net.features, name, floor)
        elif isinstance(layer, nn.MaxPool2d):
            layer.ceil_mode = False
    return net


def _one_tower(in_channels: int, width: float, conv4: int, lrn: bool) -> nn.Sequential:
    """The convolutional part of the 2014 network, numbered as in torchvision."""
    c1, c2, c3, c4, c5 = (scaled(n, width) for n in (64, 192, 384, conv4, 256))

    def norm() -> list[nn.Module]:
        return [nn.LocalResponseNorm(5)] if lrn else []

    return nn.Sequential(
        nn.Conv2d(in_channels, c1, kernel_size=11, stride=4, padding=2), nn.ReLU(inplace=True),
        nn.MaxPool2d(kernel_size=3, stride=2), *norm(),
        nn.Conv2d(c1, c2, kernel_size=5, padding=2), nn.ReLU(inplace=True),
        nn.MaxPool2d(kernel_size=3, stride=2), *norm(),
        nn.Conv2d(c2, c3, kernel_size=3, padding=1), nn.ReLU(inplace=True),
        nn.Conv2d(c3, c4, kernel_size=3, padding=1), nn.ReLU(inplace=True),
        nn.Conv2d(c4, c5, kernel_size=3, padding=1), nn.ReLU(inplace=True),
        nn.MaxPool2d(kernel_size=3, stride=2), *norm(),
    )  # fmt: skip


def _dropout_first(inputs: int, hidden: int, num_classes: int, dropout: float) -> nn.Sequential:
    """torchvision's classifier: dropout before each of the first two linear layers."""
    return nn.Sequential(
        nn.Dropout(dropout), nn.Linear(inputs, hidden), nn.ReLU(inplace=True),
        nn.Dropout(dropout), nn.Linear(hidden, hidden), nn.ReLU(inplace=True),
        nn.Linear(hidden, num_classes),
    )  # fmt: skip


class OneTowerAlexNet(ConvNet):
    """torchvision's `alexnet`: the one-tower network of "One weird trick" (Krizhevsky 2014).

    Not the network of 2012: 64-192-384-256-256 channels, no groups, no response normalisation,
    dropout *before* fc6 and fc7. 61,100,840 parameters under torchvision's names, so its weights
    fit. Input (N, 3, 224, 224), pixels normalised with ImageNet's mean and standard deviation;
    any size of at least 63 px fits, because an adaptive pooling always gives 6×6.
    `conv4=384` is the width in the 2014 paper's footnote; its program and torchvision have 256.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        in_channels: int = 3,
        width: float = 1,
        conv4: int = 256,
        dropout: float = 0.5,
    ):
        super().__init__(in_channels, image_size=224)
        self.features = _one_tower(in_channels, width, conv4, lrn=False)
        self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
        inputs = 36 * scaled(256, width)
        self.classifier = _dropout_first(inputs, scaled(4096, width), num_classes, dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.shape[1] != self.in_channels or min(x.shape[2:]) < 63:
            raise ValueError(
                f"OneTowerAlexNet was built for {self.in_channels} channel(s) and sides of at "
                f"least 63 px, but got an input of shape {tuple(x.shape)}: resize the images."
            )
        return self.classifier(self.flatten(self.avgpool(self.features(x))))


class OneTowerLRNAlexNet(ConvNet):
    """The one-tower network with response normalisation *after* each pooling, as in a tutorial.

    `nn.LocalResponseNorm(5)` leaves PyTorch's k = 1, where the paper has 2, and stands after
    conv5's pooling too. Input (N, 3, 224, 224); 61,100,840 parameters.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        in_channels: int = 3,
        image_size: int = 224,
        width: float = 1,
        dropout: float = 0.5,
    ):
        super().__init__(in_channels, image_size)
        self.features = _one_tower(in_channels, width, conv4=256, lrn=True)
        inputs = scaled(256, width) * self.map_side() ** 2
        self.classifier = _dropout_first(inputs, scaled(4096, width), num_classes, dropout)


class D2LAlexNet(ConvNet):
    """The AlexNet of "Dive into Deep Learning" (section 8.1), for Fashion-MNIST enlarged to 224 px.

    Input (N, 1, 224, 224). One group, no response normalisation, padding 1 on conv1, and
    PyTorch's floor rule: the maps are 54, 26, 12 and 5 px, where the paper's are 55, 27, 13 and 6.
    46,764,746 parameters.
    """

    def __init__(
        self,
        num_classes: int = 10,
        in_channels: int = 1,
        image_size: int = 224,
        width: float = 1,
        dropout: float = 0.5,
    ):
        super().__init__(in_channels, image_size)
        c1, c2, c3, c4, c5 = (scaled(n, width) for n in (96, 256, 384, 384, 256))
        self.features = chain(
            conv1=nn.Conv2d(in_channels, c1, kernel_size=11, stride=4, padding=1),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(kernel_size=3, stride=2),
            conv2=nn.Conv2d(c1, c2, kernel_size=5, padding=2),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(kernel_size=3, stride=2),
            conv3=nn.Conv2d(c2, c3, kernel_size=3, padding=1),
            relu3=nn.ReLU(),
            conv4=nn.Conv2d(c3, c4, kernel_size=3, padding=1),
            relu4=nn.ReLU(),
            conv5=nn.Conv2d(c4, c5, kernel_size=3, padding=1),
            relu5=nn.ReLU(),
            pool5=nn.MaxPool2d(kernel_size=3, stride=2),
        )
        inputs = c5 * self.map_side() ** 2
        self.classifier = _classifier(inputs, scaled(4096, width), num_classes, dropout)
