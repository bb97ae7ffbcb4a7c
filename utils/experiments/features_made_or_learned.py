"""Features made by hand beside learned ones, on more and more images: raw pixels, HOG, a small CNN.

Whoever has n images has only those: a fifth of them is held out, every setting is tried on the
rest, and the one with the best accuracy on the fifth is fitted again on all n. Of more than 10,000
images, 10,000 are used for the tries, to save time.
"""

import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial

import numpy as np
import torch
from skimage.feature import hog
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from utils.data import MEAN, STD, Labelled, fashion_mnist
from utils.experiments.common import in_random_order, lenet
from utils.experiments.selection import best_setting
from utils.training import Recipe, predict, train

TUNING = 10_000  # images at most
SIZES = (500, 2_000, 10_000, 60_000)
EPOCHS = {500: 100, 2_000: 50, 10_000: 15, 60_000: 6}  # 400, 800, 1185 and 2814 steps
TRIED: dict[str, tuple[dict, ...]] = {
    "raw pixels": tuple({"C": C} for C in (0.001, 0.01, 0.1)),
    "HOG": tuple({"cell": cell, "C": C} for cell in (3, 4, 7) for C in (0.1, 1.0)),
    "small CNN": tuple({"rate": rate} for rate in (0.02, 0.06, 0.2)),
}


def run(seed: int, sizes: tuple[int, ...] = SIZES, test_images: int = 10_000) -> dict:
    """Fit every arm on the same images; returns {arm: [one measurement a size, …]}.

    A measurement has "images"; "tries", each setting with its "validation" accuracy; "kept", the
    best of them; and of the fit on all images "test" (accuracy), and CPU time for "fit seconds" and
    "ms an image" (to classify one). "tuning seconds" is what the tries took.
    """
    data = fashion_mnist(quiet=True)
    examples, tests = in_random_order(data.train, seed), data.test.first(test_images)
    measured = {}
    with threadpool_limits(1):  # threads that wait for each other would count as CPU time
        for arm in TRIED:
            known = {}
            measured[arm] = [measure(arm, examples.first(n), tests, seed, known) for n in sizes]
    return measured


def measure(arm: str, examples: Labelled, tests: Labelled, seed: int, known: dict) -> dict:
    """Try every setting of one arm, keep the best, fit it on all images and test it once.

    `known` keeps the tries and their seconds: those with 10,000 images are not made twice.
    """
    count = len(examples.labels)
    few = min(TUNING, count)
    if few not in known:
        start = time.process_time()
        known[few] = tried(arm, examples.first(few), seed), time.process_time() - start
    tries, tuning = known[few]
    tuned = time.process_time()
    setting = TRIED[arm][best_setting([tries])]
    x = describe(arm, examples.images, setting.get("cell"))
    classify = fit(arm, setting, x, examples.labels, seed, EPOCHS[count])
    fitted = time.process_time()
    test = accuracy(classify(describe(arm, tests.images, setting.get("cell"))), tests.labels)
    return {
        "images": count,
        "tries": tries,
        "kept": setting,
        "test": test,
        "fit seconds": round(fitted - tuned, 3),
        "tuning seconds": round(tuning, 3),
        "ms an image": round(1000 * (time.process_time() - fitted) / len(tests.labels), 4),
    }


def tried(arm: str, examples: Labelled, seed: int) -> list[dict]:
    """Every setting of one arm with its accuracy on the first fifth, fitted on the others."""
    images, labels = examples
    apart, rest = slice(len(labels) // 5), slice(len(labels) // 5, None)
    tries, features = [], cache(partial(describe, arm, images))  # once for all values of C
    for setting in TRIED[arm]:
        x = features(setting.get("cell"))
        classify = fit(arm, setting, x[rest], labels[rest], seed, EPOCHS[len(labels)])
        tries.append(setting | {"validation": accuracy(classify(x[apart]), labels[apart])})
    return tries


def describe(arm: str, images: torch.Tensor, cell: int | None = None) -> np.ndarray | torch.Tensor:
    """What the arm's classifier gets to see of uint8 images (N, 28, 28); the CNN sees them all."""
    if arm == "small CNN":
        return images
    if arm == "HOG":
        return hog_features(images, cell)
    return ((images.flatten(1).float() / 255 - MEAN) / STD).numpy()


def fit(arm: str, setting: dict, x, labels: torch.Tensor, seed: int, epochs: int) -> Callable:
    """A function from what `describe` returns to classes (N,), fitted with one setting."""
    if arm == "small CNN":
        return _cnn(x, labels, seed, epochs, setting["rate"])
    with warnings.catch_warnings():  # 100 iterations are what it gets
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=setting["C"], max_iter=100)
        return model.fit(x, labels.numpy()).predict


def accuracy(classes: np.ndarray, labels: torch.Tensor) -> float:
    """The share of images that are classified right, 0 to 1."""
    return round(float((classes == labels.numpy()).mean()), 5)


def hog_features(images: torch.Tensor, cell: int) -> np.ndarray:
    """Dalal and Triggs's histograms of 9 directions in cells of `cell` px, (N, features)."""
    how = {"orientations": 9, "pixels_per_cell": (cell, cell), "cells_per_block": (2, 2)}
    return np.array([hog(image, **how) for image in images.numpy()], np.float32)


def _cnn(images, labels, seed: int, epochs: int, rate: float) -> Callable:
    model = lenet(seed)
    recipe = Recipe(epochs=epochs, lr=rate, image_size=28, seed=seed)
    with suppress(FloatingPointError):  # its weights are no numbers then: right by chance only
        train(model, Labelled(images, labels), None, recipe)

    def classify(x: torch.Tensor) -> np.ndarray:
        nobody = torch.zeros(len(x), dtype=torch.long)
        return predict(model, Labelled(x, nobody), recipe).argmax(1).cpu().numpy()

    return classify
