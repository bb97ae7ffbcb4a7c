"""What does dropout change, how long after? Four rates of it, 2,000 images, three budgets.

Each network is trained at a constant learning rate. After 5, 20 and 80 epochs a copy of it goes on
for a fifth of these epochs at a tenth of the rate, which is the paper's way to end (section 5), and
that copy is measured. The network itself is looked at on the way, with dropout switched off.
"""

from copy import deepcopy
from functools import partial
from itertools import pairwise

import torch
from torch import nn

from utils.analysis import forecast_scores, thinned_averages
from utils.data import Labelled
from utils.experiments import selection
from utils.experiments.common import Sets, draw_sets, initialised, rounded
from utils.nets import dropout_net
from utils.training import History, Recipe, predict, train

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
    """Train with each dropout at each rate; returns {"p = 0.5": {"0.01": measurements}}."""
    sets = draw_sets(seed, examples, validation)
    rates = (*RATES, *(OUTER_RATES if seed == 0 else ()))
    return {
        f"p = {p:g}": {str(rate): measure(seed, rate, sets, p=p) for rate in rates} for p in DROPOUT
    }


def measure(
    seed: int, rate: float, sets: Sets, *,
    p: float = 0.5, before: bool = False, decay: float = 5e-4, budgets: tuple[int, ...] = BUDGETS,
) -> dict:  # fmt: skip
    """One network: "probes" (step, then loss and accuracy in training and validation) and "after".

    "after" has, for each budget in epochs, the scores on all training, validation and test images;
    "averages" those of averages over thinned networks, of the last budget, on 3,000 test images.
    """
    net = initialised(dropout_net(p, before=before), seed)
    settings = {"weight_decay": decay, "schedule": "constant", "image_size": 28}
    looks = [part.first(1000) for part in sets[:2]]
    result = {"probes": [], "after": {}}

    def look(start: int, history: History, model: nn.Module) -> None:
        step = start * PER_EPOCH + len(history.losses)
        if step in PROBES and history.losses:
            seen = [_scores(model, part, history.recipe) for part in looks]
            row = [score[name] for score in seen for name in ("loss", "accuracy")]
            result["probes"].append([step, *row])
            model.train()

    for part, (start, budget) in enumerate(pairwise((0, *budgets))):
        order = 100 * seed + part
        recipe = Recipe(epochs=budget - start, lr=rate, seed=order, **settings)
        last = Recipe(epochs=budget // 5, lr=rate / 10, seed=order + 50, **settings)
        try:
            train(net, sets.train, None, recipe, callback=partial(look, start))
            ended = deepcopy(net)
            train(ended, sets.train, None, last)
        except FloatingPointError:
            return result
        after = {name: _scores(ended, part, last) for name, part in sets._asdict().items()}
        result["after"][str(budget)] = after
    if p:
        result["averages"] = _averages(ended, sets.test)
    return result


def _scores(model: nn.Module, examples: Labelled, recipe: Recipe) -> dict[str, float]:
    probabilities = predict(model, examples, recipe).softmax(1).cpu()
    return rounded(forecast_scores(probabilities, examples.labels), 5)


def _averages(net: nn.Sequential, test_set: Labelled) -> dict[str, dict[str, float]]:
    """Weight scaling, and means over thinned networks, on 3,000 test images, in float32."""
    x, y = next(test_set.batches(3_000))
    with torch.no_grad():
        forecasts = {"weight scaling": net.cpu().eval()(x).softmax(1)}
    forecasts |= thinned_averages(net, x, MASKS)
    return {str(name): rounded(forecast_scores(part, y), 5) for name, part in forecasts.items()}


def best_rates(runs: list[dict], budget: int) -> dict[str, str]:
    """For each arm the one of RATES with the best mean validation accuracy after a budget."""
    return selection.best_rates(
        runs,
        lambda tried: tried["after"][str(budget)]["validation"]["accuracy"],
        [*map(str, RATES)],
    )
