"""Transfer in miniature (Yosinski 2014): layers learned on five classes, used for the other five.

A network learns five classes of Fashion-MNIST. Its first n layers go into a new network for the
other five classes, of which there are few images: frozen, or trained on with the rest. Controls:
nothing transferred, and the first n layers frozen at their random initial weights.
"""

import torch
from torch import nn

from utils.data import Labelled, fashion_mnist
from utils.experiments.common import generator, in_random_order, initialised
from utils.nets import chain
from utils.system import CPU
from utils.training import Recipe, evaluate, train

# Whether the first layers are transferred, and whether they are trained on.
WAYS = {
    "transferred, frozen": (True, False),
    "transferred, trained on": (True, True),
    "random, frozen": (False, False),
}
LAYERS = ("conv1", "conv2", "conv3", "fc4")  # of which the first n are transferred; fc5 is new
CLASSES, TESTS = 5, 2_000


def run(seed: int, base_images: int = 6_000, few_images: int = 500, epochs: int = 8) -> dict:
    """Test accuracies on the second five classes; the seed draws the ten classes' halves.

    Returns {"nothing transferred": accuracy, way: [accuracy for n = 1, 2, 3, 4]}, and "base": the
    first network's accuracy on its own classes.
    """
    data = fashion_mnist(quiet=True)
    halves = torch.randperm(2 * CLASSES, generator=generator(seed)).split(CLASSES)
    base_set, few = (only(data.train, half, seed) for half in halves)
    base_test, test = (only(data.test, half, seed).first(TESTS) for half in halves)
    base = network(seed)
    recipe = Recipe(3, batch_size=64, lr=0.05, image_size=28, seed=seed)
    train(base, base_set.first(base_images), None, recipe, CPU)
    result = {"base": evaluate(base, base_test, recipe, CPU)[1]}
    recipe = Recipe(epochs, batch_size=32, lr=0.03, image_size=28, seed=seed)

    def accuracy(layers: tuple[str, ...], transferred: bool, trained_on: bool) -> float:
        net = network(seed + 1_000)
        for name in layers:
            if transferred:
                net.get_submodule(name).load_state_dict(base.get_submodule(name).state_dict())
            net.get_submodule(name).requires_grad_(trained_on)
        train(net, few.first(few_images), None, recipe, CPU)
        return round(evaluate(net, test, recipe, CPU)[1], 4)

    result["nothing transferred"] = accuracy((), False, False)
    firsts = [LAYERS[: n + 1] for n in range(len(LAYERS))]
    return result | {way: [accuracy(first, *how) for first in firsts] for way, how in WAYS.items()}


def network(seed: int, classes: int = CLASSES) -> nn.Sequential:
    """Three convolutions and two linear layers: (N, 1, 28, 28) to (N, classes), He's weights."""
    net = chain(
        conv1=nn.Conv2d(1, 32, 5, stride=2, padding=2), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(32, 32, 3, padding=1), relu2=nn.ReLU(),
        conv3=nn.Conv2d(32, 32, 3, padding=1), relu3=nn.ReLU(),
        flatten=nn.Flatten(), fc4=nn.Linear(32 * 7 * 7, 64), relu4=nn.ReLU(),
        fc5=nn.Linear(64, classes),
    )  # fmt: skip
    return initialised(net, seed)


def only(examples: Labelled, classes: torch.Tensor, seed: int) -> Labelled:
    """The images of some classes, shuffled, with labels that count from 0."""
    examples = in_random_order(examples, seed)
    images, labels = examples.at(torch.isin(examples.labels, classes))
    return Labelled(images, (labels[:, None] == classes).int().argmax(1))
