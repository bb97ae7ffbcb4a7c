"""The exercises of chapter 1, history. How they are written: `kinds`."""

import torch
import torch.nn.functional as F

from utils.data.ilsvrc import RUN_NOTES, entry, gap
from utils.exercises.kinds import Choice, Exercise, Function, Number
from utils.nets import AlexNet, conv_out, layer_table, totals


def exercise_1() -> Exercise:
    """Three differences to the runner-up of 2012, and how many exceed ten points."""
    second = entry("2012, second (ISI)")
    nets = "7 networks", "5 networks", "1 network"
    seven, five, one = (gap(second, entry(f"2012, AlexNet, {net}"))[0] for net in nets)
    ratios = "Subtract: a difference of two errors in per cent is in points."
    yield "seven networks", Number(seven, tolerance=0.06, unit="points")
    yield 100 * seven / second.error, ratios
    yield five, "These are the five networks."
    yield "five networks", Number(five, tolerance=0.06, unit="points")
    yield 100 * five / second.error, ratios
    yield seven, "These are the seven networks, with more data."
    yield "one network", Number(one, tolerance=0.06, unit="points")
    yield 100 * one / second.error, ratios
    yield 26.172 - 16.6, "This one was pre-trained on more data: take the 18.2 %."
    yield 26.172 - 40.664, "This is the top-1 error; the runner-up’s is a top-5 error."
    yield "above ten", Number(sum(points > 10 for points in (seven, five, one)))
    yield 2, "9.75 is rounded to ten easily, and is not above it."
    yield 3, "Not all: compare each of your numbers with 10."


def exercise_2() -> Exercise:
    """conv1 as a matrix product at 99 px: the shape of the columns, and the work."""
    rows, positions = 3 * 11 * 11, conv_out(99, 11, 4) ** 2
    yield "rows", Number(rows)
    yield 11 * 11, "An image has three channels: each window has them all."
    yield 96, "This is the number of kernels, the height of the other matrix."
    yield positions, "This is the number of windows: one column for each."
    yield "columns", Number(positions)
    yield 23, "So many positions stand in a row of the map; count all rows."
    yield 22**2, "The first position counts as well: (99 − 11) / 4 + 1."
    yield 89**2, "The stride is 4."
    yield rows, "This is the length of one window."
    yield "multiply-accumulates", Number(96 * rows * positions)
    yield rows * positions, "So many there are for one kernel."
    yield 2 * 96 * rows * positions, "A multiplication and an addition count as one here."


def exercise_3() -> Exercise:
    """Days for the paper's training at 100 GFLOP/s."""
    with torch.device("meta"):
        macs = totals(layer_table(AlexNet(), (3, 224, 224)))["MACs"]
    days = 3 * 2 * macs * 1.2e6 * 90 / 100e9 / 86_400
    yield Number(days, tolerance=0.3, unit="days")
    yield days / 3, "This is the way forward alone: the way back costs about twice as much again."
    yield days / 2, "A multiply-accumulate is two operations."
    yield days / 6, "Two factors are missing: operations, and the way back."
    yield days / 90, "This is one epoch."
    yield days * 24, "These are hours."
    yield days * 86_400, "These are seconds."


def as_product(x: torch.Tensor, weight: torch.Tensor, stride: int) -> torch.Tensor:
    """A convolution without padding as one matrix product."""
    side = conv_out(x.shape[-1], weight.shape[-1], stride)
    columns = F.unfold(x, weight.shape[-1], stride=stride)
    return (weight.flatten(1) @ columns).view(len(x), len(weight), side, side)


def exercise_4() -> Exercise:
    """Mend a convolution by matrix product that is right for grey images only."""

    def wave(images: int, channels: int, side: int) -> torch.Tensor:
        count = images * channels * side**2
        return torch.arange(float(count)).sin().view(images, channels, side, side)

    cases = {
        "a grey image of 5×5, two kernels of 3×3": lambda: (wave(1, 1, 5), wave(2, 1, 3), 1),
        "a colour image of 5×5, two kernels of 3×3": lambda: (wave(1, 3, 5), wave(2, 3, 3), 1),
        "two colour images of 7×7, stride 2": lambda: (wave(2, 3, 7), wave(4, 3, 3), 2),
    }
    yield Function(as_product, "answer(x, weight, stride)", cases, tolerance=1e-4)
    yield (
        lambda x, w, stride: as_product(x, w.permute(0, 2, 3, 1).reshape(w.shape), stride),
        "Grey images are right, colour images are not: the rows of unfold’s columns begin with the "
        "whole first channel.",
    )
    words = "The kernel is not flipped in a convolutional network."
    yield lambda x, w, stride: as_product(x, w.flip(2, 3), stride), words
    words = "The stride goes into unfold as well as into the size of the map."
    yield lambda x, w, stride: as_product(x, w, 1), words
    yield lambda x, w, s: as_product(x, w, s).mT, "Rows and columns of the map are exchanged."


def exercise_5() -> Exercise:
    """What one ablation run can say beside the spread of ten runs."""
    change = 100 * (RUN_NOTES["147"].top1 - RUN_NOTES["145"].top1)
    yield "standard deviations", Number(change / (0.31 * 2**0.5), tolerance=0.02)
    yield change / 0.31, "A difference of two runs varies more than one run: √2 times as much."
    yield change / (0.31 * 2), "Variances add, not standard deviations: √2 instead of 2."
    yield change, "These are points: divide them by the spread of a difference."
    yield "what follows", Choice("c")
    yield "a", "An effect may well be there; what is asked is whether this run shows it."
    yield "b", "A spread as large as the effect does not show that there is none."
    yield (
        "d",
        "50,000 images make the test precise for these two trained networks. Another training "
        "gives another network.",
    )


def exercise_6() -> Exercise:
    """Which sentences does the experiment on features support?"""
    yield Choice("be")
    yield "a", "Were the images of ImageNet, or its descriptors, part of this experiment?"
    yield "b", "Look at the five seeds, and at the interval."
    yield "c", "Which descriptors were tried, with which classifier?"
    yield "d", "Read the table of costs: how long does each need to be fitted, and for one image?"
    yield "e", "Raw pixels and HOG have the same classifier here: look at their five seeds."
