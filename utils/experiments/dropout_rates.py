"""What does dropout change, how long after? Four rates of it, 2,000 images, three budgets.

Each network is trained at a constant learning rate. After 5, 20 and 80 epochs a copy of it goes on
for a fifth of these epochs at a tenth of the rate, which is the paper's way to end (section 5), and
that copy is measured. The network itself is looked at on the way, with dropout switched off.
"""

from copy import deepcopy
from statistics import mean

import torch

from utils.analysis import averages, scores
from utils.data import fashion_mnist
from utils.nets import dropout_net, initialise
from utils.training import Recipe, predict, train

DROPOUT = (0.0, 0.25, 0.5, 0.75)
RATES = (0.01, 0.03)
OUTER_RATES = (0.003, 0.1)  # of the first seed only: is the best one outside?
BUDGETS = (5, 20, 80)
PER_EPOCH = 16  # steps: 2,000 images in batches of 128
# The steps after which a network is looked at.
PROBES = tuple(
    epochs * PER_EPOCH // 2
    for epochs in (*range(1, 5), *range(6, 13, 2), *range(16, 41, 4), *range(46, 161, 6))
)
MASKS = (1, 3, 10, 30)


def run(seed: int, examples: int = 2_000, validation: int = 3_000) -> dict:
    """Train with each dropout at each learning rate; returns {"p = 0.5": {"0.01": measurements}}.

    Seeds are paired: the arms of one seed share images, their order and first weights.
    """
    data = fashion_mnist()
    rest, held_out = data.train.split(validation, seed=seed)
    sets = rest.first(examples), held_out, data.test
    rates = (*RATES, *(OUTER_RATES if seed == 0 else ()))
    return {
        f"p = {p:g}": {str(rate): measure(seed, rate, *sets, p=p) for rate in rates}
        for p in DROPOUT
    }


def measure(
    seed, rate, train_set, held_out, test_set, *, p=0.5, before=False, decay=5e-4, budgets=BUDGETS
) -> dict:
    """One network: "probes" (step, then loss and accuracy in training and validation) and "after".

    "after" has, for each budget in epochs, the scores on all training, validation and test images;
    "averages" those of averages over thinned networks, of the last budget, on 3,000 test images.
    """
    net = initialise(dropout_net(p, before=before), "he", torch.Generator().manual_seed(seed))
    looks = [part.first(1000) for part in (train_set, held_out)]
    found, done = {"probes": [], "after": {}}, 0

    def callback(history, model) -> None:
        step = done * PER_EPOCH + len(history.losses)
        if step in PROBES and history.losses:
            seen = [_scores(model, part, history.recipe) for part in looks]
            row = [part[name] for part in seen for name in ("loss", "accuracy")]
            found["probes"].append([step, *(round(value, 5) for value in row)])
            model.train()

    for part, budget in enumerate(budgets):
        settings = {"weight_decay": decay, "schedule": "constant", "image_size": 28}
        order = 100 * seed + part
        recipe = Recipe(epochs=budget - done, lr=rate, seed=order, **settings)
        last = Recipe(epochs=budget // 5, lr=rate / 10, seed=order + 50, **settings)
        try:
            train(net, train_set, None, recipe, callback=callback)
            ended = deepcopy(net)
            train(ended, train_set, None, last)
        except FloatingPointError:
            return found
        names = {"train": train_set, "validation": held_out, "test": test_set}
        found["after"][str(budget)] = {
            name: _rounded(_scores(ended, part, last)) for name, part in names.items()
        }
        done = budget
    if p:
        found["averages"] = _averages(ended, test_set)
    return found


def _scores(model, part, recipe) -> dict:
    return scores(predict(model, part, recipe).softmax(1).cpu(), part[1])


def _averages(net, test_set, images=3_000) -> dict:
    """Weight scaling, and means over thinned networks, on the first test images, in float32."""
    x, y = next(test_set.batches(images))
    net = net.cpu()
    with torch.no_grad():
        found = {"weight scaling": net.eval()(x).softmax(1)}
    found |= averages(net, x, MASKS)
    return {str(name): _rounded(scores(forecast, y)) for name, forecast in found.items()}


def _rounded(values: dict) -> dict:
    return {name: round(value, 5) for name, value in values.items()}


def kept(runs: list[dict], budget: int) -> dict[str, str]:
    """For each arm the rate with the best mean validation accuracy over the seeds."""
    return {
        arm: max(
            map(str, RATES),
            key=lambda rate: mean(
                run["arms"][arm][rate]["after"][str(budget)]["validation"]["accuracy"]
                for run in runs
            ),
        )
        for arm in runs[0]["arms"]
    }
