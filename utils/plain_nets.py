"""Two plain networks for comparing activation functions: nothing in them but layers and units."""

from collections import OrderedDict

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "ReLU": nn.ReLU,
}


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
    layers: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    inputs = 28 * 28
    for i in range(1, depth + 1):
        layers[f"fc{i}"] = nn.Linear(inputs, width)
        layers[f"unit{i}"] = ACTIVATIONS[activation]()
        inputs = width
    layers["logits"] = nn.Linear(inputs, 10)
    return nn.Sequential(layers)
