"""The learning rate: dropped by hand as in 2012, never dropped, and along one climb and fall.

The drops stand at the epochs of the program's notes (`layers/layer-params-145-2010.cfg`: 23, 51
and 78 of 93), for a third as many epochs. The LeNet of `batch_sizes`, on 5,000 images.
"""

from copy import deepcopy
from dataclasses import replace
from itertools import pairwise

from torch import nn

from utils.experiments.common import Sets, draw_sets, lenet
from utils.training import History, Recipe, evaluate, train

DROPS = (23, 51, 78)  # epochs of 2012, after which the rate became a tenth
STOPPED = 93
SHORTER = 3
RATE, PEAK = 0.01, 0.03


def run(seed: int, examples: int = 5_000, validation: int = 2_000) -> dict:
    """Every schedule from the same initial weights: {schedule: [measurements after each epoch]}."""
    sets = draw_sets(seed, examples, validation)
    ends = [0, *(round(epoch / SHORTER) for epoch in (*DROPS, STOPPED))]
    first, *lengths = (end - start for start, end in pairwise(ends))
    one_cycle = Recipe(epochs=ends[-1], lr=PEAK, seed=seed, image_size=28)
    constant = replace(one_cycle, epochs=first, lr=RATE, schedule="constant")
    net = lenet(seed)
    dropped = stretch(net, sets, constant)
    undropped, without = dropped[:], deepcopy(net)
    for part, epochs in enumerate(lengths, 1):
        constant = replace(constant, epochs=epochs, seed=100 * seed + part)
        dropped += stretch(net, sets, replace(constant, lr=RATE / 10**part))
        undropped += stretch(without, sets, constant)
    cycle = stretch(lenet(seed), sets, one_cycle)
    return {"by hand, as in 2012": dropped, "never dropped": undropped, "one cycle": cycle}


def stretch(net: nn.Module, sets: Sets, recipe: Recipe) -> list[dict[str, float]]:
    """Train on for some epochs; after each, loss and accuracy on training and validation images.

    The optimiser's velocity starts at zero. Losses are means, accuracies from 0 to 1; both are
    taken on 2,000 images.
    """
    per_epoch = -(-len(sets.train.labels) // recipe.batch_size)
    rows = []

    def look(history: History, model: nn.Module) -> None:
        if len(history.losses) % per_epoch == 0 and history.losses:
            row = {}
            for name, part in (("training", sets.train), ("validation", sets.validation)):
                loss, accuracy = evaluate(model, part.first(2_000), recipe)
                row |= {f"{name} loss": round(loss, 5), f"{name} accuracy": round(accuracy, 4)}
            model.train()
            rows.append(row)

    train(net, sets.train, None, recipe, callback=look)
    return rows
