"""Chapter 8's short training: a quarter-width AlexNet on all 60,000 images of Fashion-MNIST."""

import torch

from utils.data import fashion_mnist
from utils.nets import AlexNet, initialise
from utils.training import Recipe, Snapshots, train


def run(seed: int, epochs: int = 4, width: float = 0.25, image_size: int = 64) -> dict:
    """Train once; `seed` fixes the initial weights, the order of the images and the dropout.

    Returns {"AlexNet": history with "frames"}, as filmed by `utils.training.snapshots`.
    """
    data = fashion_mnist()
    model = AlexNet(10, in_channels=1, image_size=image_size, width=width, lrn=None)
    initialise(model, "he", torch.Generator().manual_seed(seed))
    recipe = Recipe(epochs=epochs, image_size=image_size, seed=seed)
    film = Snapshots(data.test, recipe)
    return {"AlexNet": train(model, data.train, data.test, recipe, callback=film).as_dict()}
