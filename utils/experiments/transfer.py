"""Transfer in miniature (Yosinski 2014): layers learned on five classes, used for the other five.

A network learns five classes of Fashion-MNIST. Its first n layers go into a new network for the
other five classes, of which there are few images: frozen, or trained on with the rest. Controls:
nothing transferred, and the first n layers frozen at their random first weights.
"""

import torch
from torch import nn

from utils.data import Labelled, fashion_mnist
from utils.nets import chain, initialise
from utils.system import CPU
from utils.training import Recipe, evaluate, train

WAYS = ("transferred, frozen", "transferred, trained on", "random, frozen")
LAYERS = ("conv1", "conv2", "conv3", "fc4")  # of which the first n are transferred; fc5 is new
CLASSES, TESTS = 5, 2_000


def run(seed: int, base_images: int = 6_000, few_images: int = 500, epochs: int = 8) -> dict:
    """Test accuracies (0 to 1) on the second five classes; the seed draws the ten classes' halves.

    Returns {"nothing transferred": accuracy, way: [accuracy for n = 1, 2, 3, 4]}, and "base": the
    first network's accuracy on its own classes. All networks of a seed share images and order.
    """
    data = fashion_mnist(quiet=True)
    classes = torch.randperm(2 * CLASSES, generator=torch.Generator().manual_seed(seed))
    halves = classes[:CLASSES], classes[CLASSES:]
    (base_set, base_test), (few, test) = (
        (only(data.train, half, seed), only(data.test, half, seed).first(TESTS)) for half in halves
    )
    base = network(seed)
    first = Recipe(3, batch_size=64, lr=0.05, image_size=28, seed=seed)
    train(base, base_set.first(base_images), None, first, CPU)
    found = {"base": evaluate(base, base_test, first, CPU)[1]}
    recipe = Recipe(epochs, batch_size=32, lr=0.03, image_size=28, seed=seed)

    def accuracy(way: str | None, n: int) -> float:
        net = network(seed + 1_000)
        for name in LAYERS[:n]:
            if way != "random, frozen":
                net.get_submodule(name).load_state_dict(base.get_submodule(name).state_dict())
            net.get_submodule(name).requires_grad_(way == "transferred, trained on")
        train(net, few.first(few_images), None, recipe, CPU)
        return round(evaluate(net, test, recipe, CPU)[1], 4)

    found["nothing transferred"] = accuracy(None, 0)
    return found | {way: [accuracy(way, n) for n in range(1, len(LAYERS) + 1)] for way in WAYS}


def network(seed: int, classes: int = CLASSES) -> nn.Sequential:
    """Three convolutions and two linear layers: (N, 1, 28, 28) to (N, classes), He's weights."""
    net = chain(
        conv1=nn.Conv2d(1, 32, 5, stride=2, padding=2), relu1=nn.ReLU(), pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(32, 32, 3, padding=1), relu2=nn.ReLU(),
        conv3=nn.Conv2d(32, 32, 3, padding=1), relu3=nn.ReLU(),
        flatten=nn.Flatten(), fc4=nn.Linear(32 * 7 * 7, 64), relu4=nn.ReLU(),
        fc5=nn.Linear(64, classes),
    )  # fmt: skip
    return initialise(net, "he", torch.Generator().manual_seed(seed))


def only(some: Labelled, classes: torch.Tensor, seed: int) -> Labelled:
    """The images of some classes, shuffled, with labels that count from 0."""
    images, labels = some
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    order = order[torch.isin(labels[order], classes)]
    return Labelled(images[order], (labels[order][:, None] == classes).int().argmax(1))
