"""Every network of the book, each with its source and the input it expects.

All take a batch of images (N, channels, height, width) and return one score for each class
(N, num_classes), the largest for the recognised one. `width` multiplies the number of channels
and hidden units, so that small versions exist for experiments. Initial weights are PyTorch's
default; `utils.initialisation` has the others.
"""

import torch
import torch.nn.functional as F
from torch import nn

from utils.convnet import ConvNet, chain, scaled
from utils.lenet import LeNet, LeNet5
from utils.shapes import conv_out

__all__ = [
    "AlexNet",
    "D2LAlexNet",
    "LeNet",
    "LeNet5",
    "OneTowerAlexNet",
    "OneTowerLRNAlexNet",
    "repaired_tutorial_alexnet",
]


class CeilConv2d(nn.Conv2d):
    """A convolution that takes a last step that does not fit, and reads zeros outside the image.

    The 2012 program sizes its convolutions with ceil (`layer.py`), PyTorch with floor. Zeros to
    the right of and below the image make the two equal: 224 px give 55 positions, not 54.
    """

    ceil_mode = True  # named as in nn.MaxPool2d

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        (k, _), (s, _), (p, _) = self.kernel_size, self.stride, self.padding
        height, width = (
            max(0, (conv_out(n, k, s, p, "ceil") - 1) * s + k - (n + 2 * p)) for n in x.shape[-2:]
        )
        return super().forward(F.pad(x, (0, width, 0, height)))


class ColumnResponseNorm(nn.LocalResponseNorm):
    """Local response normalisation within each column of channels: a window stops at its border.

    The two columns are the two GPUs of 2012 (`layers-145.cfg` normalises conv1a and conv1b apart).
    """

    columns = 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, channels, height, width = x.shape
        column = x.reshape(n * self.columns, channels // self.columns, height, width)
        return super().forward(column).reshape(x.shape)


def _response_norm(lrn: str | None, k: float) -> nn.Module | None:
    constants = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": k}
    if lrn == "all":
        return nn.LocalResponseNorm(**constants)
    if lrn == "columns":
        return ColumnResponseNorm(**constants)
    if lrn is None:
        return None
    raise ValueError(f'lrn={lrn!r} is unknown: use "all", "columns" or None.')


class AlexNet(ConvNet):
    """AlexNet as the paper describes it (Krizhevsky, Sutskever, Hinton 2012, sections 3 and 4.2).

    Input (N, 3, 224, 224) as the paper says, or 227 px, which needs no zeros at the border:
    pixels from 0 to 255 with the training set's mean image subtracted (section 2). Sizes follow
    the 2012 program's ceil rule, in convolution and pooling. Paddings are not in the paper: they
    follow from its map sizes, and are those of the program and of Caffe.

    `groups=2` is the paper's pair of GPUs: 60,965,224 parameters; `groups=1` has 62,378,344.
    `channels` are those of the five convolutions.
    `lrn` says over which channels the response normalisation sums: "all" as printed, "columns"
    within each half as in the program, or None. Its alpha of 1e-4 is divided by n = 5, as in the
    program and in PyTorch; the formula as printed would be `alpha=5e-4`. `k` is its constant.
    The paper's order is convolution, ReLU, normalisation, pooling; the program applied conv1's
    ReLU after its pooling. Dropout stands behind fc6 and fc7.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        in_channels: int = 3,
        image_size: int = 224,
        width: float = 1,
        channels: tuple[int, int, int, int, int] = (96, 256, 384, 384, 256),
        groups: int = 2,
        lrn: str | None = "all",
        k: float = 2.0,
        dropout: float = 0.5,
    ):
        super().__init__(in_channels, image_size)
        c1, c2, c3, c4, c5 = (scaled(n, width) for n in channels)
        self.features = chain(
            conv1=CeilConv2d(in_channels, c1, kernel_size=11, stride=4),
            relu1=nn.ReLU(),
            norm1=_response_norm(lrn, k),
            pool1=nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
            conv2=nn.Conv2d(c1, c2, kernel_size=5, padding=2, groups=groups),
            relu2=nn.ReLU(),
            norm2=_response_norm(lrn, k),
            pool2=nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
            conv3=nn.Conv2d(c2, c3, kernel_size=3, padding=1),  # sees both halves
            relu3=nn.ReLU(),
            conv4=nn.Conv2d(c3, c4, kernel_size=3, padding=1, groups=groups),
            relu4=nn.ReLU(),
            conv5=nn.Conv2d(c4, c5, kernel_size=3, padding=1, groups=groups),
            relu5=nn.ReLU(),
            pool5=nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True),
        )
        inputs = c5 * self.map_side() ** 2
        self.classifier = _classifier(inputs, scaled(4096, width), num_classes, dropout)


def _classifier(inputs: int, hidden: int, num_classes: int, dropout: float) -> nn.Sequential:
    """fc6, fc7 and fc8 with the paper's dropout on the outputs of the first two."""
    return chain(
        fc6=nn.Linear(inputs, hidden),
        relu6=nn.ReLU(),
        drop6=nn.Dropout(dropout),
        fc7=nn.Linear(hidden, hidden),
        relu7=nn.ReLU(),
        drop7=nn.Dropout(dropout),
        fc8=nn.Linear(hidden, num_classes),
    )


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
