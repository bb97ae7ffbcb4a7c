"""The laboratory: a network that the reader trains, in the page itself."""

import math

import torch
import traitlets as t
from matplotlib import pyplot as plt
from torch import nn

from utils.data import MEAN, STD
from utils.figures import ORANGE
from utils.nets import NETWORKS, Constant, laboratory_net
from utils.widgets.base import Still, Widget, known, module, style

RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
SUITABLE = {"LeNet": 0.01, "quarter-width AlexNet": 0.005}  # learning rates


def described(net: nn.Module) -> dict:
    """The "layers" of a network and its "input" as the engine of `utils/widgets/engine` builds it.

    Raises ValueError for a kind of layer that it does not know.
    """
    layers = []
    for name, layer in (*net.features.named_children(), *net.classifier.named_children()):
        match layer:
            case nn.Conv2d(kernel_size=(kernel, _), stride=(stride, _), padding=(padding, _)):
                about = {"channels": layer.out_channels, "kernel_size": kernel, "stride": stride}
                about |= {"padding": padding, "groups": layer.groups}
                layers.append([name, "conv2d", about | {"ceil_mode": hasattr(layer, "ceil_mode")}])
            case nn.MaxPool2d():
                about = {key: getattr(layer, key) for key in ("kernel_size", "stride", "ceil_mode")}
                layers.append([name, "max_pool2d", about])
            case nn.ReLU():
                layers.append([name, "relu", {}])
            case nn.Linear():
                layers.append([name, "linear", {"features": layer.out_features}])
            case nn.Tanh() | nn.Sigmoid():
                layers.append([name, type(layer).__name__.lower(), {}])
            case nn.LocalResponseNorm():
                about = {key: getattr(layer, key) for key in ("size", "alpha", "beta", "k")}
                layers.append([name, "lrn", about])
            case nn.BatchNorm2d():
                layers.append([name, "batch_norm", {}])
            case Constant():
                layers.append([name, "constant", {"factor": layer.factor}])
            case nn.Dropout():
                layers.append([name, "dropout", {"p": layer.p}])
            case _:
                raise ValueError(f"{name} is a {type(layer).__name__}, which nobody describes yet.")
    return {"input": [net.in_channels, net.image_size, net.image_size], "layers": layers}


class Laboratory(Widget):
    """Trains a network on 8,000 images in the browser, and tests it on 2,000 after each epoch.

    He's initial weights, drawn by `seed`; batches of 64; stochastic gradient descent with `rate`,
    momentum 0.9 and weight decay. The images come after a click on *Train*.
    """

    _esm, _css = module("laboratory.js"), style("laboratory.css")
    caption = "A network and its training: all of it is computed by your browser."
    heights = (460, 840)
    files = ("engine", "clothes")
    network = t.Unicode("LeNet").tag(sync=True)
    rate = t.Enum(RATES, 0.01, help="learning rate").tag(sync=True)
    seed = t.Int(0, min=0, max=9).tag(sync=True)
    epochs = t.Enum([1, 3, 10], 3).tag(sync=True)
    networks = t.List(help="name, rate that suits it, input, layers").tag(sync=True)
    mean = t.Float(MEAN).tag(sync=True)
    std = t.Float(STD).tag(sync=True)

    def __init__(self, **settings):
        networks = []
        for name, rate in SUITABLE.items():
            with torch.device("meta"):  # layers without weights
                networks.append({"name": name, "rate": rate} | described(laboratory_net(name)))
        super().__init__(networks=networks, **settings)

    @t.validate("network")
    def _exists(self, proposal: dict) -> str:
        return known(proposal, NETWORKS, f"one of these: {', '.join(NETWORKS)}")

    def still(self) -> Still:
        fig, ax = plt.subplots(figsize=(5, 2.6))
        ax.axhline(math.log(10), linestyle="--", color=ORANGE, label="guessing")
        ax.set(xlabel="step", ylabel="loss", xlim=(0, 125 * self.epochs), ylim=(0, 3))
        ax.text(0.5, 0.4, "The page draws the loss here.", ha="center", transform=ax.transAxes)
        ax.legend(loc="upper right")
        alt = (
            f"Axes for the loss of {self.network} over {125 * self.epochs} steps, still empty; a "
            f"dashed line at {math.log(10):.3f} marks guessing."
        )
        return fig, alt, False
