"""When is ReLU faster than tanh? The paper's Figure 1 (section 3.1), one condition at a time.

A four-layer network is trained with either activation under 2 × 2 conditions: pixels of unit
variance, or from 0 to 255 with their mean subtracted, as the paper fed them; first weights scaled
to the fan-in, or N(0, 0.01²), the paper's. Every combination is tried at the same learning rates,
so that both questions can be asked: at one shared rate, and at each activation's own best.
"""

from contextlib import suppress

import torch
from torch import nn

from utils.data import STD, fashion_mnist
from utils.nets import four_layer_cnn, initialise
from utils.system import CPU
from utils.training import History, Recipe, predict, train

ACTIVATIONS = ("tanh", "ReLU")
# (input, first weights): the learning rates. Where the best ones are far apart, more are tried.
CONDITIONS: dict[tuple[str, str], tuple[float, ...]] = {
    ("unit", "scaled"): (0.005, 0.01, 0.02, 0.05, 0.1, 0.2),
    ("unit", "0.01"): (0.01, 0.02, 0.05, 0.1, 0.2),
    ("raw", "scaled"): (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1),
    ("raw", "0.01"): (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1),
}
# The training error is measured at these steps, often where it falls fast.
PROBES = (*range(5, 100, 5), *range(100, 300, 10), *range(300, 601, 20))
LAST_TARGET = 0.15  # a training that has come this far is stopped


class Reached(Exception):
    """The training has come as far as this experiment looks."""


class Scale(nn.Module):
    """Multiplies its input: turns pixels of unit variance back into 0 to 255 minus the mean."""

    def __init__(self, factor: float):
        super().__init__()
        self.factor = factor

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.factor * x


def run(seed: int, probe_images: int = 1_000) -> dict:
    """Train every activation under every condition at every rate, for one seed.

    Returns {"unit, scaled, tanh": {"0.005": [errors at PROBES, …]}, …}. A list ends where the
    training did: at LAST_TARGET, at the last probe, or, shorter, where the loss was no number.
    """
    return {
        f"{pixels}, {weights}, {activation}": {
            str(rate): errors(seed, pixels, weights, activation, rate, probe_images)
            for rate in rates
        }
        for (pixels, weights), rates in CONDITIONS.items()
        for activation in ACTIVATIONS
    }


def errors(
    seed: int, pixels: str, weights: str, activation: str, rate: float, probe_images: int = 1_000
) -> list[float]:
    """The training errors (0 to 1) at PROBES of one training, on the first training images."""
    train_set = fashion_mnist(quiet=True).train
    probe = train_set.first(probe_images)
    recipe = Recipe(
        epochs=2, lr=rate, weight_decay=0.0, schedule="constant", image_size=28, seed=seed
    )
    found: list[float] = []

    def callback(history: History, model: nn.Module) -> None:
        if len(history.losses) not in PROBES:
            return
        right = predict(model, probe, recipe, CPU).argmax(1) == probe[1]
        model.train()
        found.append(round(1 - right.float().mean().item(), 4))
        if found[-1] <= LAST_TARGET or len(found) == len(PROBES):
            raise Reached

    model = network(seed, pixels, weights, activation)
    with suppress(Reached, FloatingPointError):
        train(model, train_set, probe, recipe, CPU, callback)
    return found


def network(seed: int, pixels: str, weights: str, activation: str) -> nn.Sequential:
    """The four-layer network with its first weights, for pixels that arrive with unit variance."""
    net = four_layer_cnn(activation)
    scaled = "he" if activation == "ReLU" else "xavier"
    scheme = scaled if weights == "scaled" else float(weights)
    initialise(net, scheme, torch.Generator().manual_seed(seed))
    return nn.Sequential(Scale(255 * STD if pixels == "raw" else 1), net)


def steps_to(errors: list[float], target: float) -> int | None:
    """The first step at which the error was at most `target`; None if it never was."""
    return next((step for step, e in zip(PROBES, errors, strict=False) if e <= target), None)
