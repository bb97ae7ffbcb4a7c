"""The exercises of chapter 11, AlexNet live. How they are written: `kinds`."""

import torch

from utils.exercises.kinds import Choice, Exercise, Function, Number
from utils.nets import live_net


def exercise_1() -> Exercise:
    """The size of the network in 32 and in 8 bits, in MB."""
    with torch.device("meta"):
        count = sum(p.numel() for p in live_net.empty_net().parameters())
    yield "32 bits", Number(4 * count / 1e6, tolerance=0.01, unit="MB")
    yield count / 1e6, "So many millions of parameters: how many bytes has one of 32 bits?"
    yield 32 * count / 1e6, "These are millions of bits: a byte has eight of them."
    yield 2 * count / 1e6, "That is 16 bits each."
    yield "8 bits", Number(count / 1e6, tolerance=0.01, unit="MB")
    yield 8 * count / 1e6, "These are millions of bits: a byte has eight of them."
    yield 4 * count / 1e6, "That is 32 bits each."
    yield count / 2e6, "That is 4 bits each."


def exercise_2() -> Exercise:
    """One channel whose largest weight is 0.635: scale, a weight's code, the largest error."""
    yield "scale", Number(0.005, tolerance=1e-6)
    yield 0.635 / 128, "The codes go from −127 to 127: the largest weight gets 127."
    yield 2 * 0.635 / 255, "Close. The codes are symmetric: −128 is not used."
    yield 0.635, "By what must 127 be multiplied to give the largest weight?"
    yield "code", Number(-25)
    yield -24, "−24.6 is rounded to the nearest whole number, not towards zero."
    yield 25, "The sign belongs to the code."
    yield -24.6, "A code is a whole number."
    yield "largest error", Number(0.0025, tolerance=1e-6)
    yield 0.005, "From one code to the next it is so far; how far is the nearest one at most?"
    yield 0.0025 / 3**0.5, "This is the error's root mean square: the largest one is asked for."
    yield 0.002, "This is the error of that one weight."


def exercise_3() -> Exercise:
    """The next side at which no window of AlexNet leaves a pixel over."""
    yield Number(131, unit="px")
    yield 100, "At 100 px conv1 leaves a pixel over: (100 − 11)/4 is no whole number."
    yield 103, "conv1 fits, with 24 positions; but how do windows of 3 with stride 2 fit into 24?"
    yield 115, "conv1, pool1 and pool2 fit: 27, 13 and 6 positions. How do windows of 3 fit into 6?"
    yield 227, "That is one of them; is there none between?"


def exercise_4() -> Exercise:
    """The rounding that cuts off instead of rounding to the nearest code."""

    def case(seed: int) -> tuple:
        weight = torch.randn(4, 6, generator=torch.Generator().manual_seed(seed))
        return weight, weight.abs().amax(1, keepdim=True) / 127

    cases = {
        "four channels": lambda: case(0),
        "four others": lambda: case(1),
        "and others": lambda: case(2),
    }
    yield Function(lambda w, s: (w / s).round().to(torch.int8), "answer(weight, scale)", cases)
    yield (
        lambda w, s: (w / s).to(torch.int8),
        "`.to(torch.int8)` cuts off what stands behind the point: every weight comes out too near "
        "to zero.",
    )
    words = "All weights are rounded down: the sums move to one side."
    yield lambda w, s: (w / s).floor().to(torch.int8), words
    words = "The codes times the scale give the weight back, so the weight is divided."
    yield lambda w, s: (w * s).round().to(torch.int8), words


def exercise_5() -> Exercise:
    """A cover of 7 × 7 at every place of an image of 28 × 28: passes, and with stride 3."""
    yield "stride 1", Number(22**2)
    yield 28**2, "The cover must fit into the image whole."
    yield 21**2, "One more in each direction: the first place counts, too."
    yield 22, "So many in one direction."
    yield 16, "So many do not overlap; here the cover moves by one pixel."
    yield "stride 3", Number(8**2)
    yield 7**2, "(28 − 7)/3 steps, and the place to begin with."
    yield (22 // 3) ** 2 + 1, "Count the places of one row, then square."
    yield 8, "So many in one direction."


def exercise_6() -> Exercise:
    """Criticise: a high softmax output as a proof that an image is what it is called."""
    yield Choice("abd")
    yield "a", "What do the ten outputs of a softmax add up to, whatever comes in?"
    yield "b", "Which images was the number 95 % measured on?"
    yield "c", "Rounding changed a few answers in 10,000, measured above: it is no reason."
    yield "d", "Which answers are there to choose from?"
    words = "The probability of one image can be computed; whether to believe it is the question."
    yield "e", words
