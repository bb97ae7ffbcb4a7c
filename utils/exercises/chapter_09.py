"""The exercises of chapter 9, which AlexNet?"""

from collections.abc import Callable

import torch
from torch import nn

from utils.analysis import accepted_sizes
from utils.exercises.kinds import Choice, Exercise, Function, Number
from utils.nets import D2LAlexNet, repaired_tutorial_alexnet


def exercise_1() -> Exercise:
    """A checkpoint to recognise: 61,838,248 parameters."""
    yield Choice("c")
    yield "a", "The paper's first layer has 96 kernels: a weight of (96, 3, 11, 11)."
    yield "b", "torchvision's conv4 has 256 kernels, and 61,100,840 parameters in all."
    yield "d", "The repaired listing begins with 96 kernels, and this one with 64."
    yield "e", "Response normalisation has no parameters, so that one has torchvision's 61,100,840."


def exercise_2() -> Exercise:
    """fc6 of d2l's network, and the largest image that the listing reads with a padding."""
    with torch.device("meta"):
        fc6 = D2LAlexNet().classifier.fc6
        listing = repaired_tutorial_alexnet()
        _, unpadded = accepted_sizes(listing, 227)
        listing.features.conv1.padding = (2, 2)
        smallest, largest = accepted_sizes(listing, 227)
    weights = fc6.weight.numel()
    yield "parameters of fc6", Number(weights + fc6.out_features)
    yield weights, "These are the weights alone: every unit has a bias, too."
    yield (6**2 * 256 + 1) * 4096, "This is the paper's, with maps of 6×6; here they are 5×5."
    yield weights + fc6.in_features, "A bias for each input: there is one for each output."
    yield fc6.in_features, "So many numbers arrive; each of the 4,096 units weighs them all."
    yield (5**2 * 384 + 1) * 4096, "conv5 has 256 channels, not 384."
    yield "largest side", Number(largest)
    yield unpadded, "This is without the padding, which stands for four pixels of the image."
    yield smallest, "This is the smallest: the steps that do not fit are dropped, so more fit."
    yield largest + 1, "One too many: at this side the last map is 7×7."
    yield 227, "Larger ones fit: the poolings, too, drop what does not fit."


def exercise_3() -> Exercise:
    """Move torchvision's dropout behind the layers."""

    def classifier(p: float) -> tuple[nn.Sequential]:
        fc6, fc7, fc8 = nn.Linear(4, 3), nn.Linear(3, 3), nn.Linear(3, 2)
        drop6, drop7 = nn.Dropout(p), nn.Dropout(p)
        return (nn.Sequential(drop6, fc6, nn.ReLU(), drop7, fc7, nn.ReLU(), fc8),)

    def order(function, layers):
        moved = list(function(layers))
        linear, still = ([x for x in net if isinstance(x, nn.Linear)] for net in (layers, moved))
        rates = [layer.p for layer in moved if isinstance(layer, nn.Dropout)]
        names = " → ".join(type(layer).__name__ for layer in moved)
        return names, all(a is b for a, b in zip(still, linear, strict=True)), rates

    def reordered(*positions: int) -> Callable:
        return lambda layers: [layers[i] for i in positions]

    cases = {
        "a small classifier with dropout 0.5": lambda: classifier(0.5),
        "one with dropout 0.3": lambda: classifier(0.3),
    }
    dropout_behind = reordered(1, 2, 0, 4, 5, 3, 6)
    yield Function(dropout_behind, "answer(classifier)", cases, call=order)
    yield lambda layers: layers, "Nothing has moved."
    yield (
        reordered(1, 0, 2, 4, 3, 5, 6),
        "Before ReLU it computes the same, for ReLU leaves a zero a zero; but the paper drops the "
        "outputs of the layers, which come behind ReLU.",
    )
    words = "One is added and none is moved: the inputs of fc6 are still dropped."
    yield reordered(0, 1, 2, 3, 4, 5, 3, 6), words


def rows(maps: torch.Tensor, features: int) -> torch.Tensor:
    """One row of `features` numbers for each image; ValueError if it has another number."""
    flat = maps.flatten(1)
    if flat.shape[1] != features:
        raise ValueError(f"{flat.shape[1]} numbers an image, and {features} are expected")
    return flat


def exercise_4() -> Exercise:
    """Flatten images without mixing them."""

    def images(*shape: int) -> tuple[torch.Tensor, int]:
        return torch.arange(float(torch.Size(shape).numel())).view(shape), 12

    cases = {
        "two images of 3 maps of 2×2, 12 features": lambda: images(2, 3, 2, 2),
        "one image of 3 maps of 2×2, 12 features": lambda: images(1, 3, 2, 2),
        "six images of 1 map of 2×1, 12 features": lambda: images(6, 1, 2, 1),
        "four images of 3 maps of 2×3, 12 features": lambda: images(4, 3, 2, 3),
    }
    yield Function(rows, "answer(maps, features)", cases)
    words = "This is the listing's mistake: with -1 for the batch, images are mixed."
    yield lambda maps, features: maps.reshape(-1, features), words
    yield lambda x, _: x.flatten(1), "The rows are right, but nothing looks at their length."
    yield lambda maps, features: rows(maps[:1], features), "Only the first image is left."
    yield lambda x, _: x.flatten()[None], "All images become one row: keep the first dimension."


def exercise_5() -> Exercise:
    """Does Caffe's 57.1 % against torchvision's 56.5 % show what LRN brings?"""
    yield Choice("abd")
    yield "a", "Compare the two networks: is LRN all that differs?"
    yield "b", "Were they trained alike?"
    yield "c", "Both saw the same 50,000 validation photographs, cut a little differently."
    yield "d", "How many trainings stand behind each number?"
    yield "e", "Both are top-1 accuracies, with one view of each image."
