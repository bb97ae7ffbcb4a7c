"""What the experiments share: images, networks, and a training with its accuracies."""

import time
from typing import NamedTuple

import torch
from torch import nn

from utils.data import Labelled, fashion_mnist
from utils.nets import AlexNet, LeNet, initialise
from utils.system import Profile
from utils.training import History, Recipe, evaluate, train

# A recipe for networks of 28 px of which only the start is of interest.
PLAIN = {"weight_decay": 0.0, "schedule": "constant", "image_size": 28}
GUESSING = 0.1  # accuracy


class Enough(Exception):
    """A training has come as far as its experiment looks."""


class Sets(NamedTuple):
    """Images to train on, to choose settings by, and to look at once."""

    train: Labelled
    validation: Labelled
    test: Labelled


def draw_sets(seed: int, examples: int, validation: int) -> Sets:
    """Fashion-MNIST's test images, and training and validation images drawn by the seed."""
    data = fashion_mnist(quiet=True)
    rest, held_out = data.train.split(validation, seed=seed)
    return Sets(rest.first(examples), held_out, data.test)


def generator(seed: int) -> torch.Generator:
    """Random numbers on the CPU that follow from the seed."""
    return torch.Generator().manual_seed(seed)


def in_random_order(examples: Labelled, seed: int) -> Labelled:
    return examples.at(torch.randperm(len(examples.labels), generator=generator(seed)))


def initialised(net: nn.Module, seed: int, weights: str | float = "he") -> nn.Module:
    """The network with initial weights that follow from the seed."""
    return initialise(net, weights, generator(seed))


def lenet(seed: int) -> LeNet:
    """Chapter 8's LeNet, with ReLU, max-pooling and He's initial weights: 61,706 parameters."""
    return initialised(LeNet(activation=nn.ReLU, pool=nn.MaxPool2d), seed)


def small_alexnet(
    seed: int, initial: str = "he", width: float = 0.25, image_size: int = 64, dropout: float = 0.5
) -> AlexNet:
    """Chapter 8's AlexNet, a quarter as wide as the paper's: (N, 1, 64, 64) to (N, 10)."""
    net = AlexNet(10, in_channels=1, image_size=image_size, width=width, lrn=None, dropout=dropout)
    return initialised(net, seed, initial)


def rounded(values: dict[str, float], digits: int = 4) -> dict[str, float]:
    return {name: round(value, digits) for name, value in values.items()}


def train_and_test(
    net: nn.Module, sets: Sets, recipe: Recipe, profile: Profile | None = None, look: bool = False
) -> tuple[dict[str, float], History | None, float | None]:
    """Train, with a `look` at the validation images after each epoch; then measure.

    Returns accuracies (0 to 1) by "validation" and "test", the history, and the seconds of training
    (the processor's, all threads together). A training whose loss stops being a number counts as
    guessing, and has no history.
    """
    start = time.process_time()
    try:
        history = train(net, sets.train, sets.validation if look else None, recipe, profile)
    except FloatingPointError:
        return {"validation": GUESSING, "test": GUESSING}, None, None
    seconds = round(time.process_time() - start, 2)
    validation, test = (evaluate(net, part, recipe, profile)[1] for part in sets[1:])
    return rounded({"validation": validation, "test": test}), history, seconds
