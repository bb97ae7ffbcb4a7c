"""LeNet at 28 px, with ReLU and max-pooling, by chapter 8's recipe: four epochs."""

from dataclasses import replace

import torch
from torch import nn

from utils.data.labelled import Labelled
from utils.nets import LeNet, initialise
from utils.training import Recipe, train

RECIPE = Recipe(epochs=4, image_size=28)


def trained(images: Labelled, seed: int) -> nn.Module:
    network = LeNet(activation=nn.ReLU, pool=nn.MaxPool2d)
    initialise(network, "he", torch.Generator().manual_seed(seed))
    train(network, images, None, replace(RECIPE, seed=seed))
    return network
