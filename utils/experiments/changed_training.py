"""Chapter 8's short training with one setting changed: what that does inside the network."""

from utils.data import fashion_mnist
from utils.experiments.common import small_alexnet
from utils.training import Recipe, Snapshots, train

# The initial weights, and the learning rate.
ARMS = {"learning rate 0.1": ("he", 0.1), "paper's initial weights": ("paper", 0.03)}


def run(seed: int, epochs: int = 4) -> dict:
    """Train each arm once, like `short_training` but for one setting; same order of the images.

    Returns {arm: history with "frames"}; a training that ends because its loss is no longer a
    number has the frames up to there, and the sentence that ended it under "stopped".
    """
    data, histories = fashion_mnist(), {}
    for arm, (initial, lr) in ARMS.items():
        recipe = Recipe(epochs=epochs, lr=lr, seed=seed)
        snapshots, stopped = Snapshots(data.test, recipe), None
        try:
            train(small_alexnet(seed, initial), data.train, data.test, recipe, callback=snapshots)
        except FloatingPointError as error:
            stopped = str(error)
        histories[arm] = snapshots.history.as_dict() | {"stopped": stopped}
    return histories
