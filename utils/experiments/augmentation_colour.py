"""Colour noise in training: none, in the 2012 program's units, stronger, and as in the paper.

The garments of Fashion-MNIST, each in a colour of its own that says nothing of its class, and the
small network of `augmentation_views`. The test images have such colours too, or other light.
"""

import torch

from utils.data import MEAN, STD, Labelled, colour_axes
from utils.experiments.augmentation_views import RATES, accuracy, best_network, softmax
from utils.experiments.common import GUESSING, Sets, draw_sets, generator

LAMP = (1.0, 0.7, 0.4)  # what yellow light leaves of red, green and blue
SPREADS = {"√λ, 0.1": 0.1, "√λ, 0.5": 0.5}  # of the random factors; the paper's is 0.1
ARMS = ("no noise", *SPREADS, "λ of 0 to 255, 0.1")


def run(seed: int, examples: int = 5_000, epochs: int = 15, validation: int = 2_000) -> dict:
    """Every arm on the same coloured images; returns {arm: measurements}."""
    rng = generator(seed)
    sets = Sets(*(coloured(part, rng) for part in draw_sets(seed, examples, validation)))
    return {arm: best(arm, epochs, seed, sets) for arm in ARMS}


def coloured(examples: Labelled, rng: torch.Generator) -> Labelled:
    """Each grey image (N, H, W) in one colour, its parts between 0.4 and 1: (N, 3, H, W), uint8."""
    images, labels = examples
    colours = 0.4 + 0.6 * torch.rand(len(labels), 3, 1, 1, generator=rng)
    return Labelled((images[:, None] * colours).round().to(torch.uint8), labels)


def noise(arm: str, images: torch.Tensor) -> torch.Tensor | None:
    """What `RandomViews` adds, (3, 3), to normalised images."""
    if arm == "no noise":
        return None
    values, vectors = colour_axes(images)
    if arm in SPREADS:
        return (vectors * SPREADS[arm] * values.sqrt() / STD).float()
    # On 0 to 255 the eigenvalues are 255² times as large, the pixels 255.
    return (vectors * 0.1 * values * 255**2 / 255 / STD).float()


def best(arm: str, epochs: int, seed: int, sets: Sets) -> dict:
    """Accuracies at the rate that does best on the validation images."""
    how = {"channels": 3, "noise": noise(arm, sets.train.images)}
    net, _, validation = best_network(epochs, RATES, seed, sets, **how)
    tests = {
        name: accuracy(softmax(net, x), sets.test.labels) if net else GUESSING
        for name, x in relit(sets, seed).items()
    }
    return {"validation": validation, "tests": tests}


def relit(sets: Sets, seed: int) -> dict[str, torch.Tensor]:
    """The test images, normalised: as they are, in yellow light, and with the noise of two arms."""
    rng = generator(seed)
    pixels = sets.test.images.float() / 255
    x, yellow = ((p - MEAN) / STD for p in (pixels, pixels * torch.tensor(LAMP)[:, None, None]))
    result = {"as they are": x, "yellow light": yellow}
    for arm in SPREADS:
        factors = torch.randn(len(x), 3, generator=rng)
        shift = factors @ noise(arm, sets.train.images).T
        result[f"noise {arm}"] = x + shift[:, :, None, None]
    return result
