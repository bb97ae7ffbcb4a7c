"""Does a larger batch cost accuracy? At equal epochs, and at equal updates.

LeNet with ReLU and max-pooling, on 5,000 images of 28 px. Each batch size is tried at four learning
rates; the largest is also trained four times as long, with as many updates as the middle one.
"""

from statistics import mean

import torch
from torch import nn

from utils.data import Labelled, fashion_mnist
from utils.nets import LeNet, initialise
from utils.training import Recipe, evaluate, train

RATES = (0.003, 0.01, 0.03, 0.1)
EPOCHS = 4
ARMS: dict[str, tuple[int, int]] = {  # images in a batch, epochs
    "32": (32, EPOCHS),
    "128": (128, EPOCHS),
    "512": (512, EPOCHS),
    "512, four times as long": (512, 4 * EPOCHS),
}


def run(seed: int, examples: int = 5_000, validation: int = 3_000) -> dict:
    """Train every arm at every rate on the same images; {arm: {rate: accuracies from 0 to 1}}."""
    data = fashion_mnist(quiet=True)
    rest, held_out = data.train.split(validation, seed=seed)
    few = rest.first(examples)
    return {
        arm: {str(rate): measure(seed, rate, *how, few, held_out, data.test) for rate in RATES}
        for arm, how in ARMS.items()
    }


def network(seed: int) -> LeNet:
    """Chapter 8's LeNet, with He's first weights."""
    return initialise(
        LeNet(activation=nn.ReLU, pool=nn.MaxPool2d), "he", torch.Generator().manual_seed(seed)
    )


def measure(
    seed: int,
    rate: float,
    batch: int,
    epochs: int,
    few: Labelled,
    held_out: Labelled,
    test: Labelled,
) -> dict[str, float]:
    """Validation and test accuracy of one training, and its number of updates.

    A training whose loss stopped being a number counts as guessing.
    """
    net = network(seed)
    recipe = Recipe(epochs=epochs, batch_size=batch, lr=rate, seed=seed, image_size=28)
    try:
        history = train(net, few, None, recipe)
    except FloatingPointError:
        return {"validation": 0.1, "test": 0.1, "updates": 0}
    found = {"validation": held_out, "test": test}
    accuracies = {name: round(evaluate(net, part, recipe)[1], 4) for name, part in found.items()}
    return accuracies | {"updates": len(history.losses)}


def kept(runs: list[dict]) -> dict[str, str]:
    """For each arm the rate with the best mean validation accuracy over the seeds."""
    return {
        arm: max(
            map(str, RATES),
            key=lambda rate: mean(run["arms"][arm][rate]["validation"] for run in runs),
        )
        for arm in ARMS
    }
