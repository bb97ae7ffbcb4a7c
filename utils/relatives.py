"""Networks next to the paper's: the program that won in 2012, and Caffe's re-implementation."""

import torch
import torch.nn.functional as F
from torch import nn

from utils.convnet import ConvNet, chain, scaled
from utils.models import AlexNet, CeilConv2d, ColumnResponseNorm


class MapResponseNorm(nn.Module):
    """Response normalisation within each feature map, over a neighbourhood of size×size units.

    x / (k + alpha / size² · Σ x²)^beta, as the 2012 program's `rnorm` layers (`layer.py` divides
    the scale by size²). The program's k here is taken to be 1, the default of cuda-convnet.
    Shapes: (N, channels, height, width) in and out.
    """

    def __init__(self, size: int = 5, alpha: float = 1e-3, beta: float = 0.75, k: float = 1.0):
        super().__init__()
        self.size, self.alpha, self.beta, self.k = size, alpha, beta, k

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        mean = F.avg_pool2d(x.square(), self.size, stride=1, padding=self.size // 2)
        return x * (self.k + self.alpha * mean) ** -self.beta


class ProgramAlexNet(ConvNet):
    """Net 145 as the 2012 program defines it (`layers-145.cfg`), the first entry's one paper net.

    It differs from the paper's text: conv1's ReLU comes after normalisation *and* pooling, a
    second normalisation within each map follows conv2's, and every normalisation stays within
    its GPU's half of the channels. The program's first weights are `initialise(net, "program")`.
    Input (N, 3, 224, 224); 60,965,224 parameters, as many as the paper's.
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
        c1, c2, c3, c4, c5 = (scaled(n, width) for n in (96, 256, 384, 384, 256))
        hidden = scaled(4096, width)
        lrn = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 2.0}
        pooling = {"kernel_size": 3, "stride": 2, "ceil_mode": True}
        self.features = chain(
            conv1=CeilConv2d(in_channels, c1, kernel_size=11, stride=4),
            norm1=ColumnResponseNorm(**lrn),
            pool1=nn.MaxPool2d(**pooling),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(c1, c2, kernel_size=5, padding=2, groups=2),
            relu2=nn.ReLU(),
            norm2=ColumnResponseNorm(**lrn),
            map_norm2=MapResponseNorm(),
            pool2=nn.MaxPool2d(**pooling),
            conv3=nn.Conv2d(c2, c3, kernel_size=3, padding=1),
            relu3=nn.ReLU(),
            conv4=nn.Conv2d(c3, c4, kernel_size=3, padding=1, groups=2),
            relu4=nn.ReLU(),
            conv5=nn.Conv2d(c4, c5, kernel_size=3, padding=1, groups=2),
            relu5=nn.ReLU(),
            pool5=nn.MaxPool2d(**pooling),
        )
        self.classifier = chain(
            fc6=nn.Linear(c5 * self.map_side() ** 2, hidden),
            relu6=nn.ReLU(),
            drop6=nn.Dropout(dropout),
            fc7=nn.Linear(hidden, hidden),
            relu7=nn.ReLU(),
            drop7=nn.Dropout(dropout),
            fc8=nn.Linear(hidden, num_classes),
        )


def caffe_alexnet(num_classes: int = 1000, width: float = 1) -> AlexNet:
    """Caffe's `bvlc_alexnet` (Jia et al. 2014). Input (N, 3, 227, 227); 60,965,224 parameters.

    The paper's layers in the paper's order, with Caffe's default k = 1 in the response
    normalisation, and with a convolution that rounds down: 227 px, not 224.
    """
    net = AlexNet(num_classes, image_size=227, width=width, k=1.0)
    conv1 = net.features.conv1
    net.features.conv1 = nn.Conv2d(conv1.in_channels, conv1.out_channels, kernel_size=11, stride=4)
    return net


def one_gpu_alexnet(num_classes: int = 1000) -> AlexNet:
    """What the paper compares its two GPUs with (section 3.2): a network for one of them.

    Half of the kernels in each convolution, except in conv5 (footnote 1), and the same fully
    connected layers: 59,798,312 parameters. Input (N, 3, 224, 224).
    """
    return AlexNet(num_classes, channels=(48, 128, 192, 192, 256), groups=1)
