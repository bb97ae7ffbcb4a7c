"""One training at full size: d2l's widths and 224 px, all 60,000 images, ten epochs."""

from utils.data import fashion_mnist
from utils.experiments.common import initialised
from utils.nets import FastAlexNet
from utils.training import Checkpoints, Recipe, Snapshots, train

# The ends of epochs 1, 2, 3, 4, 6, 8 and 10 among them.
STEPS = (0, 100, 300, 469, 938, 1407, 1876, 2814, 3752, 4690)


def run(
    seed: int, epochs: int = 10, image_size: int = 224, checkpoints: Checkpoints | None = None
) -> dict:
    """Train `FastAlexNet`, which is `D2LAlexNet` rearranged, once; returns {"AlexNet": history}.

    `checkpoints` saves the training as it goes: it takes most of an hour on two processor cores.
    """
    data = fashion_mnist()
    model = initialised(FastAlexNet(image_size=image_size), seed)
    recipe = Recipe(epochs=epochs, lr=0.015, image_size=image_size, seed=seed)
    snapshots = Snapshots(data.test, recipe, STEPS)
    history = train(
        model, data.train, data.test, recipe, callback=snapshots, checkpoints=checkpoints
    )
    return {"AlexNet": history.as_dict()}
