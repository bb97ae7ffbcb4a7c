"""The AlexNet of "Dive into Deep Learning", the same function computed in less time.

Only the last digits differ; `make bench` prints what each rearrangement saves.
"""

import torch
import torch.nn.functional as F
from torch import nn

from utils.nets.base import reordered
from utils.nets.reimplementations import D2LAlexNet

# ReLU behind the pooling: the same maps, and four times fewer values to rectify.
ORDER = "conv1 pool1 relu1 inside conv2 pool2 relu2 conv3 relu3 conv4 relu4 conv5 pool5 relu5"


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


class ImagesInside(nn.Module):
    """Feature maps (N, C, H, W) to (2, C, H, W, N/2): the images become an axis of the map.

    oneDNN multiplies one row of a map at a time, and the rows of small maps are short: conv3 to
    conv5 have 3 positions at 65 px. With the images as the last axis a "row" is one position of all
    images, and what lies outside the map is left out for all of them at once. (The program of 2012
    has its images innermost as well.) Two halves, because PyTorch does not give a float32 batch of
    one to oneDNN; an odd N is one part. On a GPU the maps stay as they are.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.device.type != "cpu":
            return x
        parts = x.unflatten(0, (1 if len(x) % 2 else 2, -1)).movedim(1, -1)
        return parts.contiguous(memory_format=torch.channels_last_3d)


class ImagesOutside(nn.Flatten):
    """Flattens each image's maps, (N, C·H·W), whether the images are inside or not."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x if x.ndim == 4 else x.movedim(-1, 1).flatten(0, 1))


class InsideConv2d(nn.Conv2d):
    """A convolution of maps from `ImagesInside`: the kernel has size 1 along the images."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim == 4:
            return super().forward(x)
        stride, padding = (*self.stride, 1), (*self.padding, 0)
        return F.conv3d(x, self.weight.unsqueeze(-1), self.bias, stride, padding)


class InsideMaxPool2d(nn.MaxPool2d):
    """Max-pooling of maps from `ImagesInside`: to it, each image is more channels."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.ndim == 4:
            return super().forward(x)
        images, channels = x.shape[-1], x.shape[1]
        pooled = super().forward(x.movedim(-1, 1).flatten(1, 2))
        return pooled.unflatten(1, (images, channels)).movedim(1, -1)


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

    conv1 as `UnshuffledConv2d`; ReLU behind the pooling; `ImagesInside` from conv2 on; dropout by
    coins.
    """

    def __init__(
        self, num_classes: int = 10, in_channels: int = 1, image_size: int = 224, width: float = 1
    ):
        super().__init__(num_classes, in_channels, image_size, width)
        conv1, *others = (m for m in self.features if isinstance(m, nn.Conv2d))
        sliding = {
            f"conv{n}": InsideConv2d(
                c.in_channels, c.out_channels, c.kernel_size, padding=c.padding
            )
            for n, c in enumerate(others, 2)
        }
        sliding["pool2"] = sliding["pool5"] = InsideMaxPool2d(kernel_size=3, stride=2)
        sliding["conv1"] = UnshuffledConv2d(in_channels, conv1.out_channels, 11, 4, padding=1)
        self.features = reordered(self.features, ORDER, inside=ImagesInside(), **sliding)
        self.flatten = ImagesOutside()
        self.classifier.drop6, self.classifier.drop7 = CoinDropout(), CoinDropout()
