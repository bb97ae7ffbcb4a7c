"""Averages over thinned networks, and how well forecasts are calibrated."""

import torch
import torch.nn.functional as F
from torch import nn


@torch.no_grad()
def thinned_averages(
    net: nn.Sequential, x: torch.Tensor, counts: tuple[int, ...], seed: int = 0
) -> dict[int, torch.Tensor]:
    """Class probabilities (N, 10), averaged over as many random masks as `counts` says, for each.

    The masks of a smaller count are the first of a larger one. The net is left in evaluation mode,
    and PyTorch's random numbers as they were.
    """
    features = net.eval().features(x)
    total, means = 0, {}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net.train()
        for done in range(1, max(counts) + 1):
            total = total + net.classifier(features).softmax(1)
            if done in counts:
                means[done] = total / done
    net.eval()
    return means


def forecast_scores(probabilities: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
    """Loss (mean cross-entropy), accuracy (0 to 1) and calibration error of (N, 10) forecasts."""
    return {
        "loss": F.nll_loss(probabilities.clamp_min(1e-12).log(), labels).item(),
        "accuracy": (probabilities.argmax(1) == labels).float().mean().item(),
        "calibration": calibration_error(probabilities, labels),
    }


def calibration_error(probabilities: torch.Tensor, labels: torch.Tensor, bins: int = 15) -> float:
    """Expected calibration error (Guo 2017, section 2): mean distance of confidence and accuracy.

    The forecasts (N, classes) are sorted into `bins` of equal width by their confidence, that is
    their largest probability; each bin counts as much as it has forecasts.
    """
    confidence, answers = probabilities.max(1)
    which = (confidence * bins).long().clamp(max=bins - 1)
    excess = confidence - (answers == labels).float()
    gaps = torch.zeros(bins).index_add(0, which.cpu(), excess.cpu())
    return gaps.abs().sum().item() / len(labels)
