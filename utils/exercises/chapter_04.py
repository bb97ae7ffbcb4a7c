"""The exercises of chapter 4, activation functions. How they are written: `kinds`."""

import math
from statistics import median

import torch

from utils import records
from utils.exercises.kinds import Choice, Exercise, Function, Number
from utils.experiments.activation_speed import CONDITIONS, steps_to


def exercise_1() -> Exercise:
    """The steepest slopes, and what eight sigmoids leave."""
    yield "sigmoid's slope", Number(0.25)
    yield 0.5, "This is the sigmoid's value at 0: its slope is s (1 - s)."
    yield 1, "This is the slope of tanh."
    yield 0, "At 0 the sigmoid is steepest."
    yield "slope of tanh", Number(1)
    yield 0, "This is the value of tanh at 0: its slope is 1 - tanh²."
    yield 0.25, "This is the sigmoid's slope; tanh is steeper."
    yield 0.5, "Its slope is 1 - tanh², and tanh(0) is 0."
    yield "part that is left", Number(0.25**8, tolerance=1e-7)
    yield 0.25 * 8, "A gradient is multiplied by each slope in turn, not by their sum."
    yield 0.25**7, "This is seven sigmoids."
    yield 0.5**8, "This multiplies the values 0.5; the slopes are what counts."
    yield 1 / 8, "Each sigmoid takes three quarters of what the one above it has left."


def exercise_2() -> Exercise:
    """He's spread for the second convolution, and what N(0, 0.01²) does instead."""
    fan_in, by_fan_out = 5 * 5 * 8, math.sqrt(2 / (5 * 5 * 16))
    factor = 0.01 * math.sqrt(fan_in / 2)
    yield "standard deviation", Number(math.sqrt(2 / fan_in), tolerance=1e-3)
    yield 2 / fan_in, "This is the variance: take its root."
    yield math.sqrt(2 / 25), "One output sums over all 8 channels, too."
    yield by_fan_out, "The fan-in counts the channels that come in, not those that go out."
    yield math.sqrt(1 / fan_in), "ReLU lets half of the square pass: He's variance is 2 / n."
    yield "factor", Number(factor, tolerance=1e-3)
    yield factor**2, "This is the factor of the mean square: take its root."
    yield 0.01 * math.sqrt(fan_in), "ReLU sets half of the signal to 0."
    yield 1 / factor, "The signal becomes smaller: the other way round."
    yield 1, "With He's spread it would be 1; this one is smaller."


def exercise_3() -> Exercise:
    """Twice the contrast: ReLU passes the factor on, tanh cannot."""
    yield "factor for ReLU", Number(2, tolerance=0.01)
    yield 16, "Each layer passes the factor on; it does not double it again."
    yield 1, "Try it: nothing in this network takes the factor out."
    yield 4, "Logits are no squares: ReLU(2z) is 2 ReLU(z)."
    yield "tanh", Choice("b")
    yield "a", "tanh(2z) is 2 tanh(z) only near 0, and raw pixels are far from it."
    yield "c", "A layer of tanh squeezes what is large: its outputs stay below 1."


def exercise_4() -> Exercise:
    """Units that are zero on every image, not zeros."""

    def share(of: torch.Tensor) -> float:
        return of.float().mean().item()

    cases = {
        "four units, one dead": lambda: (torch.tensor([[0, 0, 1, 3], [0, 2, 1, 0], [0, 0, 0, 1]]),),
        "no dead unit": lambda: (torch.tensor([[0, 2], [1, 0], [0, 0], [0, 0]]),),
        "all dead": lambda: (torch.tensor([[0, 0, 0], [0, 0, 0]]),),
    }
    yield Function(lambda outputs: share((outputs == 0).all(0)), "answer(outputs)", cases)
    words = "This is the share of zeros: a healthy ReLU unit is 0 on many images."
    yield lambda outputs: share(outputs == 0), words
    words = "These units are 0 on some image; a dead one is 0 on all of them."
    yield lambda outputs: share((outputs == 0).any(0)), words
    words = "These are images that switch no unit on: look along the other axis."
    yield lambda outputs: share((outputs == 0).all(1)), words
    yield lambda outputs: 1 - share((outputs == 0).all(0)), "These are the living ones."


def exercise_5() -> Exercise:
    """What a level curve of weight gradients hides."""
    yield "quantity", Choice("b")
    yield "a", "The loss is one number: it tells nothing of the first and the last layer."
    yield "c", "The biases of a fresh network are 0 in all layers."
    yield "d", "Look at what the first layer's weight gradient is made of: δ times its input."
    yield "powers of ten", Number(18)
    yield 0, "This is what the weight gradients say."
    yield -18, "Count the powers by which it is larger in the last layer: a positive number."
    yield 20, "These are the layers."
    yield 41, "This is the natural logarithm: powers of ten are asked for."


def exercise_6() -> Exercise:
    """In how many seeds is ReLU first at 15 %, each at its own rate?"""
    runs = [run["arms"] for run in records.load("activation_speed")["runs"]]

    def at_own_rate(activation: str) -> list[float]:
        arms = [run[f"raw, 0.01, {activation}"] for run in runs]
        rates = map(str, CONDITIONS["raw", "0.01"])
        steps = ([steps_to(arm[rate], 0.15) or math.inf for arm in arms] for rate in rates)
        return min(steps, key=median)

    pairs = list(zip(at_own_rate("tanh"), at_own_rate("ReLU"), strict=True))
    ahead = sum(relu < tanh for tanh, relu in pairs)
    yield Number(ahead)
    yield len(pairs) - ahead, "In so many seeds tanh is first, or both are equal."
    yield ahead / len(pairs), "This is their share: give the number of seeds."
    yield 10 * ahead, "The record has five seeds."
