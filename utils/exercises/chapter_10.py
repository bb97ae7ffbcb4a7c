"""The exercises of chapter 10, looking inside. How they are written: `kinds`."""

import torch
from scipy import stats
from torchvision.models import get_model_weights

from utils.analysis import colour_index
from utils.exercises.kinds import Choice, Exercise, Function, Number


def exercise_1() -> Exercise:
    """Three colour indices without a computer."""
    yield "a grey filter", Number(0, tolerance=1e-3)
    yield 1, "The index counts what is *not* grey."
    yield 2 / 3, "This is what random weights have."
    yield 0.5, "Red, green and blue are equal: how much differs from their mean?"
    yield "red minus green", Number(1, tolerance=1e-3)
    yield 0, "The index counts what is not grey: what is the mean of 1, −1 and 0?"
    yield 2 / 3, "This is what random weights have."
    yield 0.5, "What is the mean of 1, −1 and 0?"
    yield "red only", Number(2 / 3, tolerance=1e-3)
    yield 1, "A third of red is in the mean of the three, and the mean is grey."
    yield 1 / 3, "This is the grey share."
    yield 0, "Red is not grey: take the mean of 1, 0 and 0."


def exercise_2() -> Exercise:
    """How many forward passes an occlusion map takes, and from how many numbers it is made."""
    yield "places", Number(121)
    yield 100, "Count the first place too: from 0 to 20 in steps of 2."
    yield 441, "The square moves by 2 px, not by 1."
    yield 196, "The square has to stay inside the image."
    yield "passes", Number(122)
    yield 121, "The probability without a square is needed as well."
    yield 242, "The picture without a square is the same for all places."
    yield 11, "The square moves in two directions."


def exercise_3() -> Exercise:
    """The colour index as a function."""

    def channels_apart(filters):
        return 1 - filters.mean(1).square().sum((1, 2)) / filters.square().sum((1, 2, 3))

    def of_weights(filters):
        grey = filters.mean(1, keepdim=True).expand_as(filters)
        return 1 - grey.abs().sum((1, 2, 3)) / filters.abs().sum((1, 2, 3))

    def random(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=torch.Generator().manual_seed(0))

    cases = {
        "four random filters of 11×11": lambda: (random(4, 3, 11, 11),),
        "one grey filter": lambda: (random(1, 1, 5, 5).expand(1, 3, 5, 5).clone(),),
        "filters of 1×1": lambda: (random(6, 3, 1, 1),),
    }
    yield Function(colour_index, "answer(filters)", cases, tolerance=1e-4)
    yield channels_apart, "The grey part has three equal channels: all three count."
    yield of_weights, "Energies are squares, not absolute values."
    yield lambda filters: 1 - colour_index(filters), "This is the share that *is* grey."


def exercise_4() -> Exercise:
    """Grad-CAM from a layer's maps and the gradient of the score."""

    def weighted(maps: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
        return (gradient.mean((1, 2), keepdim=True) * maps).sum(0)

    def pair(*shape: int) -> tuple:
        rng = torch.Generator().manual_seed(sum(shape))
        return torch.randn(shape, generator=rng), torch.randn(shape, generator=rng)

    cases = {
        "32 maps of 7×7": lambda: pair(32, 7, 7),
        "two maps of 3×4": lambda: pair(2, 3, 4),
        "one map of 1×1": lambda: pair(1, 1, 1),
    }
    signature = "answer(maps, gradient)"
    yield Function(lambda *pair: weighted(*pair).relu(), signature, cases, tolerance=1e-4)
    words = "The gradient is averaged over each map first: one weight a map."
    yield lambda maps, gradient: (gradient * maps).sum(0).relu(), words
    words = "One weight a *map*: average over its places, not over the maps."
    yield lambda maps, gradient: (gradient.mean(0, keepdim=True) * maps).sum(0).relu(), words
    yield weighted, "What speaks against the class is cut off at the end."


def exercise_5() -> Exercise:
    """What a comparison of two networks of different years leaves out."""
    names = "alexnet", "mobilenet_v3_small"
    old, new = (get_model_weights(name).IMAGENET1K_V1.meta for name in names)
    ratio = old["num_params"] / new["num_params"]
    yield "missing", Choice("bd")
    yield "a", "The test images are the same for both already."
    yield "b", "Each was trained by a recipe of its own."
    yield "c", "Both numbers are of one crop of 224 px."
    yield "d", "What would a second training of each give?"
    yield "times as many parameters", Number(round(ratio, 1), tolerance=0.1)
    yield round(1 / ratio, 3), "AlexNet has more, not fewer."
    yield old["_ops"] / new["_ops"], "This is the ratio of the multiply-adds."
    yield 233.087 / 4.729, "This is the ratio of the files, and of SqueezeNet's."


def exercise_6() -> Exercise:
    """How often chance alone gives five significant seeds or more, of twenty."""
    binomial = stats.binom(20, 0.05)
    yield Number(float(binomial.sf(4)), tolerance=1e-4)
    yield 0.05, "This is the probability for one given seed."
    yield float(binomial.pmf(5)), "This is the probability of exactly five."
    yield float(binomial.sf(5)), "This is the probability of six or more."
    yield 0.05**5, "This is the probability that five given seeds all are."
