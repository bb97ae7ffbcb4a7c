"""What does it cost when Xavier's weights never arrive? d2l's AlexNet with both first weights.

"Dive into Deep Learning" (English edition, release 1.0.3) asks for Xavier initialisation while its
layers are still lazy, so that the request meets none of them and PyTorch's default stays. Here its
network, a quarter as wide and at 65 px, is trained with its settings from both: batches of 128,
learning rate 0.01, no momentum. The first seed has its ten epochs, the others the first two, which
show when the loss begins to fall.
"""

import torch

from utils.data import fashion_mnist
from utils.nets import FastAlexNet, initialise
from utils.training import Recipe, train

ARMS = ("PyTorch's default", "Xavier")


def run(
    seed: int, long: int = 10, short: int = 2, width: float = 0.25, image_size: int = 65
) -> dict:
    """Train from both first weights, in the same order; returns {arm: history}.

    Seed 0 is trained for `long` epochs, any other for `short` ones.
    """
    epochs = short if seed else long
    return {arm: once(seed, arm, epochs, width, image_size) for arm in ARMS}


def once(seed: int, arm: str, epochs: int, width: float, image_size: int) -> dict:
    """One training from the first weights of `arm`."""
    data = fashion_mnist(quiet=True)
    torch.manual_seed(seed)
    model = FastAlexNet(image_size=image_size, width=width)
    if arm == "Xavier":
        initialise(model, "xavier", torch.Generator().manual_seed(seed))
    recipe = Recipe(
        epochs=epochs,
        lr=0.01,
        momentum=0.0,
        weight_decay=0.0,
        schedule="constant",
        image_size=image_size,
        seed=seed,
    )
    return train(model, data.train, data.test, recipe).as_dict()
