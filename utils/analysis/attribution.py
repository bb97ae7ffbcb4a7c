"""Maps of what an answer rests on, and how much of it two of them share."""

from copy import deepcopy
from itertools import product

import torch
import torch.nn.functional as F
from scipy import stats
from torch import nn

from utils.analysis.probes import recorded


@torch.no_grad()
def occlusion(
    model: nn.Module, x: torch.Tensor, label: int, size: int, stride: int = 2, fill: float = 0.0
) -> torch.Tensor:
    """How far the label's probability falls when a square is covered, for each place of the square.

    `x` (C, H, W); returns (rows, columns), one value for each place, `stride` px apart.
    """
    model.eval()
    _, height, width = x.shape
    tops, lefts = range(0, height - size + 1, stride), range(0, width - size + 1, stride)
    covered = x.repeat(len(tops) * len(lefts), 1, 1, 1)
    for one, (top, left) in zip(covered, product(tops, lefts), strict=True):
        one[:, top : top + size, left : left + size] = fill
    whole = model(x[None]).softmax(1)[0, label]
    return (whole - model(covered).softmax(1)[:, label]).view(len(tops), len(lefts))


def grad_cam(model: nn.Module, layer: nn.Module, x: torch.Tensor, label: int) -> torch.Tensor:
    """Grad-CAM (Selvaraju 2017): the layer's maps, weighted by the score's mean gradient, ReLU.

    `x` (C, H, W); returns a map as large as the layer's, (h, w).
    """
    with recorded({"maps": layer}) as outputs:
        score = model.eval()(x[None])[0, label]
    (gradient,) = torch.autograd.grad(score, outputs["maps"])
    weights = gradient.mean((2, 3), keepdim=True)
    return F.relu((weights * outputs["maps"]).sum(1))[0].detach()


def gradient_times_input(
    model: nn.Module, x: torch.Tensor, label: int, zero: float = 0.0
) -> torch.Tensor:
    """|gradient of the label's score × (x − zero)|, summed over channels: (C, H, W) to (H, W)."""
    x = x[None].detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model.eval()(x)[0, label], x)
    return (gradient * (x - zero))[0].abs().sum(0).detach()


def rank_correlation(one: torch.Tensor, other: torch.Tensor) -> float:
    """Spearman's rank correlation of two maps of one shape; 0 if one of them is constant."""
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(stats.spearmanr(one.flatten(), other.flatten()).statistic)


def randomised(model: nn.Module, seed: int = 0) -> nn.Module:
    """A copy of the model in which each layer's weights are shuffled among themselves."""
    rng, copy = torch.Generator().manual_seed(seed), deepcopy(model)
    with torch.no_grad():
        for weights in copy.parameters():
            order = torch.randperm(weights.numel(), generator=rng)
            weights.copy_(weights.flatten()[order].view_as(weights))
    return copy
