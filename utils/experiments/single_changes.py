"""From LeNet to a small AlexNet: each change alone, and each one left out of all of them.

Every arm is trained by the same recipe, at three learning rates; which one it keeps is decided on
validation images, by `kept`.
"""

import time
from statistics import mean

import torch

from utils.data import fashion_mnist
from utils.nets import CHANGES, AblationNet, initialise
from utils.training import Recipe, evaluate, train

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
    """Train every arm at each of its rates on the same `examples` images, for one seed.

    Seeds are paired: the arms of one seed share images and order. Returns {arm: [measurements of
    one rate, …]}.
    """
    data = fashion_mnist()
    rest, held_out = data.train.split(validation, seed=seed)
    sets = rest.first(examples), held_out, data.test
    return {
        arm: [measure(arm, rate, seed, epochs, *sets) for rate in rates(changes)]
        for arm, changes in ARMS.items()
    }


def measure(arm, rate, seed, epochs, train_set, held_out, test_set) -> dict:
    """One training of one arm: accuracies on images it has not seen, and CPU seconds.

    The seconds are the processor's, all threads together, and include the looks at the validation
    images. A run whose loss stopped being a number has the accuracy of guessing.
    """
    model = AblationNet(*ARMS[arm], middle=2 if arm == "all − conv4" else 3)
    initialise(model, "he", torch.Generator().manual_seed(seed))
    recipe = Recipe(epochs=epochs, lr=rate, seed=seed, image_size=28)
    start = time.process_time()
    try:
        history = train(model, train_set, held_out, recipe)
    except FloatingPointError:
        return {"rate": rate, "validation": 0.1, "test": 0.1, "seconds": None, "losses": []}
    return {
        "rate": rate,
        "seconds": round(time.process_time() - start, 2),
        "validation": round(history.test_accuracy, 4),
        "test": round(evaluate(model, test_set, recipe)[1], 4),
        "train": round(evaluate(model, train_set, recipe)[1], 4),
        "losses": history.as_dict(every=25)["losses"],
    }


def kept(runs: list[dict]) -> dict[str, int]:
    """For each arm the position of the rate with the best mean validation accuracy over seeds."""
    return {
        arm: max(range(3), key=lambda i: mean(run["arms"][arm][i]["validation"] for run in runs))
        for arm in ARMS
    }
