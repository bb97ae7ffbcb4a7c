"""How deep can a plain network be and still learn? Activation × initial weights × depth.

Fully connected layers of 128 units on Fashion-MNIST with unit variance, momentum 0.9, no
regularisation, 300 steps of 128 images. Every combination is tried at the same learning rates;
where units can die, those that are zero on all probe images are counted on the way.
"""

from contextlib import suppress

import torch
from torch import nn

from utils.analysis import dead_units
from utils.data import Labelled, fashion_mnist
from utils.experiments.common import GUESSING, PLAIN, in_random_order, initialised
from utils.nets import deep_mlp
from utils.system import CPU
from utils.training import History, Recipe, evaluate, train

ARMS: dict[str, tuple[str, str | float]] = {
    "sigmoid, Xavier": ("sigmoid", "xavier"),
    "tanh, Xavier": ("tanh", "xavier"),
    "tanh, 0.01": ("tanh", 0.01),
    "ReLU, He": ("ReLU", "he"),
    "ReLU, Xavier": ("ReLU", "xavier"),
    "ReLU, 0.01": ("ReLU", 0.01),
}
DEPTHS = (4, 8, 16, 30)
RATES = (0.003, 0.01, 0.03, 0.1)
STEPS = 300
PROBES = (0, 10, 30, 100, 300)  # steps after which dead units are counted


def run(seed: int, probe_images: int = 1_000) -> dict:
    """Train every arm at every depth and rate; returns {arm: {depth: {rate: measurements}}}."""
    torch.set_flush_denormal(True)  # numbers below 1e-38 only cost time: they count as zero
    examples = fashion_mnist(quiet=True).train
    probe = examples.at(slice(-probe_images, None))
    rest = in_random_order(examples.at(slice(-probe_images)), seed)
    sets = rest.first(STEPS * 128), probe
    return {
        arm: {
            str(depth): {str(rate): measure(arm, depth, rate, seed, *sets) for rate in RATES}
            for depth in DEPTHS
        }
        for arm in ARMS
    }


def measure(
    arm: str, depth: int, rate: float, seed: int, train_set: Labelled, probe: Labelled
) -> dict:
    """One training: loss and accuracy on the probe images at its end; for ReLU the share of "dead"
    units at each of PROBES. A training that diverged has no loss, and the accuracy of guessing.
    """
    activation, weights = ARMS[arm]
    net = initialised(deep_mlp(activation, depth), seed, weights)
    recipe = Recipe(epochs=1, lr=rate, seed=seed, **PLAIN)
    dead: list[float] = []

    def callback(history: History, model: nn.Module) -> None:
        if activation == "ReLU" and len(history.losses) in PROBES:
            dead.append(round(dead_units(model, probe.images), 4))

    loss, accuracy = None, GUESSING
    with suppress(FloatingPointError):
        train(net, train_set, None, recipe, CPU, callback)
        loss, accuracy = (round(value, 4) for value in evaluate(net, probe, recipe, CPU))
    return {"loss": loss, "accuracy": accuracy, "dead": dead}
