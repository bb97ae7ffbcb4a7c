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
from utils.nets import chain, initialise
from utils.system import CPU
from utils.training import Recipe, predict, train

ARMS = {"two columns": 2, "one column": 1}
HUES = torch.tensor([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]])
SATURATION = 0.7
SHAPES, FILTERS = 10, 32


class ShapeAndHue(nn.Module):
    """Scores of the ten shapes plus scores of the six hues: (N, 16) to (N, 60).

    The cross-entropy of such sums over all 60 pairs is that of the shapes plus that of the hues.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return (x[:, :SHAPES, None] + x[:, None, SHAPES:]).flatten(1)


def run(seed: int, images: int = 6_000, epochs: int = 5, tests: int = 1_000) -> dict:
    """Train both arms on the same images in the same order; returns {arm: measurements}.

    "filters": the first layer's before and after, packed int8, of which 127 stand for the largest
    weight; "shape" and "hue": accuracy (0 to 1) on the first test images.
    """
    data = fashion_mnist(quiet=True)
    draw = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(data.train.labels), generator=draw)[:images]
    some = tinted(*(part[order] for part in data.train), draw)
    test = tinted(*(part[:tests] for part in data.test), draw)
    recipe = Recipe(epochs, batch_size=64, lr=0.05, image_size=28, seed=seed)
    return {arm: measure(network(seed, groups), some, test, recipe) for arm, groups in ARMS.items()}


def tinted(images: torch.Tensor, labels: torch.Tensor, draw: torch.Generator) -> Labelled:
    """Grey images (N, H, W) in one of six hues each: (N, 3, H, W), and labels 6·shape + hue."""
    hues = torch.randint(len(HUES), (len(labels),), generator=draw)
    colours = 1 - SATURATION * (1 - HUES[hues].float())
    tinted = (images[:, None] * colours[:, :, None, None]).to(torch.uint8)
    return Labelled(tinted, len(HUES) * labels + hues)


def network(seed: int, groups: int) -> nn.Sequential:
    """Two convolutions in `groups` columns, two linear layers: (N, 3, 28, 28) to (N, 60).

    He's first weights, but the paper's N(0, 0.01²) for the filters, so that what is there in the
    end was learned; the filters of both arms begin alike.
    """
    net = chain(
        conv1=nn.Conv2d(3, FILTERS, 5, stride=2, padding=2), relu1=nn.ReLU(),
        pool1=nn.MaxPool2d(2),
        conv2=nn.Conv2d(FILTERS, FILTERS, 3, padding=1, groups=groups), relu2=nn.ReLU(),
        flatten=nn.Flatten(), fc3=nn.Linear(FILTERS * 7 * 7, 64), relu3=nn.ReLU(),
        fc4=nn.Linear(64, SHAPES + len(HUES)), pairs=ShapeAndHue(),
    )  # fmt: skip
    initialise(net, "he", torch.Generator().manual_seed(seed))
    nn.init.normal_(net.conv1.weight, std=0.01, generator=torch.Generator().manual_seed(seed))
    return net


def measure(net: nn.Sequential, some: Labelled, test: Labelled, recipe: Recipe) -> dict:
    """Train one network; its filters before and after, and its two accuracies."""
    before = packed(net.conv1.weight)
    train(net, some, None, recipe, CPU)
    answers = predict(net, test, recipe, CPU).argmax(1)
    hues = len(HUES)
    found = {"shape": answers // hues == test[1] // hues, "hue": answers % hues == test[1] % hues}
    scores = {name: round(right.float().mean().item(), 4) for name, right in found.items()}
    return {"filters": [before, packed(net.conv1.weight)]} | scores


def packed(weights: torch.Tensor) -> dict:
    """Filters (N, 3, k, k) as int8, 127 for the largest weight."""
    return records.pack((weights.detach() * (127 / weights.abs().max())).round().char().numpy())
