"""Dropout beside ten times the weight decay, in another place, and against wrong labels.

The network, the images and the trainings of `dropout_rates`, at the learning rate that it keeps for
every dropout, for 80 epochs.
"""

import torch

from utils.data import Labelled, fashion_mnist
from utils.experiments.dropout_rates import measure

RATE = 0.01
EPOCHS = 80
WRONG = 0.4  # share of the training labels that are drawn anew
ARMS: dict[str, dict] = {
    "p = 0": {},
    "p = 0.5": {"p": 0.5},
    "p = 0, ten times the decay": {"decay": 5e-3},
    "p = 0.5, ten times the decay": {"p": 0.5, "decay": 5e-3},
    "p = 0.5, before the layers": {"p": 0.5, "before": True},
    "p = 0, wrong labels": {"wrong": True},
    "p = 0.25, wrong labels": {"p": 0.25, "wrong": True},
    "p = 0.5, wrong labels": {"p": 0.5, "wrong": True},
}


def run(seed: int, examples: int = 2_000, validation: int = 3_000) -> dict:
    """Train every arm on the same images from the same first weights; {arm: measurements}."""
    data = fashion_mnist(quiet=True)
    rest, held_out = data.train.split(validation, seed=seed)
    few = rest.first(examples)
    return {arm: one(seed, few, held_out, data.test, **how) for arm, how in ARMS.items()}


def one(
    seed: int, few: Labelled, held_out: Labelled, test: Labelled, *,
    p: float = 0.0, wrong: bool = False, epochs: int = EPOCHS, **how,
) -> dict:  # fmt: skip
    """The scores after training, by the set of images (those of training with the labels it had).

    Where labels are wrong there are "probes", too: there the way matters.
    """
    labels = mislabelled(few[1], seed) if wrong else few[1]
    found = measure(
        seed, RATE, Labelled(few.images, labels), held_out, test, p=p, budgets=(epochs,), **how
    )
    scores = found["after"][str(epochs)]
    return scores | {"probes": found["probes"]} if wrong else scores


def mislabelled(labels: torch.Tensor, seed: int) -> torch.Tensor:
    """Labels of which a share of WRONG is drawn anew from all ten classes (a tenth stays right)."""
    draw = torch.Generator().manual_seed(seed)
    drawn = torch.rand(len(labels), generator=draw) < WRONG
    return torch.where(drawn, torch.randint(10, labels.shape, generator=draw), labels)
