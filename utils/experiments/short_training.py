"""Chapter 8's short training: a quarter-width AlexNet on all 60,000 images of Fashion-MNIST."""

from utils.data import fashion_mnist
from utils.experiments.common import small_alexnet
from utils.training import Recipe, Snapshots, train


def run(seed: int, epochs: int = 4, width: float = 0.25, image_size: int = 64) -> dict:
    """Train once; returns {"AlexNet": history with "frames"}, as `Snapshots` takes them."""
    data = fashion_mnist()
    model = small_alexnet(seed, width=width, image_size=image_size)
    recipe = Recipe(epochs=epochs, image_size=image_size, seed=seed)
    snapshots = Snapshots(data.test, recipe)
    return {"AlexNet": train(model, data.train, data.test, recipe, callback=snapshots).as_dict()}
