"""Does local response normalisation help? Against nothing, a constant, and batch normalisation.

A small network with two places for a normalisation, as in AlexNet after conv1 and conv2, is trained
in six ways at the same five learning rates. Pixels have unit variance, where the paper's LRN is
nearly the constant 2^-0.75; so that constant is an arm of its own, and so are initial weights that
are scaled by it. In "LRN, strong" alpha is as large as the paper's alpha is for a network whose
pixels go from 0 to 255: for responses s times as large, alpha counts s² times as much.
"""

import torch
from torch import nn

from utils.analysis import gains
from utils.data import STD, Labelled, fashion_mnist
from utils.experiments.common import Sets, in_random_order, initialised, train_and_test
from utils.nets import Constant, FastLRN, chain
from utils.system import CPU
from utils.training import Recipe

ALPHAS = {"LRN": 1e-4, "LRN, strong": 1e-4 * (255 * STD) ** 2}
ARMS = ("none", "none, rescaled", "constant", *ALPHAS, "BatchNorm")
RATES = (0.01, 0.02, 0.04, 0.08, 0.16)  # at the highest point of a one-cycle schedule
VALIDATION = 2_000  # the last of the training images


def run(seed: int, images: int = 10_000, epochs: int = 2) -> dict:
    """Train every arm at every rate; returns {arm: {rate: measurements}}."""
    how = images, epochs
    return {arm: {str(rate): measure(seed, arm, rate, *how) for rate in RATES} for arm in ARMS}


def measure(seed: int, arm: str, rate: float, images: int = 10_000, epochs: int = 2) -> dict:
    """One training: accuracies on validation and test images, and for LRN the gains of both layers
    on 256 validation images (1st, 50th, 99th percentile), before and after.
    """
    sets = data(seed, images)
    model = network(seed, arm)
    recipe = Recipe(epochs, batch_size=64, lr=rate, weight_decay=0, image_size=28, seed=seed)
    result = {"gains": [spread(model, sets.validation)]} if arm in ALPHAS else {}
    accuracies, history, _ = train_and_test(model, sets, recipe, CPU)
    if result and history:
        result["gains"].append(spread(model, sets.validation))
    return accuracies | result


def data(seed: int, images: int) -> Sets:
    """Training images chosen by the seed, the validation images, and the test images."""
    dataset = fashion_mnist(quiet=True)
    rest, held_out = map(dataset.train.at, (slice(-VALIDATION), slice(-VALIDATION, None)))
    return Sets(in_random_order(rest, seed).first(images), held_out, dataset.test)


def network(seed: int, arm: str) -> nn.Sequential:
    """The network of one arm with He's initial weights: input (N, 1, 28, 28), logits (N, 10).

    Raises ValueError for an unknown arm.
    """
    if arm not in ARMS:
        raise ValueError(f'The arm "{arm}" is unknown: use one of {", ".join(ARMS)}.')
    layers: dict[str, nn.Module] = {}
    for i, (inputs, outputs, size) in enumerate(((1, 16, 5), (16, 32, 3)), start=1):
        layers[f"conv{i}"] = nn.Conv2d(inputs, outputs, size, padding=size // 2)
        if arm == "BatchNorm":
            layers[f"norm{i}"] = nn.BatchNorm2d(outputs)
        layers[f"relu{i}"] = nn.ReLU()
        if arm == "constant":
            layers[f"norm{i}"] = Constant()
        elif arm in ALPHAS:
            layers[f"norm{i}"] = FastLRN(5, alpha=ALPHAS[arm], k=2.0)
        layers[f"pool{i}"] = nn.MaxPool2d(3, stride=2)
    layers |= {"flatten": nn.Flatten(), "fc3": nn.Linear(32 * 6 * 6, 64), "relu3": nn.ReLU()}
    model = initialised(chain(**layers, fc4=nn.Linear(64, 10)), seed)
    if arm == "none, rescaled":
        for conv in (model.conv1, model.conv2):
            conv.weight.data *= Constant().factor
    return model


def spread(model: nn.Sequential, examples: Labelled) -> dict[str, list[float]]:
    """The 1st, 50th and 99th percentile of each LRN layer's gains, from every seventh of them."""
    x, _ = next(examples.batches(256))
    parts = torch.tensor([0.01, 0.5, 0.99])
    return {
        name: [round(value, 4) for value in gain[::7].quantile(parts).tolist()]
        for name, gain in gains(model, x).items()
    }
