"""When does a sigmoid network begin to learn? One training for each seed, until it does.

The network and settings of a well-known tutorial on activation functions, which printed 10.00 % for
sigmoid after one run: four hidden layers of 512, 256, 256 and 128 units, PyTorch's default weights,
batches of 256, learning rate 0.01, momentum 0.9, up to 50 epochs of 50,000 images; 10,000 for
validation. It stopped when 7 epochs had brought nothing better.
"""

from itertools import pairwise

import torch
from torch import nn

from utils.data import fashion_mnist
from utils.experiments.common import PLAIN, Enough
from utils.system import CPU
from utils.training import History, Recipe, train

SIZES = (512, 256, 256, 128)
PATIENCE = 7


def run(seed: int, epochs: int = 50, enough: float = 0.5) -> dict:
    """Train until validation accuracy is above `enough`: it and the mean loss, a value an epoch."""
    train_set, validation = fashion_mnist(quiet=True).train.split(10_000, seed=seed)
    recipe = Recipe(epochs=epochs, batch_size=256, lr=0.01, seed=seed, **PLAIN)

    def callback(history: History, model: nn.Module) -> None:
        if history.epochs and history.test_accuracy > enough:
            raise Enough(history)

    torch.manual_seed(seed)
    try:
        history = train(network(), train_set, validation, recipe, CPU, callback)
    except Enough as stopped:
        (history,) = stopped.args
    accuracies = [round(epoch["test accuracy"], 4) for epoch in history.epochs]
    losses = [round(epoch["train loss"], 4) for epoch in history.epochs]
    return {"sigmoid": {"validation": accuracies, "losses": losses}}


def network() -> nn.Sequential:
    """The tutorial's network with sigmoids and PyTorch's own initial weights."""
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise((784, *SIZES)):
        layers += [nn.Linear(inputs, outputs), nn.Sigmoid()]
    return nn.Sequential(*layers, nn.Linear(SIZES[-1], 10))
