"""Colour noise in training: none, in the 2012 program's units, stronger, and as in the paper.

The garments of Fashion-MNIST, each in a colour of its own that says nothing of its class, and the
small network of `augmentation_views`. The test images have such colours too, or other light.
"""

import torch

from utils.data import MEAN, STD, Labelled, colour_axes, fashion_mnist
from utils.experiments.augmentation_views import RATES, accuracy, network, softmax
from utils.training import Recipe, evaluate, train

FACTOR = 0.1  # the spread of the paper's random factors
LAMP = (1.0, 0.7, 0.4)  # what yellow light leaves of red, green and blue
ARMS = ("no noise", "√λ, 0.1", "√λ, 0.5", "λ of 0 to 255, 0.1")


def run(seed: int, examples: int = 5_000, epochs: int = 15, validation: int = 2_000) -> dict:
    """Every arm on the same coloured images; returns {arm: measurements}."""
    data = fashion_mnist(quiet=True)
    draw = torch.Generator().manual_seed(seed)
    rest, held_out = data.train.split(validation, seed=seed)
    few = rest.first(examples)
    few, held_out, test = (coloured(some, draw) for some in (few, held_out, data.test))
    return {arm: best(arm, epochs, seed, few, held_out, test) for arm in ARMS}


def coloured(some: Labelled, draw: torch.Generator) -> Labelled:
    """Each grey image (N, H, W) in one colour, its parts between 0.4 and 1: (N, 3, H, W), uint8."""
    images, labels = some
    colours = 0.4 + 0.6 * torch.rand(len(labels), 3, 1, 1, generator=draw)
    return Labelled((images[:, None] * colours).round().to(torch.uint8), labels)


def noise(arm: str, images: torch.Tensor) -> torch.Tensor | None:
    """What `RandomViews` adds, (3, 3), to normalised images."""
    if arm == "no noise":
        return None
    values, vectors = colour_axes(images)
    if arm.startswith("λ"):  # on 0 to 255 the eigenvalues are 255² times as large, the pixels 255
        return (vectors * FACTOR * values * 255**2 / 255 / STD).float()
    return (vectors * float(arm.split()[1]) * values.sqrt() / STD).float()


def best(
    arm: str, epochs: int, seed: int, train_set: Labelled, held_out: Labelled, test_set: Labelled
) -> dict:
    """Accuracies (0 to 1) at the rate that does best on the validation images.

    A training whose loss stopped being a number counts as guessing.
    """
    tries = {}
    for rate in RATES:
        net = network(seed, channels=3, noise=noise(arm, train_set[0]))
        recipe = Recipe(epochs=epochs, lr=rate, seed=seed, image_size=28)
        try:
            train(net, train_set, None, recipe)
            tries[rate] = evaluate(net, held_out, recipe)[1], net
        except FloatingPointError:
            tries[rate] = 0.1, None
    _, net = max(tries.values(), key=lambda one: one[0])
    found = {"validation": {str(rate): round(one[0], 4) for rate, one in tries.items()}}
    images = relit(*test_set, train_set[0], seed)
    if net is None:
        return found | {"tests": dict.fromkeys(images, 0.1)}
    tests = {name: accuracy(softmax(net, x), test_set[1]) for name, x in images.items()}
    return found | {"tests": tests}


def relit(
    images: torch.Tensor, labels: torch.Tensor, train_images: torch.Tensor, seed: int
) -> dict[str, torch.Tensor]:
    """The test images, normalised: as they are, in yellow light, and with the noise of two arms."""
    draw = torch.Generator().manual_seed(seed)
    x = (images.float() / 255 - MEAN) / STD
    yellow = (images.float() / 255 * torch.tensor(LAMP)[:, None, None] - MEAN) / STD
    made = {"as they are": x, "yellow light": yellow}
    for arm in ("√λ, 0.1", "√λ, 0.5"):
        factors = torch.randn(len(labels), 3, generator=draw)
        made[f"noise {arm}"] = x + (factors @ noise(arm, train_images).T)[:, :, None, None]
    return made
