"""The exercises of chapter 8, training."""

import math

import torch
from torch import nn

from utils import records
from utils.analysis import paired_interval
from utils.exercises.functions import Function
from utils.exercises.kinds import Choice, Number, Parts, Tensor
from utils.experiments import recipe_settings


def exercise_1() -> Parts:
    """A network that has learned nothing: its loss, its gradient, and the paper's updates."""
    undecided, right = torch.full((4,), 1 / 4), torch.tensor([0.0, 1, 0, 0])
    epoch = 1_200_000 / 128
    return Parts({
        "loss for C = 1000": Number(math.log(1000), tolerance=0.01, wrong={
            math.log10(1000): "This is the logarithm to base 10; the loss has the natural one.",
            math.log2(1000): "This is the logarithm to base 2; the loss has the natural one.",
            math.log(10): "This is the loss for ten classes.",
            1 / 1000: "This is the probability of the right class: take minus its logarithm.",
            -math.log(1000): "The logarithm of a probability is negative, the loss minus that.",
        }),
        "gradient for C = 4": Tensor(undecided - right, (
            (right - undecided, "The signs are the other way round: predicted minus right."),
            (undecided, "These are the probabilities: take 1 off that of the right class."),
            (undecided - right.roll(1), "The third class is taken for the right one."),
            (undecided - right.roll(-1), "The first class is taken for the right one."),
            (-right, "The predicted probabilities are missing: no class has none."),
        )),
        "updates": Number(90 * epoch, {
            epoch: "This is one epoch.",
            90 * 1_200_000: "So many images were seen; an update takes 128 of them.",
            90 * 1_200_000 * 128: "An update takes 128 images: divide.",
            1_200_000: "These are the images of one epoch.",
        }),
    })  # fmt: skip


def exercise_2() -> Parts:
    """What 10,000 test images can tell apart."""
    p = 0.883
    variance, points = p * (1 - p), 100 * math.sqrt(p * (1 - p) / 10_000)
    images = variance / (0.005 / 2) ** 2
    return Parts({
        "standard error": Number(points, tolerance=0.005, unit="points", wrong={
            points / 100: "This is a share of 1: a point is a hundredth.",
            100 * math.sqrt(variance): "This is the spread of a single answer: divide by √n.",
            100 * variance: "This is p (1 - p) in per cent: divide by n, then take the root.",
            2 * points: "This is two standard errors.",
            100 * math.sqrt(p / 10_000): "The variance of a yes or no is p (1 - p), not p.",
        }),
        "images needed": Number(images, tolerance=100, wrong={
            images / 4: "With so many, half a point is one standard error; two are asked for.",
            4 * images: "With so many, half a point is four standard errors; two are asked for.",
            variance / (0.5 / 2) ** 2: "Half a point is 0.005, not 0.5.",
            variance / (0.005 / 2): "The error falls with the root of n: square it.",
        }),
    })  # fmt: skip


def exercise_3() -> Parts:
    """Which rate learns a batch fastest? The solution measures it; here is what comes out."""
    return Parts({
        "fastest rate": Number(0.003, {
            0.01: "The paper's rate is not the best on a fresh network of this size: try it.",
            0.03: "The recipe reaches this rate slowly, from below. Here it comes at once: try it.",
            0.1: "Try it, and look at the first six steps.",
            0.0003: "Not among the four.",
        }),
        "first steps": Choice("b", {
            "a": "Look at the second and the third loss of each rate.",
            "c": "Look at the second loss of each rate: which way did the first step go?",
        }),
    })  # fmt: skip


def accuracy(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Share of right answers with dropout off; the model stays in the mode that it is in."""
    was_training = model.training
    model.eval()
    with torch.no_grad():
        right = (model(x).argmax(1) == y).float().mean().item()
    model.train(was_training)
    return right


def exercise_4() -> Function:
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

    def colleague(model, x, y):
        with torch.no_grad():
            return (model(x).argmax(1) == y).float().mean().item()

    def no_way_back(model, x, y):
        model.eval()
        return colleague(model, x, y)

    def always_training(model, x, y):
        right = no_way_back(model, x, y)
        model.train()
        return right

    def per_cent(model, x, y):
        return 100 * accuracy(model, x, y)

    def count(model, x, y):
        return round(accuracy(model, x, y) * len(y))

    return Function(
        accuracy,
        "answer(model, x, y)",
        {
            "a model with dropout, in training mode": lambda: setting(True),
            "the same model in evaluation mode": lambda: setting(False),
            "labels that this model gets only partly right": half_right,
        },
        {
            colleague: "Dropout is still on while you measure.",
            no_way_back: "The number is right, but the training would go on without dropout.",
            always_training: "Leave the model in the mode in which it came, whichever that is.",
            per_cent: "This is per cent: give a share between 0 and 1.",
            count: "This is how many answers are right: give their share.",
        },
        call=with_mode,
    )


def exercise_5() -> Parts:
    """One seed with weight decay, one without."""
    runs = records.load("recipe_settings")["runs"]
    kept = recipe_settings.kept(runs)

    def tests(arm: str) -> list[float]:
        return [run["arms"][arm][kept[arm]]["test"] for run in runs]

    pairs = list(zip(tests("reference"), tests("no weight decay"), strict=True))
    ahead = sum(decay > without for decay, without in pairs)
    behind = sum(decay < without for decay, without in pairs)
    return Parts({
        "reasons": Choice("abc", {
            "a": "How much do two seeds of one and the same setting differ?",
            "b": "Compare the 0.4 points with the standard error of exercise 8.2.",
            "c": "What if weight decay suits one learning rate and its absence another?",
            "d": "Images that were not trained on are what one should measure on.",
            "e": "Weight decay is no part of the accuracy, which counts right answers.",
        }),
        "seeds that point the other way": Number(behind, {
            ahead: "So many seeds agree with the sentence; how many do not?",
            behind / len(runs): "This is their share: give the number of seeds.",
            len(runs): "These are all seeds of the record.",
            0: "There is one at least: compare the two arms seed by seed.",
        }),
    })  # fmt: skip


def exercise_6() -> Parts:
    """Does weight decay reduce the training error? What the record says, and what it would take."""
    runs = records.load("recipe_settings")["runs"]
    kept = recipe_settings.kept(runs)

    def last_losses(arm: str) -> list[float]:
        return [sum(run["arms"][arm][kept[arm]]["losses"][-3:]) / 3 for run in runs]

    _, low, high = paired_interval(last_losses("no weight decay"), last_losses("reference"))
    verdict = "a" if low > 0 else "b" if high < 0 else "c"
    words = {
        "a": "Then the loss without it would have to be higher, and the interval to lie above 0.",
        "b": "Then the loss without it would have to be lower, and the interval to lie below 0.",
        "c": "Is 0 inside the interval?",
        "d": "No difference found is not the same as no difference: how wide is the interval?",
    }
    epochs = (1 - 0.9) / (0.015 * 0.0005) / (60_000 / 128)
    return Parts({
        "verdict": Choice(verdict, {k: v for k, v in words.items() if k != verdict}),
        "epochs": Number(epochs, tolerance=0.2, wrong={
            epochs * 10: "Momentum makes the steps longer: a factor of 1 - 0.9 is missing.",
            epochs * 60_000 / 128: "These are steps; how many make an epoch?",
            epochs / 2: "0.03 is the peak of the rate; on average it is half of that.",
            epochs * 6: "This is for 10,000 images an epoch; the question has 60,000.",
            epochs * 1.5: "0.01 is the paper's rate; here it is 0.015 on average.",
        }),
    })  # fmt: skip
