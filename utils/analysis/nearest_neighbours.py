"""Nearest neighbours among images, by their pixels or by a network's last hidden layer."""

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


def k_nearest(
    net: nn.Sequential | None, some: Labelled, tests: Labelled
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """For each test image its K nearest of `some` by Euclidean distance.

    Returns their places (N, K), the class of their majority (N,), and their classes (N, K).
    """
    search = KNeighborsClassifier(K, algorithm="brute").fit(features(net, some[0]), some[1])
    x = features(net, tests[0])
    places = torch.from_numpy(search.kneighbors(x, return_distance=False))
    return places, torch.from_numpy(search.predict(x)), some[1][places]


def agreement(near: tuple, by_pixels: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
    """Of what `k_nearest` found, three shares, 0 to 1.

    "accuracy": the majority is right; "same class": neighbours of the image's class; "also by
    pixels": neighbours that are among the K nearest by pixels, whose places are given.
    """
    places, majority, classes = near
    shares = {
        "accuracy": majority == labels,
        "same class": classes == labels[:, None],
        "also by pixels": (places[:, :, None] == by_pixels[:, None, :]).any(2),
    }
    return {name: share.float().mean().item() for name, share in shares.items()}
