"""One training at full size: d2l's widths and 224 px, all 60,000 images, ten epochs."""

import torch

from utils.data import fashion_mnist
from utils.nets import FastAlexNet, initialise
from utils.training import Checkpoints, Recipe, Snapshots, train

# The ends of epochs 1, 2, 3, 4, 6, 8 and 10 among them.
STEPS = (0, 100, 300, 469, 938, 1407, 1876, 2814, 3752, 4690)


def run(
    seed: int, epochs: int = 10, image_size: int = 224, checkpoints: Checkpoints | None = None
) -> dict:
    """Train `FastAlexNet`, which is `D2LAlexNet` rearranged, once; returns {"AlexNet": history}.

    `checkpoints` saves the training as it goes: it takes most of an hour on two processor cores.
    """
    data = fashion_mnist()
    model = initialise(
        FastAlexNet(image_size=image_size), "he", torch.Generator().manual_seed(seed)
    )
    recipe = Recipe(epochs=epochs, lr=0.015, image_size=image_size, seed=seed)
    film = Snapshots(data.test, recipe, STEPS)
    return {
        "AlexNet": train(
            model, data.train, data.test, recipe, callback=film, checkpoints=checkpoints
        ).as_dict()
    }
