"""The short training of chapter 8 with a LeNet instead: same recipe, same order, own image size."""

from utils.data import fashion_mnist
from utils.experiments.common import lenet
from utils.training import Recipe, train


def run(seed: int, epochs: int = 4) -> dict:
    """Train once on all 60,000 images at 28 px; returns {"LeNet": history}."""
    data = fashion_mnist()
    recipe = Recipe(epochs=epochs, image_size=28, seed=seed)
    return {"LeNet": train(lenet(seed), data.train, data.test, recipe).as_dict()}
