"""Nearest neighbours among images, by their pixels or by a network's last hidden layer."""

from typing import NamedTuple

import torch
from sklearn.neighbors import KNeighborsClassifier
from torch import nn

from utils.data import Labelled

K = 5  # neighbours


@torch.no_grad()
def features(net: nn.Sequential | None, images: torch.Tensor) -> torch.Tensor:
    """What the net's last layer reads of uint8 images (N, H, W): (N, units); else the pixels."""
    if net is None:
        return images.flatten(1).float()
    labels = torch.zeros(len(images), dtype=torch.long)
    return torch.cat([net[:-1].eval()(x) for x, _ in Labelled(images, labels).batches(500)])


class Neighbours(NamedTuple):
    """For each of N test images its K nearest examples by Euclidean distance."""

    places: torch.Tensor  # of these examples, (N, K)
    classes: torch.Tensor  # theirs, (N, K)
    majority: torch.Tensor  # the class of most of them, (N,)


def k_nearest(net: nn.Sequential | None, examples: Labelled, tests: Labelled) -> Neighbours:
    """The K nearest of `examples`, by what the net's last layer reads, or else by their pixels."""
    search = KNeighborsClassifier(K, algorithm="brute")
    search.fit(features(net, examples.images), examples.labels)
    x = features(net, tests.images)
    places = torch.from_numpy(search.kneighbors(x, return_distance=False))
    return Neighbours(places, examples.labels[places], torch.from_numpy(search.predict(x)))


def agreement(near: Neighbours, by_pixels: Neighbours, labels: torch.Tensor) -> dict[str, float]:
    """Three shares, 0 to 1, for test images with these labels.

    "accuracy": the majority is right; "same class": neighbours of the image's class; "also by
    pixels": neighbours that are among the K nearest by pixels.
    """
    shares = {
        "accuracy": near.majority == labels,
        "same class": near.classes == labels[:, None],
        "also by pixels": (near.places[:, :, None] == by_pixels.places[:, None, :]).any(2),
    }
    return {name: share.float().mean().item() for name, share in shares.items()}
