"""LeNet, a small AlexNet, a linear and a kernel method on 500 to 32,000 images.

The networks see equally many images, each of them the more often the fewer there are. One LeNet
goes on until it has had about the AlexNet's time. The networks' learning rates are the best ones of
`single_changes`; the other two methods try three settings on validation images.
"""

import time

from sklearn.svm import SVC
from torch import nn

from utils import records
from utils.experiments import single_changes
from utils.experiments.common import Sets, draw_sets, initialised, train_and_test
from utils.experiments.selection import best_rates, best_setting
from utils.nets import AblationNet
from utils.training import Recipe

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
    result = {name: {} for name in ("linear", "kernel", *NETWORKS)}
    trials = records.load("single_changes")["runs"]
    best = best_rates(trials)
    for size in SIZES:
        sets = draw_sets(seed, size, validation)
        linear = [nn.Sequential(nn.Flatten(), nn.Linear(784, 10)) for _ in LINEAR_RATES]
        tries = [_train(*one, seed, 1, sets) for one in zip(linear, LINEAR_RATES, strict=True)]
        result["linear"][size] = tries[best_setting([tries])]
        if size <= KERNEL_UP_TO:
            tries = [_kernel(penalty, sets) for penalty in PENALTIES]
            result["kernel"][size] = tries[best_setting([tries])]
        for name, (arm, times) in NETWORKS.items():
            rate = trials[0]["arms"][arm][best[arm]]["rate"]
            net = AblationNet(*single_changes.ARMS[arm])
            result[name][size] = _train(net, rate, seed, times, sets)
    return result


def _train(net: nn.Module, rate: float, seed: int, times: int, sets: Sets) -> dict:
    """One training of a network, with initial weights that the seed fixes."""
    epochs = times * SEEN // len(sets.train.labels)
    recipe = Recipe(epochs=epochs, lr=rate, seed=seed, image_size=28)
    accuracies, _, seconds = train_and_test(initialised(net, seed), sets, recipe)
    return {"setting": rate, "seconds": seconds, **accuracies}


def _kernel(penalty: float, sets: Sets) -> dict:
    """A support vector machine with a Gaussian kernel (scikit-learn's width) on pixels in 0..1."""
    (x, y), *others = [(images.flatten(1).numpy() / 255, labels.numpy()) for images, labels in sets]
    start = time.process_time()
    machine = SVC(C=penalty).fit(x, y)
    seconds = round(time.process_time() - start, 2)
    validation, test = (round(float(machine.score(*other)), 4) for other in others)
    return {"setting": penalty, "seconds": seconds, "validation": validation, "test": test}
