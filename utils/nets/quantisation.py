"""Weights with few bits."""

import copy

import torch
from torch import nn


def quantise(
    weight: torch.Tensor, bits: int = 8, per_channel: bool = True
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers and the scale by which they are multiplied: codes * scale is almost `weight`.

    `weight` (outputs, …), float32. The codes, int8 of the same shape, go from -(2^(bits-1) - 1) to
    2^(bits-1) - 1; the largest weight gets the largest code, of each output's weights or, without
    `per_channel`, of all. The scale has as many axes and one number for each output, or one in all.
    Raises ValueError unless `bits` are from 2 to 8.
    """
    if not 2 <= bits <= 8:
        raise ValueError(f"{bits} bits: whole numbers here have from 2 to 8.")
    axes = tuple(range(1 if per_channel else 0, weight.ndim))
    scale = weight.abs().amax(axes, keepdim=True) / (2 ** (bits - 1) - 1)
    scale = scale.clamp(min=torch.finfo(torch.float32).tiny)  # a channel of zeros stays one
    return (weight / scale).round().to(torch.int8), scale


@torch.no_grad()
def rounded(net: nn.Module, bits: int = 8, per_channel: bool = True) -> nn.Module:
    """A copy of `net` whose weights are codes of so many bits times their scale. Biases stay."""
    net = copy.deepcopy(net)
    for name, parameter in net.named_parameters():
        if name.endswith("weight"):
            codes, scale = quantise(parameter, bits, per_channel)
            parameter.copy_(codes * scale)
    return net
