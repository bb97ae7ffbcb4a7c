"""LeNet, a small AlexNet, a linear and a kernel method on 500 to 32,000 images.

The networks see equally many images, each of them the more often the fewer there are. One LeNet
goes on until it has had about the AlexNet's time. The networks' learning rates are those that
`single_changes` has kept; the other two methods try three settings on validation images.
"""

import time

import torch
from sklearn.svm import SVC
from torch import nn

from utils import records
from utils.data import fashion_mnist
from utils.experiments import single_changes
from utils.nets import AblationNet, initialise
from utils.training import Recipe, evaluate, train

SIZES = (500, 2_000, 8_000, 32_000)
SEEN = 32_000  # images in one training
# Name: the arm of `single_changes`, and how often SEEN images are seen.
NETWORKS = {
    "LeNet": ("LeNet + ReLU, max", 1),
    "LeNet, longer": ("LeNet + ReLU, max", 3),
    "small AlexNet": ("all − dropout, augment", 1),
    "small AlexNet, dropout, augment": ("all", 1),
}
LINEAR_RATES = (0.003, 0.01, 0.03)
PENALTIES = (1, 10, 100)  # the kernel method's C
KERNEL_UP_TO = 8_000  # its time grows faster than the number of images


def run(seed: int, validation: int = 2_000) -> dict:
    """Every method on the first images of an order that the seed fixes; all are tested alike.

    Returns {method: {size: measurement}}; "seconds" are CPU seconds of training, of one setting.
    """
    data = fashion_mnist()
    rest, held_out = data.train.split(validation, seed=seed)
    found = {name: {} for name in ("linear", "kernel", *NETWORKS)}
    tried = records.load("single_changes")["runs"]
    kept = single_changes.kept(tried)
    for size in SIZES:
        sets = rest.first(size), held_out, data.test
        found["linear"][size] = _best(_linear, LINEAR_RATES, seed, *sets)
        if size <= KERNEL_UP_TO:
            found["kernel"][size] = _best(_kernel, PENALTIES, seed, *sets)
        for name, (arm, times) in NETWORKS.items():
            rate = tried[0]["arms"][arm][kept[arm]]["rate"]
            net = initialise(AblationNet(*single_changes.ARMS[arm]), "he", _generator(seed))
            found[name][size] = _train(net, rate, seed, times, *sets)
    return found


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _best(method, settings, seed, train_set, held_out, test_set) -> dict:
    """The measurement at the setting that does best on the validation images."""
    tries = [method(value, seed, train_set, held_out, test_set) for value in settings]
    return max(tries, key=lambda measured: measured["validation"])


def _linear(rate, seed, *sets) -> dict:
    net = initialise(nn.Sequential(nn.Flatten(), nn.Linear(784, 10)), "he", _generator(seed))
    return _train(net, rate, seed, 1, *sets)


def _train(net, rate, seed, times, train_set, held_out, test_set) -> dict:
    epochs = times * SEEN // len(train_set[1])
    recipe = Recipe(epochs=epochs, lr=rate, seed=seed, image_size=28)
    start = time.process_time()
    try:
        train(net, train_set, None, recipe)
    except FloatingPointError:
        return {"setting": rate, "seconds": None, "validation": 0.1, "test": 0.1}
    seconds = time.process_time() - start
    accuracies = (evaluate(net, images, recipe)[1] for images in (held_out, test_set))
    return _measured(rate, seconds, *accuracies)


def _kernel(penalty, seed, *sets) -> dict:
    """A support vector machine with a Gaussian kernel (scikit-learn's width) on pixels in 0..1."""
    (x, y), *others = [(images.flatten(1).numpy() / 255, labels.numpy()) for images, labels in sets]
    start = time.process_time()
    machine = SVC(C=penalty).fit(x, y)
    seconds = time.process_time() - start
    return _measured(penalty, seconds, *(machine.score(*other) for other in others))


def _measured(setting, seconds, validation, test) -> dict:
    return {
        "setting": setting,
        "seconds": round(seconds, 2),
        "validation": round(float(validation), 4),
        "test": round(float(test), 4),
    }
