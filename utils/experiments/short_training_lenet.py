"""The short training of chapter 8 with a LeNet instead: same recipe, same order, own image size."""

import torch
from torch import nn

from utils.data import fashion_mnist
from utils.nets import LeNet, initialise
from utils.training import Recipe, train


def run(seed: int, epochs: int = 4) -> dict:
    """Train once on all 60,000 images at 28 px; returns {"LeNet": history}.

    The network is the common LeNet with ReLU and max-pooling, 61,706 parameters.
    """
    data = fashion_mnist()
    model = LeNet(activation=nn.ReLU, pool=nn.MaxPool2d)
    initialise(model, "he", torch.Generator().manual_seed(seed))
    recipe = Recipe(epochs=epochs, image_size=28, seed=seed)
    return {"LeNet": train(model, data.train, data.test, recipe).as_dict()}
