"""Ten epochs of the small network, beside `full_training`: same images, same length, own size."""

import torch
from torch import nn

from utils.data import fashion_mnist
from utils.nets import LeNet, initialise
from utils.training import Recipe, train


def run(seed: int, epochs: int = 10) -> dict:
    """Train LeNet with ReLU and max-pooling once on all 60,000 images at 28 px.

    Returns {"LeNet": history}. The learning rate is that of chapter 8's short training.
    """
    data = fashion_mnist()
    model = LeNet(activation=nn.ReLU, pool=nn.MaxPool2d)
    initialise(model, "he", torch.Generator().manual_seed(seed))
    recipe = Recipe(epochs=epochs, image_size=28, seed=seed)
    return {"LeNet": train(model, data.train, data.test, recipe).as_dict()}
