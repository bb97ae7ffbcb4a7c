"""The exercises of chapter 11, AlexNet live."""

import torch

from utils.exercises.functions import Function
from utils.exercises.kinds import Choice, Number, Parts
from utils.nets import live_net


def exercise_1() -> Parts:
    """The size of the network in 32 and in 8 bits, in MB."""
    with torch.device("meta"):
        count = sum(p.numel() for p in live_net.empty_net().parameters())
    return Parts({
        "32 bits": Number(4 * count / 1e6, {
            count / 1e6: "So many millions of parameters: how many bytes has one of 32 bits?",
            32 * count / 1e6: "These are millions of bits: a byte has eight of them.",
            2 * count / 1e6: "That is 16 bits each.",
        }, tolerance=0.01, unit="MB"),
        "8 bits": Number(count / 1e6, {
            8 * count / 1e6: "These are millions of bits: a byte has eight of them.",
            4 * count / 1e6: "That is 32 bits each.",
            count / 2e6: "That is 4 bits each.",
        }, tolerance=0.01, unit="MB"),
    })  # fmt: skip


def exercise_2() -> Parts:
    """One channel whose largest weight is 0.635: scale, a weight's code, the largest error."""
    return Parts({
        "scale": Number(0.005, {
            0.635 / 128: "The codes go from −127 to 127: the largest weight gets 127.",
            2 * 0.635 / 255: "Close. The codes are symmetric: −128 is not used.",
            0.635: "By what must 127 be multiplied to give the largest weight?",
        }, tolerance=1e-6),
        "code": Number(-25, {
            -24: "−24.6 is rounded to the nearest whole number, not towards zero.",
            25: "The sign belongs to the code.",
            -24.6: "A code is a whole number.",
        }),
        "largest error": Number(0.0025, {
            0.005: "From one code to the next it is so far; how far is the nearest one at most?",
            0.0025 / 3**0.5: "This is the error's root mean square: the largest one is asked for.",
            0.002: "This is the error of that one weight.",
        }, tolerance=1e-6),
    })  # fmt: skip


def exercise_3() -> Number:
    """The next side at which no window of AlexNet leaves a pixel over."""
    return Number(131, {
        100: "At 100 px conv1 leaves a pixel over: (100 − 11)/4 is no whole number.",
        103: "conv1 fits, with 24 positions; but how do windows of 3 with stride 2 fit into 24?",
        115: "conv1, pool1 and pool2 fit: 27, 13 and 6 positions. How do windows of 3 fit into 6?",
        227: "That is one of them; is there none between?",
    }, unit="px")  # fmt: skip


def exercise_4() -> Function:
    """The rounding that cuts off instead of rounding to the nearest code."""

    def case(seed: int):
        def inputs():
            weight = torch.randn(4, 6, generator=torch.Generator().manual_seed(seed))
            return weight, weight.abs().amax(1, keepdim=True) / 127

        return inputs

    return Function(
        lambda weight, scale: (weight / scale).round().to(torch.int8),
        "answer(weight, scale)",
        {"four channels": case(0), "four others": case(1), "and others": case(2)},
        {
            lambda w, scale: (w / scale).to(torch.int8): "`.to(torch.int8)` cuts off what stands "
            "behind the point: every weight comes out too near to zero.",
            lambda w, scale: (w / scale).floor().to(torch.int8): "All weights are rounded down: "
            "the sums move to one side.",
            lambda w, scale: (w * scale).round().to(torch.int8): "The codes times the scale give "
            "the weight back, so the weight is divided.",
        },
    )


def exercise_5() -> Parts:
    """A cover of 7 × 7 at every place of an image of 28 × 28: passes, and with stride 3."""
    return Parts({
        "stride 1": Number(22**2, {
            28**2: "The cover must fit into the image whole.",
            21**2: "One more in each direction: the first place counts, too.",
            22: "So many in one direction.",
            16: "So many do not overlap; here the cover moves by one pixel.",
        }),
        "stride 3": Number(8**2, {
            7**2: "(28 − 7)/3 steps, and the place to begin with.",
            (22 // 3) ** 2 + 1: "Count the places of one row, then square.",
            8: "So many in one direction.",
        }),
    })  # fmt: skip


def exercise_6() -> Choice:
    """Criticise: a high softmax output as a proof that an image is what it is called."""
    return Choice("abd", {
        "a": "What do the ten outputs of a softmax add up to, whatever comes in?",
        "b": "Which images was the number 95 % measured on?",
        "c": "Rounding changed a few answers in 10,000, measured above: it is no reason.",
        "d": "Which answers are there to choose from?",
        "e": "The probability of one image can be computed; whether to believe it is the question.",
    })  # fmt: skip
