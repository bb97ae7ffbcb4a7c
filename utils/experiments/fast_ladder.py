"""From d2l's settings to those of `fast_training`, one change at a time, at equal examples.

Every arm has the settings of the one before it and its own. All train the same network for one
epoch in batches of 128, on the same images in the same order, and are judged on validation images.
"""

import torch

from utils.data import fashion_mnist
from utils.experiments.fast_training import VALIDATION
from utils.nets import FastAlexNet, initialise
from utils.training import Recipe, train

ARMS: dict[str, dict] = {
    "d2l's settings": {
        "weights": "xavier",
        "lr": 0.01,
        "momentum": 0.0,
        "weight_decay": 0.0,
        "schedule": "constant",
    },
    "momentum and weight decay": {"momentum": 0.9, "weight_decay": 0.0005},
    "He's first weights": {"weights": "he"},
    "rate climbs to 0.03, then falls": {"lr": 0.03, "schedule": "one-cycle"},
}


# And the last arm at other rates, for the first seeds only: by these the rate was chosen.
TRYING_SEEDS = 2
RATES: dict[str, dict] = {"climbs to 0.015": {"lr": 0.015}, "climbs to 0.06": {"lr": 0.06}}


def run(seed: int, epochs: int = 1, image_size: int = 65) -> dict:
    """Train every arm once; returns {arm: history}, in which "test" means validation.

    The first seeds have arms for RATES as well. An arm whose loss stops being a number has,
    instead of a history, the sentence that ended it.
    """
    histories, settings = {}, {}
    for arm, change in ARMS.items():
        settings |= change
        histories[arm] = _train(seed, epochs, image_size, **settings)
    for arm, change in RATES.items() if seed < TRYING_SEEDS else ():
        histories[arm] = _train(seed, epochs, image_size, **settings | change)
    return histories


def _train(seed: int, epochs: int, image_size: int, weights: str, **settings) -> dict:
    train_set, validation = fashion_mnist().train.split(VALIDATION)
    model = FastAlexNet(image_size=image_size)
    initialise(model, weights, torch.Generator().manual_seed(seed))
    recipe = Recipe(epochs=epochs, image_size=image_size, seed=seed, **settings)
    try:
        return train(model, train_set, validation, recipe).as_dict()
    except FloatingPointError as error:
        return {"stopped": str(error)}
