"""Crops, reflections and lighting: what each does in training, for each thing a test can vary.

A small network on 5,000 images of Fashion-MNIST, 24 px of 28, tested on varied images (`varied`)
and by averaging over views (`views`). One network more learns to tell images from their mirrored
selves. Every arm is trained at two learning rates; validation images decide between them.
"""

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.transforms.v2 import functional as transforms

from utils.data import MEAN, STD, Labelled, RandomViews, fashion_mnist
from utils.nets import initialise
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
OTHER_LENGTHS = (5, 60)  # epochs, for two arms; the long one at the rate that EPOCHS kept
TWO = ("nothing", "both")


def run(seed: int, examples: int = 5_000, validation: int = 2_000) -> dict:
    """Every arm on the same images; {arm: measurements}, and "mirrored or not" by class.

    Trainings of other lengths are arms of their own: "nothing, 5 epochs" and so on.
    """
    data = fashion_mnist(quiet=True)
    rest, held_out = data.train.split(validation, seed=seed)
    few = rest.first(examples)
    found, kept = {}, {}
    for arm in ARMS:
        found[arm], kept[arm] = best(arm, EPOCHS, RATES, seed, few, held_out, data.test)
    for arm in TWO:
        for epochs in OTHER_LENGTHS:
            rates = RATES if epochs < EPOCHS else (kept[arm],)
            made, _ = best(arm, epochs, rates, seed, few, held_out, data.test)
            found[f"{arm}, {epochs} epochs"] = made
    return found | {"mirrored or not": chirality(seed, few, data.test)}


def best(arm, epochs, rates, seed, train_set, held_out, test_set) -> tuple[dict, float]:
    """The measurements at the rate that does best on the validation images, and that rate."""
    tries = {rate: trained(arm, epochs, rate, seed, train_set, held_out) for rate in rates}
    kept = max(rates, key=lambda rate: tries[rate][1])
    tried = {str(rate): round(score, 4) for rate, (_, score) in tries.items()}
    return {"validation": tried} | measure(tries[kept][0], train_set, test_set, seed), kept


def network(seed: int, classes: int = 10, channels: int = 1, **views) -> nn.Sequential:
    """Random views of SIZE px, two convolutions, two linear layers; He's first weights."""
    net = nn.Sequential(
        RandomViews(SIZE, **views),
        nn.Conv2d(channels, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * (SIZE // 4) ** 2, 128), nn.ReLU(), nn.Linear(128, classes),
    )  # fmt: skip
    return initialise(net, "he", torch.Generator().manual_seed(seed))


def trained(
    arm: str, epochs: int, rate: float, seed: int, train_set: Labelled, held_out: Labelled
) -> tuple[nn.Module, float]:
    """One trained network, and its accuracy on the validation images."""
    net = network(seed, **ARMS[arm])
    recipe = Recipe(epochs=epochs, lr=rate, seed=seed, image_size=28)
    train(net, train_set, None, recipe)
    return net, evaluate(net, held_out, recipe)[1]


def measure(net: nn.Module, train_set: Labelled, test_set: Labelled, seed: int) -> dict:
    """Accuracies (0 to 1): on varied images, by averaged views, by class, on the training images.

    `loss` is the cross-entropy: of the centre crops, and of the average over ten.
    """
    labels = test_set[1]
    averaged = views(net, test_set[0])
    tests = {"as they are": averaged["centre"]}
    tests |= {name: softmax(net, x) for name, x in varied(test_set[0], seed).items()}
    loss = {
        name: round(F.nll_loss(averaged[name].clamp(min=1e-12).log(), labels).item(), 4)
        for name in ("centre", "ten crops")
    }
    by_class = {
        name: [accuracy(tests[name][labels == k], k) for k in range(10)]
        for name in ("as they are", "mirrored")
    }
    return {
        "tests": {name: accuracy(made, labels) for name, made in tests.items()},
        "views": {name: accuracy(made, labels) for name, made in averaged.items()},
        "loss": loss,
        "classes": by_class,
        "train": accuracy(softmax(net, normalised(train_set[0])), train_set[1]),
    }


def normalised(images: torch.Tensor) -> torch.Tensor:
    """uint8 images (N, H, W) as `Labelled.batches` gives them, (N, 1, H, W)."""
    return (images[:, None].float() / 255 - MEAN) / STD


def varied(images: torch.Tensor, seed: int) -> dict[str, torch.Tensor]:
    """The test images varied in four ways; the draws follow from the seed."""
    draw = torch.Generator().manual_seed(seed)
    x = normalised(images)
    light = LIGHT * torch.randn(len(x), 1, 1, 1, generator=draw)
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
    made = torch.stack([softmax(net, crop) for crop in crops])
    return {
        "centre": made[4],
        "centre, mirrored too": made[[4, 9]].mean(0),
        "five crops": made[:5].mean(0),
        "ten crops": made.mean(0),
        "ten crops, logits averaged": made.clamp(min=1e-12).log().mean(0),
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
    both, test_both = (torch.cat([some[0], some[0].flip(-1)]) for some in (train_set, test_set))
    sides, test_sides = (torch.arange(2).repeat_interleave(len(x) // 2) for x in (both, test_both))
    net = network(seed, classes=2)
    recipe = Recipe(epochs=epochs, lr=0.03, seed=seed, image_size=28)
    train(net, Labelled(both, sides), None, recipe)
    made, kinds = softmax(net, normalised(test_both)), torch.cat([test_set[1]] * 2)
    return [accuracy(made[kinds == k], test_sides[kinds == k]) for k in range(10)]
