"""The exercises of chapter 8, training. How they are written: `kinds`."""

import math

import torch
from torch import nn

from utils import records
from utils.analysis import paired_interval
from utils.exercises.kinds import Choice, Exercise, Function, Number, Tensor
from utils.experiments import best_rates


def exercise_1() -> Exercise:
    """A network that has learned nothing: its loss, its gradient, and the paper's updates."""
    undecided, right = torch.full((4,), 1 / 4), torch.tensor([0.0, 1, 0, 0])
    epoch = 1_200_000 / 128
    yield "loss for C = 1000", Number(math.log(1000), tolerance=0.01)
    yield math.log10(1000), "This is the logarithm to base 10; the loss has the natural one."
    yield math.log2(1000), "This is the logarithm to base 2; the loss has the natural one."
    yield math.log(10), "This is the loss for ten classes."
    yield 1 / 1000, "This is the probability of the right class: take minus its logarithm."
    yield -math.log(1000), "The logarithm of a probability is negative, the loss minus that."
    yield "gradient for C = 4", Tensor(undecided - right)
    yield right - undecided, "The signs are the other way round: predicted minus right."
    yield undecided, "These are the probabilities: take 1 off that of the right class."
    yield undecided - right.roll(1), "The third class is taken for the right one."
    yield undecided - right.roll(-1), "The first class is taken for the right one."
    yield -right, "The predicted probabilities are missing: no class has none."
    yield "updates", Number(90 * epoch)
    yield epoch, "This is one epoch."
    yield 90 * 1_200_000, "So many images were seen; an update takes 128 of them."
    yield 90 * 1_200_000 * 128, "An update takes 128 images: divide."
    yield 1_200_000, "These are the images of one epoch."


def exercise_2() -> Exercise:
    """What 10,000 test images can tell apart."""
    p = 0.883
    variance, points = p * (1 - p), 100 * math.sqrt(p * (1 - p) / 10_000)
    images = variance / (0.005 / 2) ** 2
    yield "standard error", Number(points, tolerance=0.005, unit="points")
    yield points / 100, "This is a share of 1: a point is a hundredth."
    yield 100 * math.sqrt(variance), "This is the spread of a single answer: divide by √n."
    yield 100 * variance, "This is p (1 - p) in per cent: divide by n, then take the root."
    yield 2 * points, "This is two standard errors."
    yield 100 * math.sqrt(p / 10_000), "The variance of a yes or no is p (1 - p), not p."
    yield "images needed", Number(images, tolerance=100)
    yield images / 4, "With so many, half a point is one standard error; two are asked for."
    yield 4 * images, "With so many, half a point is four standard errors; two are asked for."
    yield variance / (0.5 / 2) ** 2, "Half a point is 0.005, not 0.5."
    yield variance / (0.005 / 2), "The error falls with the root of n: square it."


def exercise_3() -> Exercise:
    """Which rate learns a batch fastest? The solution measures it; here is what comes out."""
    yield "fastest rate", Number(0.003)
    yield 0.01, "The paper's rate is not the best on a fresh network of this size: try it."
    yield 0.03, "The recipe reaches this rate slowly, from below. Here it comes at once: try it."
    yield 0.1, "Try it, and look at the first six steps."
    yield 0.0003, "Not among the four."
    yield "first steps", Choice("b")
    yield "a", "Look at the second and the third loss of each rate."
    yield "c", "Look at the second loss of each rate: which way did the first step go?"


@torch.no_grad()
def right_now(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Share of right answers in the mode that the model is in."""
    return (model(x).argmax(1) == y).float().mean().item()


def accuracy(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Share of right answers with dropout off; the model stays in the mode that it is in."""
    was_training = model.training
    right = right_now(model.eval(), x, y)
    model.train(was_training)
    return right


def exercise_4() -> Exercise:
    """A test that changes with every call."""

    def setting(training: bool) -> tuple:
        """A model that is always right, were it not for dropout on its inputs."""
        labels = torch.arange(200) % 5
        return nn.Sequential(nn.Dropout(0.5)).train(training), torch.eye(5)[labels], labels

    def half_right() -> tuple:
        model, x, labels = setting(True)
        return model, x, labels.where(labels > 1, 4)

    def with_mode(function, model, x, y):
        return function(model, x, y), "training mode" if model.training else "evaluation mode"

    def always_training(model, x, y):
        right = accuracy(model, x, y)
        model.train()
        return right

    cases = {
        "a model with dropout, in training mode": lambda: setting(True),
        "the same model in evaluation mode": lambda: setting(False),
        "labels that this model gets only partly right": half_right,
    }
    yield Function(accuracy, "answer(model, x, y)", cases, call=with_mode)
    yield right_now, "Dropout is still on while you measure."
    words = "The number is right, but the training would go on without dropout."
    yield lambda model, x, y: right_now(model.eval(), x, y), words
    yield always_training, "Leave the model in the mode in which it came, whichever that is."
    yield lambda *case: 100 * accuracy(*case), "This is per cent: give a share between 0 and 1."
    words = "This is how many answers are right: give their share."
    yield lambda model, x, y: round(accuracy(model, x, y) * len(y)), words


def runs_of(arm: str) -> list[dict]:
    """The recorded runs of a setting of the recipe, at the learning rate that suits it best."""
    runs = records.load("recipe_settings")["runs"]
    rate = best_rates(runs)[arm]
    return [run["arms"][arm][rate] for run in runs]


def exercise_5() -> Exercise:
    """One seed with weight decay, one without."""
    pairs = zip(runs_of("reference"), runs_of("no weight decay"), strict=True)
    gains = [decay["test"] - without["test"] for decay, without in pairs]
    ahead, behind = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    yield "reasons", Choice("abc")
    yield "a", "How much do two seeds of one and the same setting differ?"
    yield "b", "Compare the 0.4 points with the standard error of exercise 8.2."
    yield "c", "What if weight decay suits one learning rate and its absence another?"
    yield "d", "Images that were not trained on are what one should measure on."
    yield "e", "Weight decay is no part of the accuracy, which counts right answers."
    yield "seeds that point the other way", Number(behind)
    yield ahead, "So many seeds agree with the sentence; how many do not?"
    yield behind / len(gains), "This is their share: give the number of seeds."
    yield len(gains), "These are all seeds of the record."
    yield 0, "There is one at least: compare the two arms seed by seed."


def exercise_6() -> Exercise:
    """Does weight decay reduce the training error? What the record says, and what it would take."""

    def last_losses(arm: str) -> list[float]:
        return [sum(run["losses"][-3:]) / 3 for run in runs_of(arm)]

    _, low, high = paired_interval(last_losses("no weight decay"), last_losses("reference"))
    epochs = (1 - 0.9) / (0.015 * 0.0005) / (60_000 / 128)
    yield "verdict", Choice("a" if low > 0 else "b" if high < 0 else "c")
    yield "a", "Then the loss without it would have to be higher, and the interval to lie above 0."
    yield "b", "Then the loss without it would have to be lower, and the interval to lie below 0."
    yield "c", "Is 0 inside the interval?"
    yield "d", "No difference found is not the same as no difference: how wide is the interval?"
    yield "epochs", Number(epochs, tolerance=0.2)
    yield epochs * 10, "Momentum makes the steps longer: a factor of 1 - 0.9 is missing."
    yield epochs * 60_000 / 128, "These are steps; how many make an epoch?"
    yield epochs / 2, "0.03 is the peak of the rate; on average it is half of that."
    yield epochs * 6, "This is for 10,000 images an epoch; the question has 60,000."
    yield epochs * 1.5, "0.01 is the paper's rate; here it is 0.015 on average."
