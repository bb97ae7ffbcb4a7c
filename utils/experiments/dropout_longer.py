"""Is dropout behind only because it is slow? Three rates of it, until nothing is left to learn.

The network and the images of `dropout_rates`, at the learning rate that is best for these arms
there, with budgets of 80 and 200 epochs.
"""

from utils.experiments.common import draw_sets
from utils.experiments.dropout_rates import measure

DROPOUT = (0.0, 0.25, 0.5)
RATE = 0.01
BUDGETS = (80, 200)


def run(seed: int, examples: int = 2_000, validation: int = 3_000) -> dict:
    """One training with each dropout, on the same images; returns {"p = 0.5": measurements}."""
    sets = draw_sets(seed, examples, validation)
    return {f"p = {p:g}": measure(seed, RATE, sets, p=p, budgets=BUDGETS) for p in DROPOUT}
