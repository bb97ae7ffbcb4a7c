"""Chapter 8's short training with one setting changed, filmed: what it does inside the network."""

import torch

from utils.data import fashion_mnist
from utils.nets import AlexNet, initialise
from utils.training import Recipe, Snapshots, train

ARMS = {
    "learning rate 0.1": {"lr": 0.1},
    "paper's first weights": {"initial": "paper"},
}


def run(seed: int, epochs: int = 4) -> dict:
    """Train each arm once, like `short_training` but for one setting; same order of the images.

    Returns {arm: history with "frames"}; a training that ends because its loss is no longer a
    number has the frames up to there, and the sentence that ended it under "stopped".
    """
    return {arm: _film(seed, epochs, **change) for arm, change in ARMS.items()}


def _film(seed: int, epochs: int, initial: str = "he", **settings) -> dict:
    data = fashion_mnist()
    model = AlexNet(10, in_channels=1, image_size=64, width=0.25, lrn=None)
    initialise(model, initial, torch.Generator().manual_seed(seed))
    recipe = Recipe(epochs=epochs, seed=seed, **settings)
    film, stopped = Snapshots(data.test, recipe), None
    try:
        train(model, data.train, data.test, recipe, callback=film)
    except FloatingPointError as error:
        stopped = str(error)
    return film.history.as_dict() | {"frames": film.frames, "stopped": stopped}
