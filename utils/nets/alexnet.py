"""AlexNet as the paper describes it, and its next of kin: the program's, Caffe's, for one GPU.

All take images (N, channels, height, width) and return a score for each class (N, num_classes).
`width` multiplies the number of channels and hidden units. Initial weights are PyTorch's default;
`initialisation` has the others.
"""

from functools import partial

from torch import nn

from utils.nets.base import ConvNet, chain, reordered, scaled
from utils.nets.layers import CeilConv2d, ColumnResponseNorm, MapResponseNorm

CHANNELS = (96, 256, 384, 384, 256)  # of the five convolutions


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
    The paper's order is convolution, ReLU, normalisation, pooling. Dropout stands behind fc6 and
    fc7. Raises ValueError for another `lrn`.
    """

    def __init__(
        self, num_classes: int = 1000, in_channels: int = 3, image_size: int = 224,
        width: float = 1, channels: tuple[int, ...] = CHANNELS, groups: int = 2,
        lrn: str | None = "all", k: float = 2.0, dropout: float = 0.5,
    ):  # fmt: skip
        super().__init__(in_channels, image_size)
        c1, c2, c3, c4, c5 = (scaled(n, width) for n in channels)
        pool = partial(nn.MaxPool2d, kernel_size=3, stride=2, ceil_mode=True)
        self.features = chain(
            conv1=CeilConv2d(in_channels, c1, kernel_size=11, stride=4), relu1=nn.ReLU(),
            norm1=_response_norm(lrn, k), pool1=pool(),
            conv2=nn.Conv2d(c1, c2, kernel_size=5, padding=2, groups=groups), relu2=nn.ReLU(),
            norm2=_response_norm(lrn, k), pool2=pool(),
            conv3=nn.Conv2d(c2, c3, kernel_size=3, padding=1), relu3=nn.ReLU(),  # sees both halves
            conv4=nn.Conv2d(c3, c4, kernel_size=3, padding=1, groups=groups), relu4=nn.ReLU(),
            conv5=nn.Conv2d(c4, c5, kernel_size=3, padding=1, groups=groups), relu5=nn.ReLU(),
            pool5=pool(),
        )  # fmt: skip
        self.classifier = classifier(c5 * self.map_side() ** 2, width, num_classes, dropout)


def classifier(inputs: int, width: float, num_classes: int, dropout: float) -> nn.Sequential:
    """fc6, fc7 and fc8 with the paper's dropout on the outputs of the first two."""
    hidden = scaled(4096, width)
    return chain(
        fc6=nn.Linear(inputs, hidden), relu6=nn.ReLU(), drop6=nn.Dropout(dropout),
        fc7=nn.Linear(hidden, hidden), relu7=nn.ReLU(), drop7=nn.Dropout(dropout),
        fc8=nn.Linear(hidden, num_classes),
    )  # fmt: skip


def _response_norm(lrn: str | None, k: float) -> nn.Module | None:
    kinds = {"all": nn.LocalResponseNorm, "columns": ColumnResponseNorm}
    if lrn is None:
        return None
    if lrn not in kinds:
        raise ValueError(f'lrn={lrn!r} is unknown: use "all", "columns" or None.')
    return kinds[lrn](size=5, alpha=1e-4, beta=0.75, k=k)


class ProgramAlexNet(AlexNet):
    """Net 145 as the 2012 program defines it (`layers-145.cfg`), the first entry's one paper net.

    It differs from the paper's text: conv1's ReLU comes after normalisation *and* pooling, a
    second normalisation within each map follows conv2's, every normalisation stays within its
    GPU's half of the channels, and conv5's ReLU comes after its pooling. Takes what `AlexNet`
    takes, except `lrn`, and has as many parameters; `initialise(net, "program")` starts it.
    """

    def __init__(self, num_classes: int = 1000, **settings):
        super().__init__(num_classes, lrn="columns", **settings)
        order = "conv1 norm1 pool1 relu1 conv2 relu2 norm2 map_norm2 pool2 conv3 relu3 conv4 relu4 "
        order += "conv5 pool5 relu5"
        self.features = reordered(self.features, order, map_norm2=MapResponseNorm())


def caffe_alexnet(num_classes: int = 1000, width: float = 1) -> AlexNet:
    """Caffe's `bvlc_alexnet` (Jia et al. 2014). Input (N, 3, 227, 227); 60,965,224 parameters.

    The paper's layers in the paper's order, with Caffe's default k = 1 in the response
    normalisation, and with a convolution that rounds down: 227 px, not 224.
    """
    return with_floor(AlexNet(num_classes, image_size=227, width=width, k=1.0))


def with_floor(net: AlexNet) -> AlexNet:
    """The network with a new conv1 that rounds down, as Caffe's and PyTorch's does."""
    conv1 = net.features.conv1
    net.features.conv1 = nn.Conv2d(conv1.in_channels, conv1.out_channels, kernel_size=11, stride=4)
    return net


def one_gpu_alexnet(num_classes: int = 1000) -> AlexNet:
    """What the paper compares its two GPUs with (section 3.2): a network for one of them.

    Half of the kernels in each convolution, except in conv5 (footnote 1), and the same fully
    connected layers: 59,798,312 parameters. Input (N, 3, 224, 224).
    """
    return AlexNet(num_classes, channels=(48, 128, 192, 192, 256), groups=1)
