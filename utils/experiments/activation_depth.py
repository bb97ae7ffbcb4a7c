"""How deep can a plain network be and still learn? Activation × first weights × depth.

Fully connected layers of 128 units on Fashion-MNIST with unit variance, momentum 0.9, no
regularisation, 300 steps of 128 images. Every combination is tried at the same learning rates;
where units can die, those that are zero on all probe images are counted on the way.
"""

from contextlib import suppress

import torch
from torch import nn

from utils.analysis import dead_units
from utils.data import Labelled, fashion_mnist
from utils.nets import deep_mlp, initialise
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
    count = len(examples.labels) - probe_images
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    train_set = examples.at(order[: STEPS * 128])
    return {
        arm: {
            str(depth): {
                str(rate): measure(arm, depth, rate, seed, train_set, probe) for rate in RATES
            }
            for depth in DEPTHS
        }
        for arm in ARMS
    }


def measure(
    arm: str, depth: int, rate: float, seed: int, train_set: Labelled, probe: Labelled
) -> dict:
    """One training: loss and accuracy on the probe images at its end, and dead units on the way.

    `dead` has a share (0 to 1) for each of PROBES, for ReLU. A training whose loss stopped being a
    number has no loss, and the accuracy of guessing.
    """
    activation, weights = ARMS[arm]
    net = initialise(deep_mlp(activation, depth), weights, torch.Generator().manual_seed(seed))
    recipe = Recipe(
        epochs=1, lr=rate, weight_decay=0.0, schedule="constant", image_size=28, seed=seed
    )
    dead: list[float] = []

    def callback(history: History, model: nn.Module) -> None:
        if activation == "ReLU" and len(history.losses) in PROBES:
            dead.append(round(dead_units(model, probe.images), 4))

    measured = {"loss": None, "accuracy": 0.1, "dead": dead}
    with suppress(FloatingPointError):
        train(net, train_set, probe, recipe, CPU, callback)
        loss, accuracy = evaluate(net, probe, recipe, CPU)
        measured |= {"loss": round(loss, 4), "accuracy": round(accuracy, 4)}
    return measured
