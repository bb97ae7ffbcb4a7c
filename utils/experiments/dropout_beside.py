"""Dropout beside ten times the weight decay, in another place, and against wrong labels.

The network, the images and the trainings of `dropout_rates`, at the learning rate that is best
there for every dropout, for 80 epochs.
"""

import torch

from utils.experiments.common import Sets, draw_sets, generator
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
    """Train every arm on the same images from the same initial weights; {arm: measurements}."""
    sets = draw_sets(seed, examples, validation)
    return {arm: one(seed, sets, **how) for arm, how in ARMS.items()}


def one(
    seed: int, sets: Sets, *, p: float = 0.0, wrong: bool = False, epochs: int = EPOCHS, **how
) -> dict:
    """The scores after training, by the set of images (those of training with the labels it had);
    where labels are wrong, "probes", too: there the way matters.
    """
    if wrong:
        train_set = sets.train._replace(labels=mislabelled(sets.train.labels, seed))
        sets = sets._replace(train=train_set)
    result = measure(seed, RATE, sets, p=p, budgets=(epochs,), **how)
    scores = result["after"][str(epochs)]
    return scores | {"probes": result["probes"]} if wrong else scores


def mislabelled(labels: torch.Tensor, seed: int) -> torch.Tensor:
    """Labels of which a share of WRONG is drawn anew from all ten classes (a tenth stays right)."""
    rng = generator(seed)
    redrawn = torch.rand(len(labels), generator=rng) < WRONG
    return torch.where(redrawn, torch.randint(10, labels.shape, generator=rng), labels)
