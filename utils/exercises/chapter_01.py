"""The exercises of chapter 1, history."""

import torch
import torch.nn.functional as F

from utils.data.ilsvrc import RUN_NOTES, entry, gap
from utils.exercises.functions import Function
from utils.exercises.kinds import Choice, Number, Parts
from utils.nets import AlexNet, conv_out, layer_table, totals


def exercise_1() -> Parts:
    """Three differences to the runner-up of 2012, and how many exceed ten points."""
    second = entry("2012, second (ISI)")
    points = [
        gap(second, entry(f"2012, AlexNet, {nets}"))[0]
        for nets in ("7 networks", "5 networks", "1 network")
    ]
    ratios = "Subtract: a difference of two errors in per cent is in points."
    return Parts({
        "seven networks": Number(points[0], {
            100 * points[0] / second.error: ratios,
            points[1]: "These are the five networks.",
        }, 0.06, "points"),
        "five networks": Number(points[1], {
            100 * points[1] / second.error: ratios,
            points[0]: "These are the seven networks, with more data.",
        }, 0.06, "points"),
        "one network": Number(points[2], {
            100 * points[2] / second.error: ratios,
            26.172 - 16.6: "This one was pre-trained on more data: take the 18.2 %.",
            26.172 - 40.664: "This is the top-1 error; the runner-up’s is a top-5 error.",
        }, 0.06, "points"),
        "above ten": Number(sum(gap > 10 for gap in points), {
            2: "9.75 is rounded to ten easily, and is not above it.",
            3: "Not all: compare each of your numbers with 10.",
        }),
    })  # fmt: skip


def exercise_2() -> Parts:
    """conv1 as a matrix product at 99 px: the shape of the columns, and the work."""
    rows, positions = 3 * 11 * 11, conv_out(99, 11, 4) ** 2
    return Parts({
        "rows": Number(rows, {
            11 * 11: "An image has three channels: each window has them all.",
            96: "This is the number of kernels, the height of the other matrix.",
            positions: "This is the number of windows: one column for each.",
        }),
        "columns": Number(positions, {
            23: "So many positions stand in a row of the map; count all rows.",
            22**2: "The first position counts as well: (99 − 11) / 4 + 1.",
            89**2: "The stride is 4.",
            rows: "This is the length of one window.",
        }),
        "multiply-accumulates": Number(96 * rows * positions, {
            rows * positions: "So many there are for one kernel.",
            2 * 96 * rows * positions: "A multiplication and an addition count as one here.",
        }),
    })  # fmt: skip


def exercise_3() -> Number:
    """Days for the paper's training at 100 GFLOP/s."""
    with torch.device("meta"):
        macs = totals(layer_table(AlexNet(), (3, 224, 224)))["MACs"]
    days = 3 * 2 * macs * 1.2e6 * 90 / 100e9 / 86_400
    return Number(days, {
        days / 3: "This is the way forward alone: the way back costs about twice as much again.",
        days / 2: "A multiply-accumulate is two operations.",
        days / 6: "Two factors are missing: operations, and the way back.",
        days / 90: "This is one epoch.",
        days * 24: "These are hours.",
        days * 86_400: "These are seconds.",
    }, 0.3, "days")  # fmt: skip


def as_product(x: torch.Tensor, weight: torch.Tensor, stride: int) -> torch.Tensor:
    """A convolution without padding as one matrix product."""
    side = conv_out(x.shape[-1], weight.shape[-1], stride)
    columns = F.unfold(x, weight.shape[-1], stride=stride)
    return (weight.flatten(1) @ columns).view(len(x), len(weight), side, side)


def exercise_4() -> Function:
    """Mend a convolution by matrix product that is right for grey images only."""

    def numbers(*shape: int) -> torch.Tensor:
        return torch.sin(torch.arange(float(torch.Size(shape).numel()))).view(shape)

    def channels_last(x, weight, stride):
        return as_product(x, weight.permute(0, 2, 3, 1).reshape(weight.shape), stride)

    def flipped(x, weight, stride):
        return as_product(x, weight.flip(2, 3), stride)

    def without_stride(x, weight, stride):
        return as_product(x, weight, 1)

    def transposed(x, weight, stride):
        return as_product(x, weight, stride).transpose(2, 3)

    return Function(
        as_product,
        "answer(x, weight, stride)",
        {
            "a grey image of 5×5, two kernels of 3×3": lambda: (
                numbers(1, 1, 5, 5), numbers(2, 1, 3, 3), 1,
            ),
            "a colour image of 5×5, two kernels of 3×3": lambda: (
                numbers(1, 3, 5, 5), numbers(2, 3, 3, 3), 1,
            ),
            "two colour images of 7×7, stride 2": lambda: (
                numbers(2, 3, 7, 7), numbers(4, 3, 3, 3), 2,
            ),
        },
        {
            channels_last: "Grey images are right, colour images are not: the rows of unfold’s "
            "columns begin with the whole first channel.",
            flipped: "The kernel is not flipped in a convolutional network.",
            without_stride: "The stride goes into unfold as well as into the size of the map.",
            transposed: "Rows and columns of the map are exchanged.",
        },
        tolerance=1e-4,
    )  # fmt: skip


def exercise_5() -> Parts:
    """What one ablation run can say beside the spread of ten runs."""
    change = 100 * (RUN_NOTES["147"].top1 - RUN_NOTES["145"].top1)
    return Parts({
        "standard deviations": Number(change / (0.31 * 2**0.5), {
            change / 0.31: "A difference of two runs varies more than one run: √2 times as much.",
            change / (0.31 * 2): "Variances add, not standard deviations: √2 instead of 2.",
            change: "These are points: divide them by the spread of a difference.",
        }, 0.02),
        "what follows": Choice("c", {
            "a": "An effect may well be there; what is asked is whether this run shows it.",
            "b": "A spread as large as the effect does not show that there is none.",
            "d": "50,000 images make the test precise for these two trained networks. Another "
            "training gives another network.",
        }),
    })  # fmt: skip


def exercise_6() -> Choice:
    """Which sentences does the experiment on features support?"""
    return Choice("be", {
        "a": "Were the images of ImageNet, or its descriptors, part of this experiment?",
        "b": "Look at the five seeds, and at the interval.",
        "c": "Which descriptors were tried, with which classifier?",
        "d": "Read the table of costs: how long does each need to be fitted, and for one image?",
        "e": "Raw pixels and HOG have the same classifier here: look at their five seeds.",
    })  # fmt: skip
