"""The exercises of chapter 7, augmentation. How they are written: `kinds`."""

import math

import torch

from utils import records
from utils.exercises.kinds import Choice, Exercise, Function, Number


def exercise_1() -> Exercise:
    """Windows of 227 px in 256 px: as the paper counts, and all of them."""
    yield "as the paper counts", Number(29 * 29 * 2)
    yield 1800, "This counts all offsets; the paper takes 256 − 224 = 32 in each direction."
    yield 29 * 29, "The paper counts the reflections, too."
    yield 29 * 2, "There are two directions: down and across."
    yield "all", Number(30 * 30 * 2)
    yield 29 * 29 * 2, "The offsets run from 0 to 29: how many are these?"
    yield 900, "Each window has a reflection."
    yield 2 * 227 * 227, "This counts the pixels of a window, not its places."


def exercise_2() -> Exercise:
    """Three views and two classes: averaging probabilities, averaging logits."""
    first = (0.95, 0.2, 0.3)
    mean = sum(first) / 3
    odds = math.exp(sum(math.log(p / (1 - p)) for p in first) / 3)
    yield "average probability", Number(mean, tolerance=1e-3)
    yield 1 - mean, "This is the second class."
    yield 0.95, "This is the surest view alone."
    yield odds / (1 + odds), "This averages the logits."
    yield "class by softmax", Choice("b")
    yield "a", "Is the average probability of the first class above one half?"
    yield "class by logits", Choice("a")
    yield "b", "The logits' difference of a view is log(p / (1 − p)): add up the three."


def exercise_3() -> Exercise:
    """What scales by 255 when the pixels do, and what is 0.2175?"""
    yield "ratio", Number(round(55.46 / 0.2175))
    yield 255**2, "This is what you would expect; divide the two numbers."
    yield round(4.794 / 0.2175), "Divide the first number of the one by the first of the other."
    yield 1, "The two sets are not in the same unit."
    yield "of eigenvalues", Number(255**2)
    yield 255, "An eigenvalue of a covariance is a variance: its unit is a square."
    yield 510, "A square, not twice as much."
    yield 16, "This is the root of 255: variances go the other way."
    yield "the lists are", Choice("c")
    yield "a", "Then their ratio would be 255²."
    yield "b", "0.2175 is near this page's eigenvalue, and half of its root."
    yield "d", "Is 55.46 the square of 0.2175 in any unit?"


def exercise_4() -> Exercise:
    """The average over ten crops, of probabilities."""

    def views(*shape: int) -> tuple:
        return (3 * torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape))),)

    cases = {
        "two images, ten views, three classes": lambda: views(2, 10, 3),
        "one image, two views, two classes": lambda: views(1, 2, 2),
        "four images, ten views, ten classes": lambda: views(4, 10, 10),
    }
    yield Function(lambda logits: logits.softmax(-1).mean(1), "answer(logits)", cases)
    yield lambda logits: logits.mean(1).softmax(-1), "This averages the logits."
    words = "This softmax runs over the views: the classes of one view must add up to 1."
    yield lambda logits: logits.softmax(1).mean(1), words
    yield lambda logits: logits.softmax(-1).mean(0), "This averages over the images."
    yield lambda logits: logits.softmax(-1).sum(1), "These are sums: ten views add up to 10."


def exercise_5() -> Exercise:
    """Where a reflection makes a wrong label."""
    yield Choice("bd")
    yield "a", "A mirrored cat is a cat; it does not matter which way it looks."
    yield "b", "Mirror a 2 or a 7: is it still one, and would the test have it?"
    yield "c", "Seen from above there is no left or right, and not even an up."
    yield "d", "Mirror a left shoe."


def exercise_6() -> Exercise:
    """In how many seeds do ten crops beat the centre, without and with augmentation?"""
    runs = [run["arms"] for run in records.load("augmentation_views")["runs"]]

    def better(arm: str) -> int:
        views = [run[arm]["views"] for run in runs]
        return sum(view["ten crops"] > view["centre"] for view in views)

    count, without, cured = len(runs), better("nothing"), better("both")
    yield "trained on nothing", Number(without)
    yield count - without, "In so many seeds the centre is better."
    yield -1, "Count the seeds."
    yield 100, "The record has fewer seeds: len(runs)."
    yield "trained on both", Number(cured)
    yield count - cured, "In so many seeds the centre is better, or both are equal."
    yield cured / count, "This is their share: give the number of seeds."
    yield 100, "The record has fewer seeds: len(runs)."
