"""Small plain networks for experiments: activation functions, dropout."""

from torch import nn

from utils.nets.base import chain

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "ReLU": nn.ReLU}


def four_layer_cnn(activation: str) -> nn.Sequential:
    """Three convolutions and a linear layer: input (N, 1, 28, 28), logits (N, 10).

    The paper's Figure 1 trained "a four-layer convolutional network" on CIFAR-10 (section 3.1) and
    does not describe it. This one is small enough for hundreds of trainings on a CPU.
    """
    unit = ACTIVATIONS[activation]
    return nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=5, padding=2), unit(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, kernel_size=5, padding=2), unit(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, kernel_size=5, padding=2), unit(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(32 * 3 * 3, 10),
    )  # fmt: skip


def deep_mlp(activation: str, depth: int, width: int = 128) -> nn.Sequential:
    """`depth` hidden layers of `width` units: input (N, 1, 28, 28), logits (N, 10)."""
    layers, inputs = {"flatten": nn.Flatten()}, 28 * 28
    for i in range(1, depth + 1):
        layers |= {f"fc{i}": nn.Linear(inputs, width), f"unit{i}": ACTIVATIONS[activation]()}
        inputs = width
    return chain(**layers, logits=nn.Linear(inputs, 10))


def dropout_net(p: float = 0.5, width: int = 512, before: bool = False) -> nn.Sequential:
    """Two convolutions and three linear layers: input (N, 1, 28, 28), logits (N, 10).

    Dropout acts on the outputs of the two hidden linear layers, as in the paper (section 4.2), or,
    `before`, on their inputs, as in torchvision. Its parts are `features` and `classifier`.
    """
    layers = []
    for inputs in (16 * 5 * 5, width):
        hidden = [nn.Linear(inputs, width), nn.ReLU()]
        layers += [nn.Dropout(p), *hidden] if before else [*hidden, nn.Dropout(p)]
    features = nn.Sequential(
        nn.Conv2d(1, 8, kernel_size=5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, kernel_size=5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    )  # fmt: skip
    return chain(features=features, classifier=nn.Sequential(*layers, nn.Linear(width, 10)))
