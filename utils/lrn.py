"""Local response normalisation (Krizhevsky 2012, section 3.3), faster than PyTorch's."""

import torch
import torch.nn.functional as F
from torch import nn


class FastLRN(nn.LocalResponseNorm):
    """`nn.LocalResponseNorm` in another formulation. Input and output (N, channels, height, width).

    The sums over neighbouring channels are one 1×1 convolution with a matrix that is alpha / size
    in a band and 0 elsewhere, which the processor's matrix product does; x^-0.75 is made of two
    square roots; and the derivative is written out. The size must be odd.
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
    """Multiplies by a constant: what LRN does where its input is small."""

    def __init__(self, factor: float = 2**-0.75):
        super().__init__()
        self.factor = factor

    def extra_repr(self) -> str:
        return f"{self.factor:.4f}"

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * x


@torch.no_grad()
def gains(model: nn.Sequential, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """What each LRN layer of `model` multiplies its positive inputs by, for a batch x: (count,)."""
    found = {}
    for name, layer in model.named_children():
        y = layer(x)
        if isinstance(layer, nn.LocalResponseNorm):
            found[name] = (y / x)[x > 0]
        x = y
    return found
