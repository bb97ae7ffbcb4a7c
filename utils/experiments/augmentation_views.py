"""Crops, reflections and lighting: what each does in training, for each thing a test can vary.

A small network on 5,000 images of Fashion-MNIST, 24 px of 28, tested on varied images (`varied`)
and by averaging over views (`views`). One network more learns to tell images from their mirrored
selves. Every arm is trained at two learning rates; validation images decide between them.
"""

from contextlib import suppress
from itertools import product

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.transforms.v2 import functional as transforms

from utils.data import MEAN, STD, Labelled, RandomViews
from utils.experiments.common import GUESSING, Sets, draw_sets, generator, initialised
from utils.experiments.selection import best_setting
from utils.system import default_profile
from utils.training import Recipe, evaluate, train

SIZE = 24  # px of 28, as 224 of 256
LIGHT = 0.5  # spread of the brightness, in standard deviations of a pixel
RATES = (0.03, 0.1)
ARMS: dict[str, dict] = {
    "nothing": {},
    "crops": {"crop": True},
    "reflections": {"flip": True},
    "both": {"crop": True, "flip": True},
    "both, shared by 32": {"crop": True, "flip": True, "share": 32},
    "lighting": {"noise": torch.tensor([[LIGHT]])},
}
EPOCHS = 15
OTHER_LENGTHS = (5, 60)  # epochs, for two arms; the long one at the best rate of EPOCHS
TWO = ("nothing", "both")


def run(seed: int, examples: int = 5_000, validation: int = 2_000) -> dict:
    """Returns {arm: measurements}, other lengths as "nothing, 5 epochs", and "mirrored or not"."""
    sets = draw_sets(seed, examples, validation)
    result, best_rate = {}, {}

    def add(name: str, arm: str, epochs: int, rates: tuple[float, ...]) -> None:
        net, best_rate[name], scores = best_network(epochs, rates, seed, sets, **ARMS[arm])
        if net is None:
            raise FloatingPointError(f"Every training of {name} diverged: try smaller rates.")
        result[name] = {"validation": scores} | measure(net, sets.train, sets.test, seed)

    for arm in ARMS:
        add(arm, arm, EPOCHS, RATES)
    for arm, epochs in product(TWO, OTHER_LENGTHS):
        rates = RATES if epochs < EPOCHS else (best_rate[arm],)
        add(f"{arm}, {epochs} epochs", arm, epochs, rates)
    return result | {"mirrored or not": chirality(seed, sets.train, sets.test)}


def best_network(
    epochs: int, rates: tuple[float, ...], seed: int, sets: Sets, **how
) -> tuple[nn.Module | None, float, dict[str, float]]:
    """Of networks trained at each rate the best in validation, its rate, and all accuracies."""
    nets, scores = dict.fromkeys(rates), dict.fromkeys(rates, GUESSING)
    for rate in rates:
        net = network(seed, **how)
        recipe = Recipe(epochs=epochs, lr=rate, seed=seed, image_size=28)
        with suppress(FloatingPointError):
            train(net, sets.train, None, recipe)
            nets[rate], scores[rate] = net, evaluate(net, sets.validation, recipe)[1]
    rate = best_setting([scores], float)
    return nets[rate], rate, {str(rate): round(score, 4) for rate, score in scores.items()}


def network(seed: int, classes: int = 10, channels: int = 1, **views) -> nn.Sequential:
    """Random views of SIZE px, two convolutions, two linear layers; He's initial weights."""
    net = nn.Sequential(
        RandomViews(SIZE, **views),
        nn.Conv2d(channels, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * (SIZE // 4) ** 2, 128), nn.ReLU(), nn.Linear(128, classes),
    )  # fmt: skip
    return initialised(net, seed)


def measure(net: nn.Module, train_set: Labelled, test_set: Labelled, seed: int) -> dict:
    """Accuracies: on varied images, by averaged views, by class, on the training images; and the
    cross-entropy of the centre crops, and of the average over ten.
    """
    images, labels = test_set
    averaged = views(net, images)
    made = {name: softmax(net, x) for name, x in varied(images, seed).items()}
    tests = {"as they are": averaged["centre"]} | made
    return {
        "tests": {name: accuracy(outputs, labels) for name, outputs in tests.items()},
        "views": {name: accuracy(outputs, labels) for name, outputs in averaged.items()},
        "loss": {
            name: round(F.nll_loss(averaged[name].clamp(min=1e-12).log(), labels).item(), 4)
            for name in ("centre", "ten crops")
        },
        "classes": {
            name: [accuracy(tests[name][labels == k], k) for k in range(10)]
            for name in ("as they are", "mirrored")
        },
        "train": accuracy(softmax(net, normalised(train_set.images)), train_set.labels),
    }


def normalised(images: torch.Tensor) -> torch.Tensor:
    """uint8 images (N, H, W) as `Labelled.batches` gives them, (N, 1, H, W)."""
    return (images[:, None].float() / 255 - MEAN) / STD


def varied(images: torch.Tensor, seed: int) -> dict[str, torch.Tensor]:
    """The test images varied in four ways; the draws follow from the seed."""
    x = normalised(images)
    light = LIGHT * torch.randn(len(x), 1, 1, 1, generator=generator(seed))
    return {
        "mirrored": x.flip(-1),
        "moved by up to 2 px": moved(x, 2, seed),
        "moved by up to 4 px": moved(x, 4, seed),
        "brighter or darker": x + light,
    }


def moved(x: torch.Tensor, most: int, seed: int) -> torch.Tensor:
    """Each image moved by up to `most` px each way; what comes in is background."""
    padded = F.pad(x, (most,) * 4, value=-MEAN / STD)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return RandomViews(x.shape[-1], crop=True)(padded)


def views(net: nn.Module, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """Averaged outputs (N, 10) of a trained network, over one to ten views of each image."""
    crops = transforms.ten_crop(normalised(images), [SIZE, SIZE])
    outputs = torch.stack([softmax(net, crop) for crop in crops])
    return {
        "centre": outputs[4],
        "centre, mirrored too": outputs[[4, 9]].mean(0),
        "five crops": outputs[:5].mean(0),
        "ten crops": outputs.mean(0),
        "ten crops, logits averaged": outputs.clamp(min=1e-12).log().mean(0),
    }


@torch.no_grad()
def softmax(net: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Softmax outputs (N, classes), on the CPU, for normalised images; draws off."""
    profile = default_profile()
    net.to(profile.device).eval()
    with profile.autocast():
        logits = [net(part.to(profile.device)) for part in x.split(250)]
    return torch.cat(logits).float().softmax(1).cpu()


def accuracy(outputs: torch.Tensor, labels: torch.Tensor | int) -> float:
    return round((outputs.argmax(1) == labels).float().mean().item(), 4)


def chirality(seed: int, train_set: Labelled, test_set: Labelled, epochs: int = 6) -> list[float]:
    """By class of garment: how often a trained network knows whether a test image is mirrored."""
    both, test_both = (torch.cat([x, x.flip(-1)]) for x in (train_set.images, test_set.images))
    sides, test_sides = (torch.arange(2).repeat_interleave(len(x) // 2) for x in (both, test_both))
    net = network(seed, classes=2)
    recipe = Recipe(epochs=epochs, lr=0.03, seed=seed, image_size=28)
    train(net, Labelled(both, sides), None, recipe)
    outputs, kinds = softmax(net, normalised(test_both)), test_set.labels.repeat(2)
    return [accuracy(outputs[kinds == k], test_sides[kinds == k]) for k in range(10)]
