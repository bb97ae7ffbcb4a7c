"""The exercises of chapter 6, dropout."""

import math

import torch

from utils import records
from utils.exercises.functions import Function
from utils.exercises.kinds import Choice, Number, Parts
from utils.experiments.dropout_rates import kept

ARMS = ("p = 0", "p = 0.5")


def exercise_1() -> Parts:
    """What one unit of value 3 becomes under PyTorch's dropout with p = 0.25."""
    return Parts({
        "if it is kept": Number(4, {
            3: "PyTorch divides what it keeps by 1 - p, while it trains.",
            12: "It divides by the probability to be kept, not to be dropped.",
            2.25: "That multiplies by 1 - p: the paper's rule, at test time.",
        }, tolerance=0.01),
        "mean": Number(3, {
            4: "A quarter of the time it is 0.",
            2.25: "That would be the mean without any scaling.",
            0.75: "It is kept with probability 0.75: how often is it dropped?",
        }, tolerance=0.01),
        "standard deviation": Number(math.sqrt(3), tolerance=0.005, wrong={
            3: "This is the variance: take its root.",
            3 * math.sqrt(0.25 * 0.75): "That is without the scaling by 1 / (1 - p).",
            1: "The variance is a² p / (1 - p): what is a²?",
        }),
    })  # fmt: skip


def exercise_2() -> Parts:
    """Dropout before a layer with He's weights: how much larger, and what makes up for it?"""
    return Parts({
        "factor": Number(2, {
            1: "The mean stays. The mean of the square is mean² plus variance.",
            4: "The square of a kept value is four times as large; how often is it kept?",
            0.5: "Half of the values are 0, but those that are left are doubled: square first.",
            math.sqrt(2): "This is the factor of the size: the mean square is asked for.",
        }, tolerance=0.01),
        "standard deviation": Number(math.sqrt(1 / 512), tolerance=1e-4, wrong={
            math.sqrt(2 / 512): "These are He's weights for no dropout.",
            1 / 512: "This is the variance: take its root.",
            math.sqrt(4 / 512): "Dropout makes the signal larger, so the weights must be smaller.",
        }),
    })  # fmt: skip


def exercise_3() -> Parts:
    """From a network trained under the paper's rule to one for PyTorch's: the next layer's
    weights and bias.
    """
    return Parts({
        "weights": Number(0.5, {
            2: "PyTorch's kept outputs are twice the paper's: the weights make up for it.",
            1: "With equal weights the layer would read twice as much in training.",
            0.25: "Only once: the paper does not scale in training, PyTorch by 1 / (1 - p).",
        }, tolerance=0.01),
        "bias": Number(1, {
            0.5: "Nothing is dropped from a bias, and nothing scales it.",
            2: "Nothing is dropped from a bias, and nothing scales it.",
            0: "The bias is still needed.",
        }, tolerance=0.01),
    })  # fmt: skip


def exercise_4() -> Function:
    """The scaling that is right at p = 0.5 and wrong everywhere else."""

    def case(p: float):
        return lambda: (torch.arange(1.0, 7), torch.tensor([1.0, 0, 1, 1, 0, 1]), p)

    return Function(
        lambda a, mask, p: a * mask / (1 - p),
        "answer(a, mask, p)",
        {"p = 0.5": case(0.5), "p = 0.25": case(0.25), "p = 0.8": case(0.8)},
        {
            lambda a, mask, p: a * mask / p: "At p = 0.5 nobody sees it: divide by the probability "
            "to be kept.",
            lambda a, mask, p: a * mask: "The mean is then too small by 1 - p.",
            lambda a, mask, p: a * mask * (1 - p): "Kept values must become larger, not smaller.",
            lambda a, mask, p: a * (1 - mask) / (1 - p): "The mask is 1 where a unit is kept.",
        },
    )


def exercise_5() -> Parts:
    """Read off the record: in how many seeds p = 0.5 has the lower test loss, and is better."""
    runs = records.load("dropout_rates")["runs"]
    rates = kept(runs, 80)

    def ahead(score: str, sign: int) -> int:
        pairs = [
            [run["arms"][arm][rates[arm]]["after"]["80"]["test"][score] for arm in ARMS]
            for run in runs
        ]
        return sum(sign * (with_it - without) > 0 for without, with_it in pairs)

    lower, higher = ahead("loss", -1), ahead("accuracy", 1)
    return Parts({
        "lower loss": Number(lower, {
            len(runs) - lower: "In so many seeds the loss is lower without dropout.",
            higher: "In so many seeds the accuracy is higher.",
            len(runs) + 1: "The record has ten seeds.",
        }),
        "higher accuracy": Number(higher, {
            lower: "In so many seeds the loss is lower.",
            higher / len(runs): "This is their share: give the number of seeds.",
            len(runs) + 1: "The record has ten seeds.",
        }),
    })  # fmt: skip


def exercise_6() -> Choice:
    """Criticise: dropout lowers the accuracy, seen in one short training."""
    return Choice("abdf", {
        "a": "How many steps does a network with dropout need to the same training loss?",
        "b": "What does a second seed of each give?",
        "c": "Dropout is off when test images are classified; measuring so is right.",
        "d": "Whoever predicts probabilities is not judged by accuracy alone.",
        "e": "A small training set is where overfitting shows most.",
        "f": "Which rate suits the network with dropout, which the one without?",
    })  # fmt: skip
