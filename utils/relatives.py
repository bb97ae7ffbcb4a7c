"""Networks next to the paper's: the program that won in 2012, and Caffe's re-implementation."""

import torch
import torch.nn.functional as F
from torch import nn

from utils.convnet import chain
from utils.models import AlexNet


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


class ProgramAlexNet(AlexNet):
    """Net 145 as the 2012 program defines it (`layers-145.cfg`), the first entry's one paper net.

    It differs from the paper's text: conv1's ReLU comes after normalisation *and* pooling, a
    second normalisation within each map follows conv2's, every normalisation stays within its
    GPU's half of the channels, and conv5's ReLU comes after its pooling. The program's first
    weights are `initialise(net, "program")`. Takes what `AlexNet` takes, except `lrn`. Input
    (N, 3, 224, 224); 60,965,224 parameters, as many as the paper's.
    """

    def __init__(self, num_classes: int = 1000, **settings):
        super().__init__(num_classes, lrn="columns", **settings)
        layers = dict(self.features.named_children()) | {"map_norm2": MapResponseNorm()}
        first = ("conv1", "norm1", "pool1", "relu1")
        second = ("conv2", "relu2", "norm2", "map_norm2", "pool2")
        fifth = ("conv5", "pool5", "relu5")
        middle = [name for name in layers if name not in first + second + fifth]
        order = (*first, *second, *middle, *fifth)
        self.features = chain(**{name: layers[name] for name in order})


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
