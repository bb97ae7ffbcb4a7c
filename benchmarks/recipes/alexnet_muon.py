"""d2l's AlexNet at 65 px, kernels by Muon: 30,720 images, each seen once."""

from dataclasses import replace

import torch
from torch import nn

from utils.data.labelled import Labelled
from utils.nets import FastAlexNet, initialise
from utils.system import default_profile
from utils.training import Recipe, train

RECIPE = Recipe(
    epochs=1, batch_size=256, lr=0.001, optimizer="muon", label_smoothing=0.1, image_size=65
)


def trained(images: Labelled, seed: int) -> nn.Module:
    network = FastAlexNet(image_size=RECIPE.image_size)
    initialise(network, "he", torch.Generator().manual_seed(seed))
    nn.init.zeros_(network.classifier.fc8.weight)
    if torch.cuda.is_available():
        network = graphed(network)
    train(network, images.first(30_720), None, replace(RECIPE, seed=seed))
    return network


def graphed(network: nn.Module) -> nn.Module:
    """For a GPU, which waits for Python between small kernels: both passes as one CUDA graph each.

    A graph has one size of batch, which all 120 batches of the recipe have.
    """
    profile, side = default_profile(), RECIPE.image_size
    network.to(profile.device, memory_format=torch.channels_last).train()
    x = torch.zeros(RECIPE.batch_size, 1, side, side, device=profile.device)
    with torch.autocast(profile.device.type, profile.dtype, cache_enabled=False):
        return torch.cuda.make_graphed_callables(network, (x,))
