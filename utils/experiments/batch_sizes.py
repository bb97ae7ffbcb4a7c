"""Does a larger batch cost accuracy? At equal epochs, and at equal updates.

LeNet with ReLU and max-pooling, on 5,000 images of 28 px. Each batch size is tried at four learning
rates; the largest is also trained four times as long, with as many updates as the middle one.
"""

from utils.experiments.common import Sets, draw_sets, lenet, train_and_test
from utils.training import Recipe

RATES = (0.003, 0.01, 0.03, 0.1)
EPOCHS = 4
ARMS: dict[str, tuple[int, int]] = {  # images in a batch, epochs
    "32": (32, EPOCHS),
    "128": (128, EPOCHS),
    "512": (512, EPOCHS),
    "512, four times as long": (512, 4 * EPOCHS),
}


def run(seed: int, examples: int = 5_000, validation: int = 3_000) -> dict:
    """Train every arm at every rate on the same images; returns {arm: {rate: measurements}}."""
    sets = draw_sets(seed, examples, validation)
    return {
        arm: {str(rate): measure(seed, rate, *how, sets) for rate in RATES}
        for arm, how in ARMS.items()
    }


def measure(seed: int, rate: float, batch: int, epochs: int, sets: Sets) -> dict[str, float]:
    """Validation and test accuracy of one training, and its number of updates."""
    recipe = Recipe(epochs=epochs, batch_size=batch, lr=rate, seed=seed, image_size=28)
    accuracies, history, _ = train_and_test(lenet(seed), sets, recipe)
    return accuracies | {"updates": len(history.losses) if history else 0}
