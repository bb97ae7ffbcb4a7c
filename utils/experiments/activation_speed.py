"""When is ReLU faster than tanh? The paper's Figure 1 (section 3.1), one condition at a time.

A four-layer network is trained with either activation under 2 × 2 conditions: pixels of unit
variance, or from 0 to 255 with their mean subtracted, as the paper fed them; initial weights scaled
to the fan-in, or N(0, 0.01²), the paper's. Every combination is tried at the same learning rates,
so that both questions can be asked: at one shared rate, and at each activation's own best.
"""

from contextlib import suppress

from torch import nn

from utils.data import STD, fashion_mnist
from utils.experiments.common import PLAIN, Enough, initialised
from utils.nets import Constant, four_layer_cnn
from utils.system import CPU
from utils.training import History, Recipe, predict, train

ACTIVATIONS = ("tanh", "ReLU")
# (input, initial weights): the learning rates. Where the best ones are far apart, more are tried.
CONDITIONS: dict[tuple[str, str], tuple[float, ...]] = {
    ("unit", "scaled"): (0.005, 0.01, 0.02, 0.05, 0.1, 0.2),
    ("unit", "0.01"): (0.01, 0.02, 0.05, 0.1, 0.2),
    ("raw", "scaled"): (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1),
    ("raw", "0.01"): (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1),
}
# The training error is measured at these steps, often where it falls fast.
PROBES = (*range(5, 100, 5), *range(100, 300, 10), *range(300, 601, 20))
LAST_TARGET = 0.15  # a training that has come this far is stopped


def run(seed: int, probe_images: int = 1_000) -> dict:
    """Returns {"unit, scaled, tanh": {"0.005": [errors at PROBES, …]}, …}. A list ends where the
    training did: at LAST_TARGET, at the last probe, or, shorter, where the loss was no number.
    """
    return {
        f"{', '.join(condition)}, {activation}": {
            str(rate): errors(seed, *condition, activation, rate, probe_images) for rate in rates
        }
        for condition, rates in CONDITIONS.items()
        for activation in ACTIVATIONS
    }


def errors(
    seed: int, pixels: str, weights: str, activation: str, rate: float, probe_images: int = 1_000
) -> list[float]:
    """The training errors (0 to 1) at PROBES of one training, on the first training images."""
    train_set = fashion_mnist(quiet=True).train
    probe = train_set.first(probe_images)
    recipe = Recipe(epochs=2, lr=rate, seed=seed, **PLAIN)
    measured: list[float] = []

    def callback(history: History, model: nn.Module) -> None:
        if len(history.losses) not in PROBES:
            return
        right = predict(model, probe, recipe, CPU).argmax(1) == probe.labels
        model.train()
        measured.append(round(1 - right.float().mean().item(), 4))
        if measured[-1] <= LAST_TARGET or len(measured) == len(PROBES):
            raise Enough

    model = network(seed, pixels, weights, activation)
    with suppress(Enough, FloatingPointError):
        train(model, train_set, None, recipe, CPU, callback)
    return measured


def network(seed: int, pixels: str, weights: str, activation: str) -> nn.Sequential:
    """The four-layer network; "raw" turns pixels of unit variance into 0 to 255 minus the mean."""
    scaled = "he" if activation == "ReLU" else "xavier"
    scheme = scaled if weights == "scaled" else float(weights)
    net = initialised(four_layer_cnn(activation), seed, scheme)
    return nn.Sequential(Constant(255 * STD if pixels == "raw" else 1), net)


def steps_to(errors: list[float], target: float) -> int | None:
    """The first step at which the error was at most `target`; None if it never was."""
    return next((step for step, e in zip(PROBES, errors, strict=False) if e <= target), None)
