"""d2l's AlexNet at 65 px, by gradient descent with momentum: two epochs."""

from dataclasses import replace

import torch
from torch import nn

from utils.data.labelled import Labelled
from utils.nets import FastAlexNet, initialise
from utils.training import Recipe, train

RECIPE = Recipe(epochs=2, batch_size=256, lr=0.03, image_size=65)


def trained(images: Labelled, seed: int) -> nn.Module:
    network = FastAlexNet(image_size=RECIPE.image_size)
    initialise(network, "he", torch.Generator().manual_seed(seed))
    train(network, images, None, replace(RECIPE, seed=seed))
    return network
