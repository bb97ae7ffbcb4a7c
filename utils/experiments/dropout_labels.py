"""Learning labels that are partly, or all, drawn at random: with and without dropout.

The experiment is Zhang et al.'s (2017) in small: 2,000 images, of which a share get a label drawn
from all ten classes. Validation and test images keep their true labels. Everything else is as in
`dropout_rates`.
"""

import torch

from utils.data import Labelled, fashion_mnist, split
from utils.experiments.dropout_rates import RATES, measure

NOISE = {"40 % random": 0.4, "all random": 1.0}
DROPOUT = (0.0, 0.5)


def run(seed: int, examples: int = 2_000, validation: int = 3_000, epochs: int = 80) -> dict:
    """Train with each noise and dropout at each rate; {"all random, p = 0.5": {"0.01": …}}."""
    data = fashion_mnist()
    rest, held_out = split(*data.train, validation, seed=seed)
    clean = rest[0][:examples], rest[1][:examples]
    return {
        f"{name}, p = {p:g}": {
            str(rate): measure(
                seed, rate, noisy(clean, share, seed), held_out, data.test, p=p, budgets=(epochs,)
            )
            for rate in RATES
        }
        for name, share in NOISE.items()
        for p in DROPOUT
    }


def noisy(labelled: Labelled, share: float, seed: int) -> Labelled:
    """The images, and labels of which a `share` was drawn anew: one in ten of them stays right."""
    images, labels = labelled
    draw = torch.Generator().manual_seed(seed)
    chosen = torch.rand(len(labels), generator=draw) < share
    drawn = torch.randint(10, labels.shape, generator=draw)
    return images, torch.where(chosen, drawn, labels)
