"""What does it cost when Xavier's weights never arrive? d2l's AlexNet with both initial weights.

"Dive into Deep Learning" (English edition, release 1.0.3) asks for Xavier initialisation while its
layers are still lazy, so that the request meets none of them and PyTorch's default stays. Here its
network, a quarter as wide and at 65 px, is trained with its settings from both: batches of 128,
learning rate 0.01, no momentum. The first seed has its ten epochs, the others the first two, which
show when the loss begins to fall.
"""

import torch

from utils.data import fashion_mnist
from utils.experiments.common import PLAIN, initialised
from utils.nets import FastAlexNet
from utils.training import Recipe, train

ARMS = ("PyTorch's default", "Xavier")


def run(
    seed: int, long: int = 10, short: int = 2, width: float = 0.25, image_size: int = 65
) -> dict:
    """Train from both initial weights, in the same order; returns {arm: history}.

    Seed 0 is trained for `long` epochs, any other for `short` ones.
    """
    data = fashion_mnist(quiet=True)
    settings = PLAIN | {"momentum": 0.0, "image_size": image_size}
    recipe = Recipe(epochs=short if seed else long, lr=0.01, seed=seed, **settings)
    histories = {}
    for arm in ARMS:
        torch.manual_seed(seed)
        model = FastAlexNet(image_size=image_size, width=width)
        if arm == "Xavier":
            initialised(model, seed, "xavier")
        histories[arm] = train(model, data.train, data.test, recipe).as_dict()
    return histories
