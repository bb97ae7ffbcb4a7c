"""`python -m benchmarks.augmentation`: crops and reflections one image at a time, or in batches.

Both draw for each image a place and whether it is mirrored; the one with torchvision's transforms
on single images, the other on whole batches (`utils.data.augmentation`). Beside them a training
step on the same images. All in one process of one thread, in turn, in CPU seconds, the best of
several rounds. The last line is JSON; `--record` stores it for chapter 7.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.transforms import v2

from utils import records
from utils.data import PHOTOGRAPHS, RandomViews, augmentation, fashion_mnist, photograph
from utils.experiments.augmentation_views import network
from utils.nets import AlexNet

ROUNDS = 7


def cases() -> dict[str, tuple[torch.Tensor, int, nn.Module]]:
    """Batches of float32 images, the crop's side, and the network that would read the crops."""
    garments = fashion_mnist(quiet=True).train.images[:128, None].float() / 255
    photographs = torch.stack([photograph(name, 256) for name in PHOTOGRAPHS])
    return {
        "Fashion-MNIST, 28 to 24 px": (garments, 24, network(0)),
        "photographs, 256 to 224 px": (photographs.repeat(5, 1, 1, 1)[:32], 224, AlexNet()),
    }


def measure(images: torch.Tensor, size: int, net: nn.Module) -> dict[str, float]:
    """Microseconds an image: one at a time, in batches, and in a training step of `net`."""
    crop = v2.Compose([v2.RandomCrop(size), v2.RandomHorizontalFlip()])
    views = RandomViews(size, crop=True, flip=True)
    labels = torch.zeros(len(images), dtype=torch.long)

    def step() -> None:
        F.cross_entropy(net(views(images)), labels).backward()

    ways: dict[str, Callable] = {
        "one at a time": lambda: torch.stack([crop(image) for image in images]),
        "in batches": lambda: views(images),
        "training step": step,
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.process_time()
            way()
            best[name] = min(best[name], time.process_time() - start)
    return {name: round(1e6 * seconds / len(images), 2) for name, seconds in best.items()}


def source() -> str:
    """Hash of what decides the numbers."""
    return records.source_hash(sys.modules[__name__], augmentation)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.augmentation", description=__doc__)
    parser.add_argument("--record", action="store_true", help="store the numbers for chapter 7")
    record = parser.parse_args().record
    torch.set_num_threads(1)
    found = {name: measure(*case) for name, case in cases().items()}
    for name, times in found.items():
        ratio = times["one at a time"] / times["in batches"]
        print(f"{name}: {times} microseconds an image, ratio {ratio:.1f}")
    if record:
        about = {"command": "python -m benchmarks.augmentation --record"}
        about |= {"source_sha256": source(), "hardware": records.hardware(), "cases": found}
        print(records.write("bench_augmentation", about, Path(records.RUNS)))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
