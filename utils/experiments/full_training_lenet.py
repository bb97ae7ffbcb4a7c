"""Ten epochs of the small network, beside `full_training`: same images, same length, own size."""

from utils.experiments import short_training_lenet


def run(seed: int, epochs: int = 10) -> dict:
    """The short training of LeNet, for longer, at the same learning rate; {"LeNet": history}."""
    return short_training_lenet.run(seed, epochs)
