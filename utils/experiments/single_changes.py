"""From LeNet to a small AlexNet: each change alone, and each one left out of all of them.

Every arm is trained by the same recipe, at three learning rates; validation images decide.
"""

from utils.experiments.common import Sets, draw_sets, initialised, train_and_test
from utils.nets import CHANGES, AblationNet
from utils.training import Recipe, evaluate

# Each arm's changes; the last one lacks a convolution in the middle.
ARMS: dict[str, tuple[str, ...]] = {
    "LeNet": (),
    **{f"LeNet + {change}": (change,) for change in CHANGES},
    "LeNet + ReLU, max": ("ReLU", "max"),
    "all": CHANGES,
    **{f"all − {change}": tuple(c for c in CHANGES if c != change) for change in CHANGES},
    "all − dropout, augment": CHANGES[:5],
    "all − conv4": CHANGES,
}


def rates(changes: tuple[str, ...]) -> tuple[float, float, float]:
    """What is tried: sigmoids need far larger learning rates, deep and wide nets smaller ones."""
    if "ReLU" not in changes:
        return 0.3, 1.0, 3.0
    return (0.03, 0.1, 0.3) if len(changes) < 3 else (0.01, 0.03, 0.1)


def run(seed: int, examples: int = 8_000, epochs: int = 4, validation: int = 3_000) -> dict:
    """Train every arm at each of its rates; returns {arm: [measurements of one rate, …]}."""
    sets = draw_sets(seed, examples, validation)
    return {
        arm: [measure(arm, rate, seed, epochs, sets) for rate in rates(changes)]
        for arm, changes in ARMS.items()
    }


def measure(arm: str, rate: float, seed: int, epochs: int, sets: Sets) -> dict:
    """One training of one arm; its CPU seconds include the looks at the validation images."""
    model = initialised(AblationNet(*ARMS[arm], middle=2 if arm == "all − conv4" else 3), seed)
    recipe = Recipe(epochs=epochs, lr=rate, seed=seed, image_size=28)
    accuracies, history, seconds = train_and_test(model, sets, recipe, look=True)
    measured = {"rate": rate, "seconds": seconds, **accuracies}
    if not history:
        return measured | {"losses": []}
    accuracy = round(evaluate(model, sets.train, recipe)[1], 4)
    return measured | {"train": accuracy, "losses": history.as_dict(every=25)["losses"]}
