"""From d2l's settings to those of `fast_training`, one change at a time, at equal examples.

Every arm has the settings of the one before it and its own. All train the same network for one
epoch in batches of 128, on the same images in the same order, and are judged on validation images.
"""

from utils.data import fashion_mnist
from utils.experiments.common import initialised
from utils.experiments.fast_training import VALIDATION
from utils.nets import FastAlexNet
from utils.training import Recipe, train

# Initial weights, and what changes in the recipe.
D2L = {"lr": 0.01, "momentum": 0.0, "weight_decay": 0.0, "schedule": "constant"}
ARMS: dict[str, tuple[str, dict]] = {
    "d2l's settings": ("xavier", D2L),
    "momentum and weight decay": ("xavier", {"momentum": 0.9, "weight_decay": 0.0005}),
    "He's initial weights": ("he", {}),
    "rate climbs to 0.03, then falls": ("he", {"lr": 0.03, "schedule": "one-cycle"}),
}
# And the last arm at other rates, for the first seeds only: by these the rate was chosen.
TRYING_SEEDS = 2
RATES = {"climbs to 0.015": ("he", {"lr": 0.015}), "climbs to 0.06": ("he", {"lr": 0.06})}


def run(seed: int, epochs: int = 1, image_size: int = 65) -> dict:
    """Train every arm once; returns {arm: history}, in which "test" means validation.

    The first seeds have arms for RATES as well. An arm whose loss stops being a number has,
    instead of a history, the sentence that ended it.
    """
    sets = fashion_mnist().train.split(VALIDATION)
    histories, settings = {}, {}
    for arm, (weights, change) in {**ARMS, **(RATES if seed < TRYING_SEEDS else {})}.items():
        settings |= change
        model = initialised(FastAlexNet(image_size=image_size), seed, weights)
        recipe = Recipe(epochs=epochs, image_size=image_size, seed=seed, **settings)
        try:
            histories[arm] = train(model, *sets, recipe).as_dict()
        except FloatingPointError as error:
            histories[arm] = {"stopped": str(error)}
    return histories
