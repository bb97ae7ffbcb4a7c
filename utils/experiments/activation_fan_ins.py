"""Figure 1 once more, with what N(0, 0.01²) is in layers as wide as the paper's.

`activation_speed` gives a network of 25 to 400 inputs a unit the paper's spread, 0.01. The paper's
layers have 363 to 9,216 inputs, so that each passes on more. Here the spread is larger by the root
of that ratio, as in `first_biases`: each layer passes on as much as conv1, conv2, conv3 and the
last layer of the paper's network. All else, raw pixels too, is that of `activation_speed`.
"""

from contextlib import suppress

from torch import nn

from utils.data import fashion_mnist
from utils.experiments.activation_speed import ACTIVATIONS, LAST_TARGET, PROBES
from utils.experiments.activation_speed import network as narrow
from utils.experiments.common import PLAIN, Enough
from utils.system import CPU
from utils.training import History, Recipe, predict, train

FAN_INS = (363, 1200, 2304, 4096)  # of conv1, conv2, conv3 and the last layer
RATES = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)


def run(seed: int, probe_images: int = 1_000) -> dict:
    """Returns {"raw, fan-ins, tanh": {"0.005": [errors at PROBES, …]}, …}, in the form and with the
    names of `activation_speed`.
    """
    return {
        f"raw, fan-ins, {activation}": {
            str(rate): errors(seed, activation, rate, probe_images) for rate in RATES
        }
        for activation in ACTIVATIONS
    }


def errors(seed: int, activation: str, rate: float, probe_images: int = 1_000) -> list[float]:
    """The training errors (0 to 1) at PROBES of one training, on the first training images."""
    train_set = fashion_mnist(quiet=True).train
    probe = train_set.first(probe_images)
    recipe = Recipe(epochs=2, lr=rate, seed=seed, **PLAIN)
    measured: list[float] = []

    def callback(history: History, model: nn.Module) -> None:
        if len(history.losses) not in PROBES:
            return
        right = predict(model, probe, recipe, CPU).argmax(1) == probe.labels
        model.train()
        measured.append(round(1 - right.float().mean().item(), 4))
        if measured[-1] <= LAST_TARGET or len(measured) == len(PROBES):
            raise Enough

    with suppress(Enough, FloatingPointError):
        train(network(seed, activation), train_set, None, recipe, CPU, callback)
    return measured


def network(seed: int, activation: str) -> nn.Sequential:
    """The four-layer network on raw pixels, its spread fitted to FAN_INS."""
    net = narrow(seed, "raw", "0.01", activation)
    layers = [layer for layer in net.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    for layer, inputs in zip(layers, FAN_INS, strict=True):
        layer.weight.data *= (inputs / layer.weight[0].numel()) ** 0.5
    return net
