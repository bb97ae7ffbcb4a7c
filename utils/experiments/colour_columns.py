"""Do two columns of a network divide the work, one for colour and one for shape?

The paper's network has its filters on two GPUs, and the first layer's came out largely without
colour on one and coloured on the other (section 6.1). Here: tinted garments of Fashion-MNIST, of
which a small network tells the shape and the hue. Its first two convolutions stand in two columns
that do not see each other ("two columns"), or in one ("one column", the control).
"""

import torch
from torch import nn

from utils import records
from utils.data import Labelled, fashion_mnist
from utils.experiments.common import generator, initialised, rounded
from utils.nets import chain
from utils.system import CPU
from utils.training import Recipe, predict, train

ARMS = {"two columns": 2, "one column": 1}
HUES = torch.tensor([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]])
SATURATION = 0.7
SHAPES, FILTERS = 10, 32


class ShapeAndHue(nn.Module):
    """Scores of the ten shapes plus scores of the six hues: (N, 16) to (N, 60). The cross-entropy
    of such sums over all 60 pairs is that of the shapes plus that of the hues.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x[:, :SHAPES, None] + x[:, None, SHAPES:]).flatten(1)


def run(seed: int, images: int = 6_000, epochs: int = 5, tests: int = 1_000) -> dict:
    """Train both arms on the same images in the same order; returns {arm: measurements}.

    "filters": the first layer's before and after, as `pack_filters` packs them; "shape" and "hue":
    accuracy on the first test images.
    """
    data = fashion_mnist(quiet=True)
    rng = generator(seed)
    order = torch.randperm(len(data.train.labels), generator=rng)[:images]
    sets = tinted(*data.train.at(order), rng), tinted(*data.test.first(tests), rng)
    recipe = Recipe(epochs, batch_size=64, lr=0.05, image_size=28, seed=seed)
    return {arm: measure(network(seed, groups), *sets, recipe) for arm, groups in ARMS.items()}


def tinted(images: torch.Tensor, labels: torch.Tensor, rng: torch.Generator) -> Labelled:
    """Grey images (N, H, W) in one of six hues each: (N, 3, H, W), and labels 6·shape + hue."""
    hues = torch.randint(len(HUES), (len(labels),), generator=rng)
    colours = 1 - SATURATION * (1 - HUES[hues].float())
    tinted = (images[:, None] * colours[:, :, None, None]).to(torch.uint8)
    return Labelled(tinted, len(HUES) * labels + hues)


def network(seed: int, groups: int) -> nn.Sequential:
    """Two convolutions in `groups` columns, two linear layers: (N, 3, 28, 28) to (N, 60).

    He's initial weights, but the paper's N(0, 0.01²) for the filters, so that what is there in the
    end was learned; the filters of both arms begin alike.
    """
    net = chain(
        conv1=nn.Conv2d(3, FILTERS, 5, stride=2, padding=2), relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(FILTERS, FILTERS, 3, padding=1, groups=groups), relu2=nn.ReLU(),
        flatten=nn.Flatten(), fc3=nn.Linear(FILTERS * 7 * 7, 64), relu3=nn.ReLU(),
        fc4=nn.Linear(64, SHAPES + len(HUES)), pairs=ShapeAndHue(),
    )  # fmt: skip
    initialised(net, seed)
    nn.init.normal_(net.conv1.weight, std=0.01, generator=generator(seed))
    return net


def measure(net: nn.Sequential, train_set: Labelled, test: Labelled, recipe: Recipe) -> dict:
    """Train one network; its filters before and after, and its two accuracies."""
    before, _ = records.pack_filters(net.conv1.weight)
    train(net, train_set, None, recipe, CPU)
    after, _ = records.pack_filters(net.conv1.weight)
    answers = torch.stack([predict(net, test, recipe, CPU).argmax(1), test.labels])
    shapes, hues = answers // len(HUES), answers % len(HUES)
    right = {"shape": shapes[0] == shapes[1], "hue": hues[0] == hues[1]}
    accuracies = rounded({name: same.float().mean().item() for name, same in right.items()})
    return {"filters": [before, after]} | accuracies
