"""Dropout and what stands beside it: wrong labels, weight decay, its place, a longer training.

Each arm changes one thing against an arm of `dropout_rates` at the rate of 0.01 and 80 epochs, with
the same images and first weights. The labels are Zhang et al.'s experiment (2017) in small: a share
of the training images get a label drawn from all ten classes; the others keep their true ones.
"""

import torch

from utils.data import Labelled, fashion_mnist, split
from utils.experiments.dropout_rates import measure

RATE = 0.01
ARMS: dict[str, dict] = {
    "p = 0, 40 % random": {"p": 0.0, "noise": 0.4},
    "p = 0.5, 40 % random": {"p": 0.5, "noise": 0.4},
    "p = 0, all random": {"p": 0.0, "noise": 1.0},
    "p = 0.5, all random": {"p": 0.5, "noise": 1.0},
    "p = 0, decay 0.005": {"p": 0.0, "decay": 5e-3},
    "p = 0.5, decay 0.005": {"p": 0.5, "decay": 5e-3},
    "p = 0.5, before": {"p": 0.5, "before": True},
    "p = 0.5, 200 epochs": {"p": 0.5, "budgets": (200,)},
}


def run(seed: int, examples: int = 2_000, validation: int = 3_000, epochs: int = 80) -> dict:
    """Train every arm for one seed; returns {arm: measurements}, as `dropout_rates.measure`."""
    data = fashion_mnist()
    rest, held_out = split(*data.train, validation, seed=seed)
    clean = rest[0][:examples], rest[1][:examples]
    found = {}
    for arm, change in ARMS.items():
        settings = {"noise": 0.0, "budgets": (epochs,)} | change
        sets = noisy(clean, settings.pop("noise"), seed), held_out, data.test
        found[arm] = measure(seed, RATE, *sets, **settings)
    return found


def noisy(labelled: Labelled, share: float, seed: int) -> Labelled:
    """The images, and labels of which a `share` was drawn anew: one in ten of them stays right."""
    images, labels = labelled
    draw = torch.Generator().manual_seed(seed)
    chosen = torch.rand(len(labels), generator=draw) < share
    drawn = torch.randint(10, labels.shape, generator=draw)
    return images, torch.where(chosen, drawn, labels)
