"""The exercises of chapter 4, activation functions."""

import math
from statistics import median

import torch

from utils import records
from utils.exercises.functions import Function
from utils.exercises.kinds import Choice, Number, Parts
from utils.experiments.activation_speed import CONDITIONS, steps_to


def exercise_1() -> Parts:
    """The steepest slopes, and what eight sigmoids leave."""
    return Parts({
        "sigmoid's slope": Number(0.25, {
            0.5: "This is the sigmoid's value at 0: its slope is s (1 - s).",
            1: "This is the slope of tanh.",
            0: "At 0 the sigmoid is steepest.",
        }),
        "slope of tanh": Number(1, {
            0: "This is the value of tanh at 0: its slope is 1 - tanh².",
            0.25: "This is the sigmoid's slope; tanh is steeper.",
            0.5: "Its slope is 1 - tanh², and tanh(0) is 0.",
        }),
        "part that is left": Number(0.25**8, tolerance=1e-7, wrong={
            0.25 * 8: "A gradient is multiplied by each slope in turn, not by their sum.",
            0.25**7: "This is seven sigmoids.",
            0.5**8: "This multiplies the values 0.5; the slopes are what counts.",
            1 / 8: "Each sigmoid takes three quarters of what the one above it has left.",
        }),
    })  # fmt: skip


def exercise_2() -> Parts:
    """He's spread for the second convolution, and what N(0, 0.01²) does instead."""
    fan_in = 5 * 5 * 8
    factor = 0.01 * math.sqrt(fan_in / 2)
    return Parts({
        "standard deviation": Number(math.sqrt(2 / fan_in), tolerance=1e-3, wrong={
            2 / fan_in: "This is the variance: take its root.",
            math.sqrt(2 / 25): "One output sums over all 8 channels, too.",
            math.sqrt(2 / (25 * 16)): "The fan-in counts the channels that come in, not those "
                                      "that go out.",
            math.sqrt(1 / fan_in): "ReLU lets half of the square pass: He's variance is 2 / n.",
        }),
        "factor": Number(factor, tolerance=1e-3, wrong={
            factor**2: "This is the factor of the mean square: take its root.",
            0.01 * math.sqrt(fan_in): "ReLU sets half of the signal to 0.",
            1 / factor: "The signal becomes smaller: the other way round.",
            1: "With He's spread it would be 1; this one is smaller.",
        }),
    })  # fmt: skip


def exercise_3() -> Parts:
    """Twice the contrast: ReLU passes the factor on, tanh cannot."""
    return Parts({
        "factor for ReLU": Number(2, tolerance=0.01, wrong={
            16: "Each layer passes the factor on; it does not double it again.",
            1: "Try it: nothing in this network takes the factor out.",
            4: "Logits are no squares: ReLU(2z) is 2 ReLU(z).",
        }),
        "tanh": Choice("b", {
            "a": "tanh(2z) is 2 tanh(z) only near 0, and raw pixels are far from it.",
            "c": "A layer of tanh squeezes what is large: its outputs stay below 1.",
        }),
    })  # fmt: skip


def exercise_4() -> Function:
    """Units that are zero on every image, not zeros."""

    def layer(*units: list[float]) -> tuple:
        return (torch.tensor(units).T,)

    def zeros(outputs):
        return (outputs == 0).float().mean().item()

    def ever(outputs):
        return (outputs == 0).any(0).float().mean().item()

    def images(outputs):
        return (outputs == 0).all(1).float().mean().item()

    def alive(outputs):
        return 1 - (outputs == 0).all(0).float().mean().item()

    return Function(
        lambda outputs: (outputs == 0).all(0).float().mean().item(),
        "answer(outputs)",
        {
            "four units, one dead": lambda: layer([0, 0, 0], [0, 2, 0], [1, 1, 0], [3, 0, 1]),
            "no dead unit": lambda: layer([0, 1, 0, 0], [2, 0, 0, 0]),
            "all dead": lambda: layer([0, 0], [0, 0], [0, 0]),
        },
        {
            zeros: "This is the share of zeros: a healthy ReLU unit is 0 on many images.",
            ever: "These units are 0 on some image; a dead one is 0 on all of them.",
            images: "These are images that switch no unit on: look along the other axis.",
            alive: "These are the living ones.",
        },
    )


def exercise_5() -> Parts:
    """What a level curve of weight gradients hides."""
    return Parts({
        "quantity": Choice("b", {
            "a": "The loss is one number: it tells nothing of the first and the last layer.",
            "c": "The biases of a fresh network are 0 in all layers.",
            "d": "Look at what the first layer's weight gradient is made of: δ times its input.",
        }),
        "powers of ten": Number(18, {
            0: "This is what the weight gradients say.",
            -18: "Count the powers by which it is larger in the last layer: a positive number.",
            20: "These are the layers.",
            41: "This is the natural logarithm: powers of ten are asked for.",
        }),
    })  # fmt: skip


def exercise_6() -> Number:
    """In how many seeds is ReLU first at 15 %, each at its own rate?"""
    condition = ("raw", "0.01")
    runs = [run["arms"] for run in records.load("activation_speed")["runs"]]

    def at_own_rate(activation: str) -> list[float]:
        arms = [run[", ".join((*condition, activation))] for run in runs]
        by_rate = [
            [steps_to(arm[str(rate)], 0.15) or math.inf for arm in arms]
            for rate in CONDITIONS[condition]
        ]
        return min(by_rate, key=median)

    pairs = list(zip(at_own_rate("tanh"), at_own_rate("ReLU"), strict=True))
    ahead = sum(relu < tanh for tanh, relu in pairs)
    return Number(
        ahead,
        {
            len(pairs) - ahead: "In so many seeds tanh is first, or both are equal.",
            ahead / len(pairs): "This is their share: give the number of seeds.",
            10 * ahead: "The record has five seeds.",
        },
    )
