"""What each setting of the paper's recipe (§5) does: one thing changed at a time.

Every arm differs from "reference" in one setting. Its learning rate is not taken over but tried
at three values, because a setting that only rescales the step would otherwise look better or
worse than it is. Which rate is an arm's best is decided on validation images.
"""

from utils.experiments.common import Sets, draw_sets, small_alexnet, train_and_test
from utils.training import Recipe

RATES = (0.01, 0.03, 0.1)
# Momentum 0.9 moves 1 / (1 - 0.9) = 10 times as far at the same rate: plain descent gets ten times
# the rate, so that the arms cover the same distances.
PLAIN_RATES = (0.1, 0.3, 1.0)

ARMS: dict[str, dict] = {
    "reference": {},
    "no momentum": {"momentum": 0.0},
    "no weight decay": {"weight_decay": 0.0},
    "constant rate": {"schedule": "constant"},
    "no dropout": {"dropout": 0.0},
    "paper's initial weights": {"initial": "paper"},
}


def run(seed: int, examples: int = 10_000, epochs: int = 3, validation: int = 3_000) -> dict:
    """Train every arm at each of its rates; returns {arm: [measurements of one rate, …]}."""
    sets = draw_sets(seed, examples, validation)
    return {
        arm: [
            _measure(rate, seed, epochs, sets, **change)
            for rate in (PLAIN_RATES if arm == "no momentum" else RATES)
        ]
        for arm, change in ARMS.items()
    }


def _measure(
    rate: float, seed: int, epochs: int, sets: Sets, *,
    dropout: float = 0.5, initial: str = "he", **settings,
) -> dict:  # fmt: skip
    """One training at one learning rate: its losses, and accuracies on images it has not seen."""
    model = small_alexnet(seed, initial, dropout=dropout)
    recipe = Recipe(epochs=epochs, lr=rate, seed=seed, **settings)
    accuracies, history, _ = train_and_test(model, sets, recipe, look=True)
    if not history:
        return {"rate": rate, **accuracies, "losses": []}
    accuracies |= {"validation": history.test_accuracy}
    return {"rate": rate, **accuracies, "losses": history.as_dict(every=20)["losses"]}
