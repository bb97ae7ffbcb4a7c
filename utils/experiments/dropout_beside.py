"""What stands beside dropout: weight decay of three sizes, and the place where dropout acts.

Everything else, the learning rate of each dropout included, is as in `dropout_rates`.
"""

from utils import records
from utils.data import fashion_mnist, split
from utils.experiments.dropout_rates import kept, measure

ARMS: dict[str, dict] = {
    "p = 0, decay 0": {"p": 0.0, "decay": 0.0},
    "p = 0, decay 0.005": {"p": 0.0, "decay": 5e-3},
    "p = 0.5, decay 0": {"p": 0.5, "decay": 0.0},
    "p = 0.5, decay 0.005": {"p": 0.5, "decay": 5e-3},
    "p = 0.5, before": {"p": 0.5, "before": True},
}


def run(seed: int, examples: int = 2_000, validation: int = 3_000, epochs: int = 80) -> dict:
    """Train every arm for one seed, which shares images, order and first weights with the arms of
    `dropout_rates`; returns {arm: {rate: measurements}}.
    """
    data = fashion_mnist()
    rest, held_out = split(*data.train, validation, seed=seed)
    sets = (rest[0][:examples], rest[1][:examples]), held_out, data.test
    rates = kept(records.load("dropout_rates")["runs"], epochs)
    found = {}
    for arm, change in ARMS.items():
        rate = rates[f"p = {change['p']:g}"]
        found[arm] = {rate: measure(seed, float(rate), *sets, **change, budgets=(epochs,))}
    return found
