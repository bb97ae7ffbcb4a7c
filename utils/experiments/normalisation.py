"""Does local response normalisation help? Against nothing, a constant, and batch normalisation.

A small network with two places for a normalisation, as in AlexNet after conv1 and conv2, is trained
in six ways at the same five learning rates. Pixels have unit variance, where the paper's LRN is
nearly the constant 2^-0.75; so that constant is an arm of its own, and so are first weights that
are scaled by it. In "LRN, strong" alpha is as large as the paper's alpha is for a network whose
pixels go from 0 to 255: for responses s times as large, alpha counts s² times as much.
"""

from contextlib import suppress

import torch
from torch import nn

from utils.analysis import gains
from utils.data import STD, Labelled, fashion_mnist
from utils.nets import Constant, FastLRN, chain, initialise
from utils.system import CPU
from utils.training import Recipe, evaluate, train

STRONG = 1e-4 * (255 * STD) ** 2
ARMS = ("none", "none, rescaled", "constant", "LRN", "LRN, strong", "BatchNorm")
RATES = (0.01, 0.02, 0.04, 0.08, 0.16)  # at the highest point of a one-cycle schedule
VALIDATION = 2_000  # the last of the training images


def run(seed: int, images: int = 10_000, epochs: int = 2) -> dict:
    """Train every arm at every rate; returns {arm: {rate: measurements}}."""
    return {
        arm: {str(rate): measure(seed, arm, rate, images, epochs) for rate in RATES} for arm in ARMS
    }


def measure(seed: int, arm: str, rate: float, images: int = 10_000, epochs: int = 2) -> dict:
    """One training: accuracies (0 to 1) on validation and test images.

    For LRN also the gains of both layers on 256 validation images: their 1st, 50th and 99th
    percentile, before and after. A training whose loss is no number has the accuracy of guessing.
    """
    train_set, validation, test = data(seed, images)
    model = network(seed, arm)
    recipe = Recipe(epochs, batch_size=64, lr=rate, weight_decay=0, image_size=28, seed=seed)
    has_gains = arm.startswith("LRN")
    found = {"validation": 0.1, "test": 0.1}
    if has_gains:
        found["gains"] = [spread(model, validation)]
    with suppress(FloatingPointError):
        train(model, train_set, validation, recipe, CPU)
        for name, part in (("validation", validation), ("test", test)):
            found[name] = round(evaluate(model, part, recipe, CPU)[1], 4)
        if has_gains:
            found["gains"].append(spread(model, validation))
    return found


def data(seed: int, images: int) -> tuple[Labelled, Labelled, Labelled]:
    """Training images chosen by the seed, the validation images, and the test images."""
    dataset = fashion_mnist(quiet=True)
    count = len(dataset.train.labels) - VALIDATION
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    chosen = order[:images]
    return dataset.train.at(chosen), dataset.train.at(slice(-VALIDATION, None)), dataset.test


def network(seed: int, arm: str) -> nn.Sequential:
    """The network of one arm with He's first weights: input (N, 1, 28, 28), logits (N, 10).

    Raises ValueError for an unknown arm.
    """
    if arm not in ARMS:
        raise ValueError(f'The arm "{arm}" is unknown: use one of {", ".join(ARMS)}.')
    layers = {}
    for i, (inputs, outputs, size) in enumerate(((1, 16, 5), (16, 32, 3)), start=1):
        layers[f"conv{i}"] = nn.Conv2d(inputs, outputs, size, padding=size // 2)
        if arm == "BatchNorm":
            layers[f"norm{i}"] = nn.BatchNorm2d(outputs)
        layers[f"relu{i}"] = nn.ReLU()
        if arm == "constant":
            layers[f"norm{i}"] = Constant()
        elif arm.startswith("LRN"):
            layers[f"norm{i}"] = FastLRN(5, alpha=STRONG if "strong" in arm else 1e-4, k=2.0)
        layers[f"pool{i}"] = nn.MaxPool2d(3, stride=2)
    layers |= {"flatten": nn.Flatten(), "fc3": nn.Linear(32 * 6 * 6, 64), "relu3": nn.ReLU()}
    model = initialise(
        chain(**layers, fc4=nn.Linear(64, 10)), "he", torch.Generator().manual_seed(seed)
    )
    if arm == "none, rescaled":
        for conv in (model.conv1, model.conv2):
            conv.weight.data *= Constant().factor
    return model


def spread(model: nn.Sequential, some: Labelled) -> dict[str, list[float]]:
    """The 1st, 50th and 99th percentile of each LRN layer's gains, from every seventh of them."""
    x, _ = next(some.batches(256))
    parts = torch.tensor([0.01, 0.5, 0.99])
    return {
        name: [round(value, 4) for value in gain[::7].quantile(parts).tolist()]
        for name, gain in gains(model, x).items()
    }
