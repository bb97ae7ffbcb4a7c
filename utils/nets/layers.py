"""Layers that PyTorch does not have, or has otherwise: sizes rounded up, and normalisations."""

import torch
import torch.nn.functional as F
from torch import nn

from utils.nets.shapes import conv_out


class CeilConv2d(nn.Conv2d):
    """A convolution whose sizes are rounded up, as the 2012 program's are (`layer.py`).

    Zeros to the right of and below the image make room for the last step: 224 px give 55
    positions, not 54.
    """

    ceil_mode = True  # named as in nn.MaxPool2d

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        (k, _), (s, _), (p, _) = self.kernel_size, self.stride, self.padding
        used = ((conv_out(n, k, s, p, "ceil") - 1) * s + k - 2 * p for n in x.shape[-2:])
        below, right = (max(0, m - n) for m, n in zip(used, x.shape[-2:], strict=True))
        return super().forward(F.pad(x, (0, right, 0, below)))


class ColumnResponseNorm(nn.LocalResponseNorm):
    """Local response normalisation within each column of channels: a window stops at its border.

    The two columns are the two GPUs of 2012 (`layers-145.cfg` normalises conv1a and conv1b apart).
    """

    columns = 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        columns = x.reshape(-1, x.shape[1] // self.columns, *x.shape[2:])
        return super().forward(columns).reshape(x.shape)


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


class FastLRN(nn.LocalResponseNorm):
    """`nn.LocalResponseNorm` in another formulation. Input and output (N, channels, height, width).

    The sums over neighbouring channels are one 1×1 convolution with a matrix that is alpha / size
    in a band and 0 elsewhere; x^-0.75 is made of two square roots; and the derivative is written
    out. The size must be odd.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        channel = torch.arange(x.shape[1], device=x.device)
        near = (channel[:, None] - channel).abs() <= self.size // 2
        band = near.to(x.dtype)[:, :, None, None] * (self.alpha / self.size)
        return _Normalise.apply(x, band, self.k, self.beta)


class _Normalise(torch.autograd.Function):
    """b = a s^-beta with s = k + band · a²; the derivative as chapter 5 derives it."""

    @staticmethod
    def forward(context, a, band, k, beta):
        s = F.conv2d(a * a, band, bias=a.new_full((a.shape[1],), k))
        if beta == 0.75:
            root = s.rsqrt()
            gain = root.sqrt().mul_(root)
        else:
            gain = s**-beta
        context.beta = beta
        context.save_for_backward(a, band, s, gain)
        return a * gain

    @staticmethod
    def backward(context, above):
        a, band, s, gain = context.saved_tensors
        direct = above * gain
        shared = F.conv2d((direct * a).div_(s), band)  # the band is symmetric: its own transpose
        return direct.sub_(shared.mul_(a), alpha=2 * context.beta), None, None, None


class Constant(nn.Module):
    """Multiplies by a constant; the default is what LRN does where its input is small."""

    def __init__(self, factor: float = 2**-0.75):
        super().__init__()
        self.factor = factor

    def extra_repr(self) -> str:
        return f"{self.factor:.4f}"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * x
