"""The exercises of chapter 7, augmentation."""

import math

import torch

from utils import records
from utils.exercises.functions import Function
from utils.exercises.kinds import Choice, Number, Parts


def exercise_1() -> Parts:
    """Windows of 227 px in 256 px: as the paper counts, and all of them."""
    return Parts({
        "as the paper counts": Number(29 * 29 * 2, {
            1800: "This counts all offsets; the paper takes 256 − 224 = 32 in each direction.",
            29 * 29: "The paper counts the reflections, too.",
            29 * 2: "There are two directions: down and across.",
        }),
        "all": Number(30 * 30 * 2, {
            29 * 29 * 2: "The offsets run from 0 to 29: how many are these?",
            900: "Each window has a reflection.",
            2 * 227 * 227: "This counts the pixels of a window, not its places.",
        }),
    })  # fmt: skip


def exercise_2() -> Parts:
    """Three views and two classes: averaging probabilities, averaging logits."""
    first = (0.95, 0.2, 0.3)
    mean = sum(first) / 3
    odds = math.exp(sum(math.log(p / (1 - p)) for p in first) / 3)
    return Parts({
        "average probability": Number(mean, tolerance=1e-3, wrong={
            1 - mean: "This is the second class.",
            0.95: "This is the surest view alone.",
            odds / (1 + odds): "This averages the logits.",
        }),
        "class by softmax": Choice("b", {
            "a": "Is the average probability of the first class above one half?",
        }),
        "class by logits": Choice("a", {
            "b": "The logits' difference of a view is log(p / (1 − p)): add up the three.",
        }),
    })  # fmt: skip


def exercise_3() -> Parts:
    """What scales by 255 when the pixels do, and what is 0.2175?"""
    return Parts({
        "ratio": Number(round(55.46 / 0.2175), {
            255**2: "This is what you would expect; divide the two numbers.",
            round(4.794 / 0.2175): "Divide the first number of the one by the first of the other.",
            1: "The two sets are not in the same unit.",
        }),
        "of eigenvalues": Number(255**2, {
            255: "An eigenvalue of a covariance is a variance: its unit is a square.",
            510: "A square, not twice as much.",
            16: "This is the root of 255: variances go the other way.",
        }),
        "the lists are": Choice("c", {
            "a": "Then their ratio would be 255².",
            "b": "0.2175 is near this page's eigenvalue, and half of its root.",
            "d": "Is 55.46 the square of 0.2175 in any unit?",
        }),
    })  # fmt: skip


def exercise_4() -> Function:
    """The average over ten crops, of probabilities."""

    def views(*shape: int) -> tuple:
        return (3 * torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape))),)

    return Function(
        lambda logits: logits.softmax(-1).mean(1),
        "answer(logits)",
        {
            "two images, ten views, three classes": lambda: views(2, 10, 3),
            "one image, two views, two classes": lambda: views(1, 2, 2),
            "four images, ten views, ten classes": lambda: views(4, 10, 10),
        },
        {
            lambda logits: logits.mean(1).softmax(-1): "This averages the logits.",
            lambda logits: logits.softmax(1).mean(1): "This softmax runs over the views: the "
            "classes of one view must add up to 1.",
            lambda logits: logits.softmax(-1).mean(0): "This averages over the images.",
            lambda logits: logits.softmax(-1).sum(1): "These are sums: ten views add up to 10.",
        },
    )


def exercise_5() -> Choice:
    """Where a reflection makes a wrong label."""
    return Choice("bd", {
        "a": "A mirrored cat is a cat; it does not matter which way it looks.",
        "b": "Mirror a 2 or a 7: is it still one, and would the test have it?",
        "c": "Seen from above there is no left or right, and not even an up.",
        "d": "Mirror a left shoe.",
    })  # fmt: skip


def exercise_6() -> Parts:
    """In how many seeds do ten crops beat the centre, without and with augmentation?"""
    runs = [run["arms"] for run in records.load("augmentation_views")["runs"]]

    def better(arm: str) -> int:
        views = [run[arm]["views"] for run in runs]
        return sum(view["ten crops"] > view["centre"] for view in views)

    count, without, cured = len(runs), better("nothing"), better("both")
    return Parts({
        "trained on nothing": Number(without, {
            count - without: "In so many seeds the centre is better.",
            -1: "Count the seeds.",
            100: "The record has fewer seeds: len(runs).",
        }),
        "trained on both": Number(cured, {
            count - cured: "In so many seeds the centre is better, or both are equal.",
            cured / count: "This is their share: give the number of seeds.",
            100: "The record has fewer seeds: len(runs).",
        }),
    })  # fmt: skip
