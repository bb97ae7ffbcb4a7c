"""What each setting of the paper's recipe (§5) does: one thing changed at a time.

Every arm differs from "reference" in one setting. Its learning rate is not taken over but tried
at three values, because a setting that only rescales the step would otherwise look better or
worse than it is. Which rate an arm keeps is decided on validation images, by `kept`.
"""

from statistics import mean

import torch

from utils.data import fashion_mnist
from utils.nets import AlexNet, initialise
from utils.training import Recipe, evaluate, train

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
    "paper's first weights": {"initial": "paper"},
}


def run(seed: int, examples: int = 10_000, epochs: int = 3, validation: int = 3_000) -> dict:
    """Train every arm at each of its rates on the same `examples` images, for one seed.

    Seeds are paired: the arms of one seed share images, order and, where the arm allows it, the
    initial weights. Returns {arm: [measurements of one rate, …]}; a run whose loss stopped being
    a number has the accuracy of guessing.
    """
    data = fashion_mnist()
    rest, held_out = data.train.split(validation, seed=seed)
    train_set = rest.first(examples)
    return {
        arm: [
            _measure(rate, seed, epochs, train_set, held_out, data.test, **change)
            for rate in (PLAIN_RATES if arm == "no momentum" else RATES)
        ]
        for arm, change in ARMS.items()
    }


def _measure(
    rate, seed, epochs, train_set, held_out, test_set, *, dropout=0.5, initial="he", **settings
) -> dict:
    """One training at one learning rate: its losses, and accuracies on images it has not seen."""
    model = AlexNet(10, in_channels=1, image_size=64, width=0.25, lrn=None, dropout=dropout)
    initialise(model, initial, torch.Generator().manual_seed(seed))
    recipe = Recipe(epochs=epochs, lr=rate, seed=seed, **settings)
    try:
        history = train(model, train_set, held_out, recipe)
    except FloatingPointError:
        return {"rate": rate, "validation": 0.1, "test": 0.1, "losses": []}
    return {
        "rate": rate,
        "validation": history.test_accuracy,
        "test": round(evaluate(model, test_set, recipe)[1], 4),
        "losses": history.as_dict(every=20)["losses"],
    }


def kept(runs: list[dict]) -> dict[str, int]:
    """For each arm the position of the rate with the best mean validation accuracy over seeds."""
    return {
        arm: max(
            range(len(RATES)),
            key=lambda i: mean(run["arms"][arm][i]["validation"] for run in runs),
        )
        for arm in ARMS
    }
