"""The exercises of chapter 6, dropout. How they are written: `kinds`."""

import math

import torch

from utils import records
from utils.exercises.kinds import Choice, Exercise, Function, Number
from utils.experiments import dropout_rates


def exercise_1() -> Exercise:
    """What one unit of value 3 becomes under PyTorch's dropout with p = 0.25."""
    yield "if it is kept", Number(4, tolerance=0.01)
    yield 3, "PyTorch divides what it keeps by 1 - p, while it trains."
    yield 12, "It divides by the probability to be kept, not to be dropped."
    yield 2.25, "That multiplies by 1 - p: the paper's rule, at test time."
    yield "mean", Number(3, tolerance=0.01)
    yield 4, "A quarter of the time it is 0."
    yield 2.25, "That would be the mean without any scaling."
    yield 0.75, "It is kept with probability 0.75: how often is it dropped?"
    yield "standard deviation", Number(math.sqrt(3), tolerance=0.005)
    yield 3, "This is the variance: take its root."
    yield 3 * math.sqrt(0.25 * 0.75), "That is without the scaling by 1 / (1 - p)."
    yield 1, "The variance is a² p / (1 - p): what is a²?"


def exercise_2() -> Exercise:
    """Dropout before a layer with He's weights: how much larger, and what makes up for it?"""
    yield "factor", Number(2, tolerance=0.01)
    yield 1, "The mean stays. The mean of the square is mean² plus variance."
    yield 4, "The square of a kept value is four times as large; how often is it kept?"
    yield 0.5, "Half of the values are 0, but those that are left are doubled: square first."
    yield math.sqrt(2), "This is the factor of the size: the mean square is asked for."
    yield "standard deviation", Number(math.sqrt(1 / 512), tolerance=1e-4)
    yield math.sqrt(2 / 512), "These are He's weights for no dropout."
    yield 1 / 512, "This is the variance: take its root."
    yield math.sqrt(4 / 512), "Dropout makes the signal larger, so the weights must be smaller."


def exercise_3() -> Exercise:
    """From the paper's rule in training to PyTorch's: the next layer's weights and bias."""
    yield "weights", Number(0.5, tolerance=0.01)
    yield 2, "PyTorch's kept outputs are twice the paper's: the weights make up for it."
    yield 1, "With equal weights the layer would read twice as much in training."
    yield 0.25, "Only once: the paper does not scale in training, PyTorch by 1 / (1 - p)."
    yield "bias", Number(1, tolerance=0.01)
    yield 0.5, "Nothing is dropped from a bias, and nothing scales it."
    yield 2, "Nothing is dropped from a bias, and nothing scales it."
    yield 0, "The bias is still needed."


def exercise_4() -> Exercise:
    """The scaling that is right at p = 0.5 and wrong everywhere else."""

    def case(p: float):
        return lambda: (torch.arange(1.0, 7), torch.tensor([1.0, 0, 1, 1, 0, 1]), p)

    cases = {f"p = {p}": case(p) for p in (0.5, 0.25, 0.8)}
    yield Function(lambda a, mask, p: a * mask / (1 - p), "answer(a, mask, p)", cases)
    words = "At p = 0.5 nobody sees it: divide by the probability to be kept."
    yield lambda a, mask, p: a * mask / p, words
    yield lambda a, mask, p: a * mask, "The mean is then too small by 1 - p."
    yield lambda a, mask, p: a * mask * (1 - p), "Kept values must become larger, not smaller."
    yield lambda a, mask, p: a * (1 - mask) / (1 - p), "The mask is 1 where a unit is kept."


def exercise_5() -> Exercise:
    """Read off the record: in how many seeds p = 0.5 has the lower test loss, and is better."""
    runs = records.load("dropout_rates")["runs"]
    best_rates = dropout_rates.best_rates(runs, 80)

    def tests(arm: str) -> list[dict[str, float]]:
        return [run["arms"][arm][best_rates[arm]]["after"]["80"]["test"] for run in runs]

    pairs = list(zip(tests("p = 0.5"), tests("p = 0"), strict=True))
    lower = sum(dropout["loss"] < without["loss"] for dropout, without in pairs)
    higher = sum(dropout["accuracy"] > without["accuracy"] for dropout, without in pairs)
    yield "lower loss", Number(lower)
    yield len(runs) - lower, "In so many seeds the loss is lower without dropout."
    yield higher, "In so many seeds the accuracy is higher."
    yield len(runs) + 1, "The record has ten seeds."
    yield "higher accuracy", Number(higher)
    yield lower, "In so many seeds the loss is lower."
    yield higher / len(runs), "This is their share: give the number of seeds."
    yield len(runs) + 1, "The record has ten seeds."


def exercise_6() -> Exercise:
    """Criticise: dropout lowers the accuracy, seen in one short training."""
    yield Choice("abdf")
    yield "a", "How many steps does a network with dropout need to the same training loss?"
    yield "b", "What does a second seed of each give?"
    yield "c", "Dropout is off when test images are classified; measuring so is right."
    yield "d", "Whoever predicts probabilities is not judged by accuracy alone."
    yield "e", "A small training set is where overfitting shows most."
    yield "f", "Which rate suits the network with dropout, which the one without?"
