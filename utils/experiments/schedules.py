"""The learning rate: dropped by hand as in 2012, never dropped, and along one climb and fall.

The drops stand at the epochs of the program's notes (`layers/layer-params-145-2010.cfg`: 23, 51
and 78 of 93), for a third as many epochs. The LeNet of `batch_sizes`, on 5,000 images.
"""

from copy import deepcopy

from torch import nn

from utils.data import Labelled, fashion_mnist
from utils.experiments.batch_sizes import network
from utils.training import Recipe, evaluate, train

DROPS = (23, 51, 78)  # epochs of 2012, after which the rate became a tenth
STOPPED = 93
SHORTER = 3
RATE, PEAK = 0.01, 0.03


def run(seed: int, examples: int = 5_000, validation: int = 2_000) -> dict:
    """Every schedule from the same first weights: {schedule: [measurements after each epoch]}."""
    data = fashion_mnist(quiet=True)
    rest, held_out = data.train.split(validation, seed=seed)
    sets = rest.first(examples), held_out
    ends = [round(epoch / SHORTER) for epoch in (*DROPS, STOPPED)]
    lengths = [end - start for start, end in zip([0, *ends], ends, strict=False)]
    net = network(seed)
    first = stretch(net, sets, seed, lengths[0], RATE)
    dropped, undropped = first[:], first[:]
    without = deepcopy(net)
    for part, epochs in enumerate(lengths[1:], 1):
        order = 100 * seed + part
        dropped += stretch(net, sets, order, epochs, RATE / 10**part)
        undropped += stretch(without, sets, order, epochs, RATE)
    cycle = stretch(network(seed), sets, seed, ends[-1], PEAK, "one-cycle")
    return {"by hand, as in 2012": dropped, "never dropped": undropped, "one cycle": cycle}


def stretch(
    net: nn.Module, sets: tuple[Labelled, Labelled], order: int, epochs: int, rate: float,
    schedule: str = "constant",
) -> list[dict[str, float]]:  # fmt: skip
    """Train on for some epochs; after each, loss and accuracy on training and validation images.

    The optimiser's velocity starts at zero. Losses are means, accuracies from 0 to 1; both are
    taken on 2,000 images.
    """
    train_set, held_out = sets
    recipe = Recipe(epochs=epochs, lr=rate, schedule=schedule, seed=order, image_size=28)
    per_epoch = -(-len(train_set[1]) // recipe.batch_size)
    rows = []

    def look(history, model) -> None:
        if len(history.losses) % per_epoch == 0 and history.losses:
            row = {}
            for name, part in (("training", train_set), ("validation", held_out)):
                loss, accuracy = evaluate(model, part.first(2_000), recipe)
                row |= {f"{name} loss": round(loss, 5), f"{name} accuracy": round(accuracy, 4)}
            model.train()
            rows.append(row)

    train(net, train_set, None, recipe, callback=look)
    return rows
