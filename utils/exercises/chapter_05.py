"""The exercises of chapter 5, local response normalisation. How they are written: `kinds`."""

import torch

from utils import records
from utils.analysis import paired_interval
from utils.exercises.kinds import Choice, Exercise, Function, Number
from utils.experiments.normalisation import RATES


def exercise_1() -> Exercise:
    """The gain where all responses are small."""
    gain = 2**-0.75
    yield "gain for k = 2", Number(gain, tolerance=1e-3)
    yield 2**0.75, "This is the divisor: the gain is one over it."
    yield 0.5, "The divisor is a power of k, and beta is not 1."
    yield 1, "With no response at all the divisor is k to the power beta, and k is not 1."
    yield 2**-1.5, "This is what two such layers leave."
    yield "gain for k = 1", Number(1, tolerance=1e-3)
    yield gain, "This is the gain for k = 2."
    yield 0, "Nothing is added to k here, and nothing is taken away."
    yield 0.75, "beta is an exponent, not a factor."


def exercise_2() -> Exercise:
    """One channel at 100 between two at 10."""
    divisor = 2 + 1e-4 * (100**2 + 2 * 10**2)
    result, program = 100 / divisor**0.75, 100 / (2 + 2e-5 * (100**2 + 200)) ** 0.75
    yield "normalised response", Number(result, tolerance=0.05)
    yield 100 / divisor, "The divisor still needs its power, beta = 0.75."
    yield 100 / (2 + 1e-4 * 100**2) ** 0.75, "The two neighbours are in the window as well."
    yield program, "This is the program's formula, with alpha / n; the printed one is asked for."
    yield 100 / (2 + 1e-4 * 120) ** 0.75, "The responses are squared before they are summed."
    yield "times its neighbour", Number(10, tolerance=0.01)
    yield result / 10, "Divide by the neighbour's normalised response, not by its response."
    yield result, "This is the response itself: compare it with its neighbour's."
    yield 100, "Responses are squared in the divisor only."


def exercise_3() -> Exercise:
    """The arguments that make PyTorch's layer the printed formula."""
    yield "alpha", Number(5e-4, tolerance=1e-7)
    yield 1e-4, "PyTorch divides this by the size of the window: it is the program's formula."
    yield 2e-5, "This divides once more; PyTorch's own division must be undone."
    yield 0.25e-2, "Multiply by n once."
    yield "k", Number(2)
    yield 1, "This is PyTorch's default."
    yield 0.75, "This is beta."
    yield 5, "This is n."


def exercise_4() -> Exercise:
    """Sums over a window of channels that ends at the first and at the last channel."""

    def sums(a: torch.Tensor, n: int) -> torch.Tensor:
        reach, count = n // 2, a.shape[1]
        windows = [a[:, max(0, i - reach) : i + reach + 1] for i in range(count)]
        return torch.stack([window.square().sum(1) for window in windows], 1)

    def around(a, n):
        return sum(a.square().roll(shift, 1) for shift in range(-(n // 2), n // 2 + 1))

    cases = {
        "one large first channel, n = 5": lambda: (torch.tensor([[10.0, 0, 0, 0, 0, 0, 0]]), 5),
        "two images, n = 3": lambda: (torch.tensor([[1.0, 2, 3, 4], [4, -3, 2, 1]]), 3),
        "n = 1": lambda: (torch.tensor([[1.0, 2, 3]]), 1),
    }
    yield Function(sums, "answer(a, n)", cases, tolerance=1e-4)
    yield around, "The first channel and the last are no neighbours: roll goes around."
    yield lambda a, n: sums(a.abs().sqrt(), n), "Responses are squared before they are summed."
    yield lambda a, n: sums(a, n) / n, "This divides by n: the sums are asked for."
    yield lambda a, n: sums(a, 2 * a.shape[1]), "These are the sums over all channels."


def exercise_5() -> Exercise:
    """Which control is missing, and what is left of the gain once it is there."""
    runs = [run["arms"] for run in records.load("normalisation")["runs"]]

    def tests(arm: str, rate: str) -> list[float]:
        return [run[arm][rate]["test"] for run in runs]

    def at_own(arm: str) -> list[float]:
        best = max(map(str, RATES), key=lambda r: sum(run[arm][r]["validation"] for run in runs))
        return tests(arm, best)

    left, *_ = paired_interval(at_own("LRN"), at_own("constant"))
    one_control, *_ = paired_interval(at_own("LRN"), at_own("none"))
    claimed, *_ = paired_interval(tests("LRN", "0.08"), tests("none", "0.08"))
    yield "controls", Choice("bd")
    yield "a", "More layers of the same kind would not tell what one of them does."
    yield "b", "A layer also changes the size of all signals: what if only that counts?"
    yield "c", "The images are the same for both already."
    yield "d", "At which rate is each of the two networks at its best?"
    yield "points that are left", Number(round(100 * left, 2), tolerance=0.05)
    yield 100 * claimed, "This is the difference without the controls."
    yield 100 * one_control, "Each has its own rate here; the other control is still missing."


def exercise_6() -> Exercise:
    """How large must a lonely response be for half of the largest gain, in the 2012 program?"""
    added = 2 * (2 ** (4 / 3) - 1)
    yield Number((added / 2e-5) ** 0.5, tolerance=1)
    yield (added / 1e-4) ** 0.5, "This is the printed formula: the program divides alpha by n = 5."
    yield (2 / 2e-5) ** 0.5, "There the divisor before its power has doubled; beta is 0.75."
    yield added / 2e-5, "This is the square of the response."
    yield (2 ** (4 / 3) / 2e-5) ** 0.5, "k counts too: it is 2 at the beginning already."
