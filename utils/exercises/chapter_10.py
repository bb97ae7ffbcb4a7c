"""The exercises of chapter 10, looking inside."""

import torch
from scipy import stats
from torchvision.models import get_model_weights

from utils.analysis import colour_index
from utils.exercises.functions import Function
from utils.exercises.kinds import Choice, Number, Parts


def exercise_1() -> Parts:
    """Three colour indices without a computer."""
    return Parts({
        "a grey filter": Number(0, tolerance=1e-3, wrong={
            1: "The index counts what is *not* grey.",
            2 / 3: "This is what random weights have.",
            0.5: "Red, green and blue are equal: how much differs from their mean?",
        }),
        "red minus green": Number(1, tolerance=1e-3, wrong={
            0: "The index counts what is not grey: what is the mean of 1, −1 and 0?",
            2 / 3: "This is what random weights have.",
            0.5: "What is the mean of 1, −1 and 0?",
        }),
        "red only": Number(2 / 3, tolerance=1e-3, wrong={
            1: "A third of red is in the mean of the three, and the mean is grey.",
            1 / 3: "This is the grey share.",
            0: "Red is not grey: take the mean of 1, 0 and 0.",
        }),
    })  # fmt: skip


def exercise_2() -> Parts:
    """How many forward passes an occlusion map takes, and from how many numbers it is made."""
    return Parts({
        "places": Number(121, {
            100: "Count the first place too: from 0 to 20 in steps of 2.",
            441: "The square moves by 2 px, not by 1.",
            196: "The square has to stay inside the image.",
        }),
        "passes": Number(122, {
            121: "The probability without a square is needed as well.",
            242: "The picture without a square is the same for all places.",
            11: "The square moves in two directions.",
        }),
    })  # fmt: skip


def exercise_3() -> Function:
    """The colour index as a function."""

    def channels_apart(filters):
        return 1 - filters.mean(1).square().sum((1, 2)) / filters.square().sum((1, 2, 3))

    def of_weights(filters):
        grey = filters.mean(1, keepdim=True).expand_as(filters)
        return 1 - grey.abs().sum((1, 2, 3)) / filters.abs().sum((1, 2, 3))

    def grey_share(filters):
        return 1 - colour_index(filters)

    def random(shape: tuple[int, ...]) -> torch.Tensor:
        return torch.randn(shape, generator=torch.Generator().manual_seed(0))

    return Function(
        colour_index,
        "answer(filters)",
        {
            "four random filters of 11×11": lambda: (random((4, 3, 11, 11)),),
            "one grey filter": lambda: (random((1, 1, 5, 5)).expand(1, 3, 5, 5).clone(),),
            "filters of 1×1": lambda: (random((6, 3, 1, 1)),),
        },
        {
            channels_apart: "The grey part has three equal channels: all three count.",
            of_weights: "Energies are squares, not absolute values.",
            grey_share: "This is the share that *is* grey.",
        },
        tolerance=1e-4,
    )


def exercise_4() -> Function:
    """Grad-CAM from a layer's maps and the gradient of the score."""

    def grad_cam(maps: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        return torch.relu((gradient.mean((1, 2), keepdim=True) * maps).sum(0))

    def pixelwise(maps, gradient):
        return torch.relu((gradient * maps).sum(0))

    def over_channels(maps, gradient):
        return torch.relu((gradient.mean(0, keepdim=True) * maps).sum(0))

    def without_relu(maps, gradient):
        return (gradient.mean((1, 2), keepdim=True) * maps).sum(0)

    def pair(*shape: int):
        draw = torch.Generator().manual_seed(sum(shape))
        return torch.randn(shape, generator=draw), torch.randn(shape, generator=draw)

    return Function(
        grad_cam,
        "answer(maps, gradient)",
        {
            "32 maps of 7×7": lambda: pair(32, 7, 7),
            "two maps of 3×4": lambda: pair(2, 3, 4),
            "one map of 1×1": lambda: pair(1, 1, 1),
        },
        {
            pixelwise: "The gradient is averaged over each map first: one weight a map.",
            over_channels: "One weight a *map*: average over its places, not over the maps.",
            without_relu: "What speaks against the class is cut off at the end.",
        },
        tolerance=1e-4,
    )


def exercise_5() -> Parts:
    """What a comparison of two networks of different years leaves out."""
    old, new = (
        get_model_weights(name).IMAGENET1K_V1.meta for name in ("alexnet", "mobilenet_v3_small")
    )
    ratio = old["num_params"] / new["num_params"]
    return Parts({
        "missing": Choice("bd", {
            "a": "The test images are the same for both already.",
            "b": "Each was trained by a recipe of its own.",
            "c": "Both numbers are of one crop of 224 px.",
            "d": "What would a second training of each give?",
        }),
        "times as many parameters": Number(round(ratio, 1), tolerance=0.1, wrong={
            round(1 / ratio, 3): "AlexNet has more, not fewer.",
            old["_ops"] / new["_ops"]: "This is the ratio of the multiply-adds.",
            233.087 / 4.729: "This is the ratio of the files, and of SqueezeNet's.",
        }),
    })  # fmt: skip


def exercise_6() -> Number:
    """How often chance alone gives five significant seeds or more, of twenty."""
    binomial = stats.binom(20, 0.05)
    return Number(
        float(binomial.sf(4)),
        {
            0.05: "This is the probability for one given seed.",
            float(binomial.pmf(5)): "This is the probability of exactly five.",
            float(binomial.sf(5)): "This is the probability of six or more.",
            0.05**5: "This is the probability that five given seeds all are.",
        },
        tolerance=1e-4,
    )
