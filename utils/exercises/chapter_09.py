"""The exercises of chapter 9, which AlexNet?"""

import torch
from torch import nn

from utils.analysis import accepted_sizes
from utils.exercises.functions import Function
from utils.exercises.kinds import Choice, Number, Parts
from utils.nets import D2LAlexNet, repaired_tutorial_alexnet


def exercise_1() -> Choice:
    """A checkpoint to recognise: 61,838,248 parameters."""
    return Choice("c", {
        "a": "The paper's first layer has 96 kernels: a weight of (96, 3, 11, 11).",
        "b": "torchvision's conv4 has 256 kernels, and 61,100,840 parameters in all.",
        "d": "The repaired listing begins with 96 kernels, and this one with 64.",
        "e": "Response normalisation has no parameters, so that one has torchvision's 61,100,840.",
    })  # fmt: skip


def exercise_2() -> Parts:
    """fc6 of d2l's network, and the largest image that the listing reads with a padding."""
    with torch.device("meta"):
        fc6 = D2LAlexNet().classifier.fc6
        listing = repaired_tutorial_alexnet()
        _, unpadded = accepted_sizes(listing, 227)
        listing.features.conv1.padding = (2, 2)
        smallest, largest = accepted_sizes(listing, 227)
    weights = fc6.weight.numel()
    return Parts({
        "parameters of fc6": Number(weights + fc6.out_features, {
            weights: "These are the weights alone: every unit has a bias, too.",
            (6**2 * 256 + 1) * 4096: "This is the paper's, with maps of 6×6; here they are 5×5.",
            weights + fc6.in_features: "A bias for each input: there is one for each output.",
            fc6.in_features: "So many numbers arrive; each of the 4,096 units weighs them all.",
            (5**2 * 384 + 1) * 4096: "conv5 has 256 channels, not 384.",
        }),
        "largest side": Number(largest, {
            unpadded: "This is without the padding, which stands for four pixels of the image.",
            smallest: "This is the smallest: the steps that do not fit are dropped, so more fit.",
            largest + 1: "One too many: at this side the last map is 7×7.",
            227: "Larger ones fit: the poolings, too, drop what does not fit.",
        }),
    })  # fmt: skip


def dropout_behind(classifier: nn.Sequential) -> nn.Sequential:
    """torchvision's classifier with dropout where the paper has it."""
    drop6, fc6, relu6, drop7, fc7, relu7, fc8 = classifier
    return nn.Sequential(fc6, relu6, drop6, fc7, relu7, drop7, fc8)


def exercise_3() -> Function:
    """Move torchvision's dropout behind the layers."""

    def classifier(p: float) -> tuple[nn.Sequential]:
        hidden = nn.Linear(4, 3), nn.Linear(3, 3), nn.Linear(3, 2)
        return (
            nn.Sequential(
                nn.Dropout(p), hidden[0], nn.ReLU(), nn.Dropout(p), hidden[1], nn.ReLU(), hidden[2]
            ),
        )

    def order(function, layers):
        linear = [layer for layer in layers if isinstance(layer, nn.Linear)]
        moved = list(function(layers))
        kept = [layer for layer in moved if isinstance(layer, nn.Linear)]
        rates = [layer.p for layer in moved if isinstance(layer, nn.Dropout)]
        names = " → ".join(type(layer).__name__ for layer in moved)
        return names, all(a is b for a, b in zip(kept, linear, strict=True)), rates

    def before_relu(classifier):
        drop6, fc6, relu6, drop7, fc7, relu7, fc8 = classifier
        return nn.Sequential(fc6, drop6, relu6, fc7, drop7, relu7, fc8)

    def added(classifier):
        drop6, fc6, relu6, drop7, fc7, relu7, fc8 = classifier
        return nn.Sequential(drop6, fc6, relu6, drop7, fc7, relu7, drop7, fc8)

    return Function(
        dropout_behind,
        "answer(classifier)",
        {
            "a small classifier with dropout 0.5": lambda: classifier(0.5),
            "one with dropout 0.3": lambda: classifier(0.3),
        },
        {
            lambda classifier: classifier: "Nothing has moved.",
            before_relu: "Before ReLU it computes the same, for ReLU leaves a zero a zero; but "
            "the paper drops the outputs of the layers, which come behind ReLU.",
            added: "One is added and none is moved: the inputs of fc6 are still dropped.",
        },
        call=order,
    )


def rows(maps: torch.Tensor, features: int) -> torch.Tensor:
    """One row of `features` numbers for each image; ValueError if it has another number."""
    flat = maps.flatten(1)
    if flat.shape[1] != features:
        raise ValueError(f"{flat.shape[1]} numbers an image, and {features} are expected")
    return flat


def exercise_4() -> Function:
    """Flatten images without mixing them."""

    def images(*shape: int) -> torch.Tensor:
        return torch.arange(float(torch.Size(shape).numel())).view(shape)

    def reshaped(maps, features):
        return maps.reshape(-1, features)

    def unchecked(maps, features):
        return maps.flatten(1)

    def first_only(maps, features):
        return rows(maps[:1], features)

    def all_in_one(maps, features):
        return maps.flatten()[None]

    return Function(
        rows,
        "answer(maps, features)",
        {
            "two images of 3 maps of 2×2, 12 features": lambda: (images(2, 3, 2, 2), 12),
            "one image of 3 maps of 2×2, 12 features": lambda: (images(1, 3, 2, 2), 12),
            "six images of 1 map of 2×1, 12 features": lambda: (images(6, 1, 2, 1), 12),
            "four images of 3 maps of 2×3, 12 features": lambda: (images(4, 3, 2, 3), 12),
        },
        {
            reshaped: "This is the listing's mistake: with -1 for the batch, images are mixed.",
            unchecked: "The rows are right, but nothing looks at their length.",
            first_only: "Only the first image is left.",
            all_in_one: "All images become one row: keep the first dimension.",
        },
    )


def exercise_5() -> Choice:
    """Does Caffe's 57.1 % against torchvision's 56.5 % show what LRN brings?"""
    return Choice("abd", {
        "a": "Compare the two networks: is LRN all that differs?",
        "b": "Were they trained alike?",
        "c": "Both saw the same 50,000 validation photographs, cut a little differently.",
        "d": "How many trainings stand behind each number?",
        "e": "Both are top-1 accuracies, with one view of each image.",
    })  # fmt: skip
