"""The exercises of chapter 5, local response normalisation."""

import torch

from utils import records
from utils.analysis import paired_interval
from utils.exercises.functions import Function
from utils.exercises.kinds import Choice, Number, Parts
from utils.experiments.normalisation import RATES


def exercise_1() -> Parts:
    """The gain where all responses are small."""
    gain = 2**-0.75
    return Parts({
        "gain for k = 2": Number(gain, tolerance=1e-3, wrong={
            2**0.75: "This is the divisor: the gain is one over it.",
            0.5: "The divisor is a power of k, and beta is not 1.",
            1: "With no response at all the divisor is k to the power beta, and k is not 1.",
            2**-1.5: "This is what two such layers leave.",
        }),
        "gain for k = 1": Number(1, tolerance=1e-3, wrong={
            gain: "This is the gain for k = 2.",
            0: "Nothing is added to k here, and nothing is taken away.",
            0.75: "beta is an exponent, not a factor.",
        }),
    })  # fmt: skip


def exercise_2() -> Parts:
    """One channel at 100 between two at 10."""
    divisor = 2 + 1e-4 * (100**2 + 2 * 10**2)
    result = 100 / divisor**0.75
    return Parts({
        "normalised response": Number(result, tolerance=0.05, wrong={
            100 / divisor: "The divisor still needs its power, beta = 0.75.",
            100 / (2 + 1e-4 * 100**2) ** 0.75: "The two neighbours are in the window as well.",
            100 / (2 + 2e-5 * (100**2 + 200)) ** 0.75: "This is the program's formula, with "
                                                        "alpha / n; the printed one is asked for.",
            100 / (2 + 1e-4 * 120) ** 0.75: "The responses are squared before they are summed.",
        }),
        "times its neighbour": Number(10, tolerance=0.01, wrong={
            result / 10: "Divide by the neighbour's normalised response, not by its response.",
            result: "This is the response itself: compare it with its neighbour's.",
            100: "Responses are squared in the divisor only.",
        }),
    })  # fmt: skip


def exercise_3() -> Parts:
    """The arguments that make PyTorch's layer the printed formula."""
    return Parts({
        "alpha": Number(5e-4, tolerance=1e-7, wrong={
            1e-4: "PyTorch divides this by the size of the window: it is the program's formula.",
            2e-5: "This divides once more; PyTorch's own division must be undone.",
            0.25e-2: "Multiply by n once.",
        }),
        "k": Number(2, {
            1: "This is PyTorch's default.",
            0.75: "This is beta.",
            5: "This is n.",
        }),
    })  # fmt: skip


def exercise_4() -> Function:
    """Sums over a window of channels that ends at the first and at the last channel."""

    def sums(a: torch.Tensor, n: int) -> torch.Tensor:
        reach, count = n // 2, a.shape[1]
        windows = [a[:, max(0, i - reach) : i + reach + 1] for i in range(count)]
        return torch.stack([window.square().sum(1) for window in windows], 1)

    def around(a, n):
        return sum(a.square().roll(shift, 1) for shift in range(-(n // 2), n // 2 + 1))

    def unsquared(a, n):
        return sums(a.abs().sqrt(), n)

    def mean(a, n):
        return sums(a, n) / n

    def everything(a, n):
        return a.square().sum(1, keepdim=True).expand_as(a)

    def case(*rows: list[float]) -> torch.Tensor:
        return torch.tensor(rows)

    return Function(
        sums,
        "answer(a, n)",
        {
            "one large first channel, n = 5": lambda: (case([10.0, 0, 0, 0, 0, 0, 0]), 5),
            "two images, n = 3": lambda: (case([1.0, 2, 3, 4], [4.0, -3, 2, 1]), 3),
            "n = 1": lambda: (case([1.0, 2, 3]), 1),
        },
        {
            around: "The first channel and the last are no neighbours: roll goes around.",
            unsquared: "Responses are squared before they are summed.",
            mean: "This divides by n: the sums are asked for.",
            everything: "These are the sums over all channels.",
        },
        tolerance=1e-4,
    )


def exercise_5() -> Parts:
    """Which control is missing, and what is left of the gain once it is there."""
    runs = [run["arms"] for run in records.load("normalisation")["runs"]]

    def at_own(arm: str) -> list[float]:
        rate = max(
            map(str, RATES), key=lambda rate: sum(run[arm][rate]["validation"] for run in runs)
        )
        return [run[arm][rate]["test"] for run in runs]

    left, *_ = paired_interval(at_own("LRN"), at_own("constant"))
    one_control, *_ = paired_interval(at_own("LRN"), at_own("none"))
    rate = [[run[arm]["0.08"]["test"] for run in runs] for arm in ("LRN", "none")]
    claimed, *_ = paired_interval(*rate)
    return Parts({
        "controls": Choice("bd", {
            "a": "More layers of the same kind would not tell what one of them does.",
            "b": "A layer also changes the size of all signals: what if only that counts?",
            "c": "The images are the same for both already.",
            "d": "At which rate is each of the two networks at its best?",
        }),
        "points that are left": Number(round(100 * left, 2), tolerance=0.05, wrong={
            100 * claimed: "This is the difference without the controls.",
            100 * one_control: "Each has its own rate here; the other control is still missing.",
        }),
    })  # fmt: skip


def exercise_6() -> Number:
    """How large must a lonely response be for half of the largest gain, in the 2012 program?"""
    return Number(
        (2 * (2 ** (4 / 3) - 1) / 2e-5) ** 0.5,
        {
            (2 * (2 ** (4 / 3) - 1) / 1e-4) ** 0.5: "This is the printed formula: the program "
            "divides alpha by n = 5.",
            (2 / 2e-5) ** 0.5: "There the divisor before its power has doubled; beta is 0.75.",
            2 * (2 ** (4 / 3) - 1) / 2e-5: "This is the square of the response.",
            (2 ** (4 / 3) / 2e-5) ** 0.5: "k counts too: it is 2 at the beginning already.",
        },
        tolerance=1,
    )
