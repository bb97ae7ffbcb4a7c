"""From d2l's settings to those of the record, one change at a time, at equal examples.

All arms train d2l's network at 65 px on the same images, seen once, and are judged on validation
images. Every rung has the settings of the one before it and one of its own. Then what was tried
beside the last rung, one setting of it changed at a time; and two rungs with as many examples as
take the same time.
"""

from torch import nn

from utils.data import fashion_mnist
from utils.experiments.common import initialised
from utils.nets import FastAlexNet
from utils.training import Recipe, evaluate, train

VALIDATION = 5_000
LAST_LAYER = "the last layer starts at zero"
RUNGS: dict[str, dict] = {
    "d2l's settings": {
        "weights": "xavier", "batch_size": 128, "lr": 0.01, "momentum": 0.0, "weight_decay": 0.0,
        "schedule": "constant",
    },
    "momentum 0.9": {"momentum": 0.9},
    "weight decay": {"weight_decay": 0.0005},
    "He's initial weights": {"weights": "he"},
    "the rate climbs, then falls": {"schedule": "one-cycle"},
    "its peak at 0.03": {"lr": 0.03},
    "Adam, at 0.001": {"optimizer": "adam", "lr": 0.001},
    "Muon for the kernels": {"optimizer": "muon"},
    LAST_LAYER: {LAST_LAYER: True},
    "label smoothing": {"label_smoothing": 0.1},
    "batches of 256": {"batch_size": 256},
}  # fmt: skip
TRIED: dict[str, dict] = {
    "batches of 512": {"batch_size": 512},
    "half the rate": {"lr": 0.0005},
    "twice the rate": {"lr": 0.002},
    "momentum 0.95": {"momentum": 0.95},
    "no weight decay": {"weight_decay": 0.0},
    "Xavier's initial weights": {"weights": "xavier"},
}
# A rung, and its examples as a multiple of those of the others: measured with a thread a process.
EQUAL_TIME: dict[str, tuple[str, float]] = {
    "Adam, in the time of Muon": ("Adam, at 0.001", 1.45),
    "batches of 128, in the time of 256": ("label smoothing", 0.75),
}


def arms() -> dict[str, dict]:
    """All settings of each arm; "more" is the multiple of examples."""
    found, settings = {}, {LAST_LAYER: False, "more": 1}
    for rung, change in RUNGS.items():
        settings = settings | change
        found[rung] = settings
    beside = {name: settings | change for name, change in TRIED.items()}
    longer = {name: found[rung] | {"more": more} for name, (rung, more) in EQUAL_TIME.items()}
    return found | beside | longer


def run(seed: int, examples: int = 30_720, image_size: int = 65) -> dict:
    """Train every arm once on the first `examples` images; returns {arm: measured}.

    Measured are "validation accuracy", the "seconds" of its steps, and the mean loss of every 20
    of them. An arm whose loss stops being a number has the sentence that ended it as "stopped".
    """
    images, validation = fashion_mnist(quiet=True).train.split(VALIDATION)
    found = {}
    for arm, settings in arms().items():
        settings = dict(settings)
        model = initialised(FastAlexNet(image_size=image_size), seed, settings.pop("weights"))
        if settings.pop(LAST_LAYER):
            nn.init.zeros_(model.classifier.fc8.weight)
        count = round(examples * settings.pop("more"))
        recipe = Recipe(epochs=1, image_size=image_size, seed=seed, **settings)
        try:
            history = train(model, images.first(count), None, recipe)
        except FloatingPointError as error:
            found[arm] = {"stopped": str(error)}
            continue
        accuracy = round(evaluate(model, validation, recipe)[1], 4)
        losses, seconds = history.as_dict(every=20)["losses"], round(history.seconds, 1)
        found[arm] = {"validation accuracy": accuracy, "seconds": seconds, "losses": losses}
    return found
