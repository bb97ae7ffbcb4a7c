"""When does a sigmoid network begin to learn? One training for each seed, until it does.

The network and settings of a well-known tutorial on activation functions, which printed 10.00 % for
sigmoid after one run: four hidden layers of 512, 256, 256 and 128 units, PyTorch's default weights,
batches of 256, learning rate 0.01, momentum 0.9, up to 50 epochs of 50,000 images; 10,000 for
validation. It stopped when 7 epochs had brought nothing better.
"""

from contextlib import suppress

import torch
from torch import nn

from utils.data import fashion_mnist
from utils.system import CPU
from utils.training import History, Recipe, evaluate, train

SIZES = (512, 256, 256, 128)
PATIENCE = 7


class Learned(Exception):
    """The network has begun to learn: its validation accuracy is above one half."""


def run(seed: int, epochs: int = 50, enough: float = 0.5) -> dict:
    """Train until the validation accuracy is above `enough`; returns {"sigmoid": accuracies}.

    One validation accuracy (0 to 1) an epoch, and the mean training loss of each.
    """
    train_set, validation = fashion_mnist(quiet=True).train.split(10_000, seed=seed)
    recipe = Recipe(
        epochs=epochs,
        batch_size=256,
        lr=0.01,
        weight_decay=0.0,
        schedule="constant",
        image_size=28,
        seed=seed,
    )
    accuracies, losses = [], []
    steps = -(-len(train_set[1]) // recipe.batch_size)

    def callback(history: History, model: nn.Module) -> None:
        if not history.losses or len(history.losses) % steps:
            return
        losses.append(round(sum(history.losses[-steps:]) / steps, 4))
        accuracies.append(round(evaluate(model, validation, recipe, CPU)[1], 4))
        model.train()
        if accuracies[-1] > enough:
            raise Learned

    torch.manual_seed(seed)
    with suppress(Learned):
        train(network(), train_set, validation, recipe, CPU, callback)
    return {"sigmoid": {"validation": accuracies, "losses": losses}}


def network() -> nn.Sequential:
    """The tutorial's network with sigmoids and PyTorch's own first weights."""
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in zip((784, *SIZES), SIZES, strict=False):
        layers += [nn.Linear(inputs, outputs), nn.Sigmoid()]
    return nn.Sequential(*layers, nn.Linear(SIZES[-1], 10))
