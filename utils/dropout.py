"""Chapter 6's small network with dropout, averages over its thinned networks, and calibration."""

import torch
import torch.nn.functional as F
from torch import nn

from utils.convnet import chain


def dropout_net(p: float = 0.5, width: int = 512, before: bool = False) -> nn.Sequential:
    """Two convolutions and three linear layers: input (N, 1, 28, 28), logits (N, 10).

    Dropout acts on the outputs of the two hidden linear layers, as in the paper (section 4.2), or,
    `before`, on their inputs, as in torchvision. Its parts are `features` and `classifier`.
    """
    drop = [nn.Dropout(p), nn.Dropout(p)]
    hidden = [nn.Linear(16 * 5 * 5, width), nn.ReLU()], [nn.Linear(width, width), nn.ReLU()]
    layers = [
        layer
        for i in range(2)
        for layer in ([drop[i], *hidden[i]] if before else [*hidden[i], drop[i]])
    ]
    features = nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, kernel_size=5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    )  # fmt: skip
    return chain(features=features, classifier=nn.Sequential(*layers, nn.Linear(width, 10)))


@torch.no_grad()
def averages(
    net: nn.Sequential, x: torch.Tensor, counts: tuple[int, ...], seed: int = 0
) -> dict[int, torch.Tensor]:
    """Class probabilities (N, 10), averaged over as many random masks as `counts` says, for each.

    The masks of a smaller count are the first of a larger one. Nothing else of `net` is random.
    The net is left in evaluation mode, and PyTorch's random numbers as they were.
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


def scores(probabilities: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
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
    confidence, said = probabilities.max(1)
    right = (said == labels).float()
    which = (confidence * bins).long().clamp(max=bins - 1)
    gaps = torch.zeros(bins).index_add(0, which.cpu(), (confidence - right).cpu())
    return gaps.abs().sum().item() / len(labels)
