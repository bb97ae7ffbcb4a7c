"""The AlexNet of "Dive into Deep Learning", the same function computed in less time.

Only the last digits differ; `make bench` prints what each rearrangement saves.
"""

import torch
import torch.nn.functional as F
from torch import nn

from utils.nets.base import reordered
from utils.nets.reimplementations import D2LAlexNet


class UnshuffledConv2d(nn.Conv2d):
    """A convolution of stride s, computed as one of stride 1 on images of s·s times the channels.

    Processors multiply matrices fastest where there are many channels. So each s×s block of pixels
    becomes s·s channels, and of the weights alike: kernel_size 11 and stride 4, filled up with
    zeros to 12, become kernel_size 3 and stride 1.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        (k, _), (s, _), (p, _) = self.kernel_size, self.stride, self.padding
        blocks = -(-k // s)
        bottom, right = (((n + 2 * p - k) // s + blocks) * s - n - p for n in x.shape[2:])
        x = F.pixel_unshuffle(F.pad(x, (p, right, p, bottom)), s)
        weight = F.pixel_unshuffle(F.pad(self.weight, (0, blocks * s - k) * 2), s)
        return F.conv2d(x.contiguous(memory_format=torch.channels_last), weight, self.bias)


class CoinDropout(nn.Module):
    """Dropout with p = 0.5: one random bit for each value, where `nn.Dropout` draws a number."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return x
        bytes_ = torch.randint(256, (-(-x.numel() // 8), 1), dtype=torch.uint8, device=x.device)
        bits = (bytes_ >> torch.arange(8, dtype=torch.uint8, device=x.device)) & 1
        return x * (2 * bits).flatten()[: x.numel()].view(x.shape).to(x.dtype)


class FastAlexNet(D2LAlexNet):
    """`D2LAlexNet` rearranged: same parameters under the same names, same function.

    conv1 as `UnshuffledConv2d`; ReLU behind the pooling, where there are four times fewer values;
    dropout by coins.
    """

    def __init__(
        self, num_classes: int = 10, in_channels: int = 1, image_size: int = 224, width: float = 1
    ):
        super().__init__(num_classes, in_channels, image_size, width)
        conv1 = UnshuffledConv2d(in_channels, self.features.conv1.out_channels, 11, 4, padding=1)
        order = "conv1 pool1 relu1 conv2 pool2 relu2 conv3 relu3 conv4 relu4 conv5 pool5 relu5"
        self.features = reordered(self.features, order, conv1=conv1)
        self.classifier.drop6, self.classifier.drop7 = CoinDropout(), CoinDropout()
