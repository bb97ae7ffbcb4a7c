"""Signal and gradient in a fresh deep network: activation, spread of initial weights, depth."""

import numpy as np
import torch
import torch.nn.functional as F
import traitlets as t
from torch import nn

from utils.analysis import layer_signals
from utils.data import MEAN, STD, fashion_mnist
from utils.figures import curves
from utils.nets import ACTIVATIONS
from utils.widgets.base import Still, Widget, module, uniforms

SIDE, CLASSES, MOST = 64, 10, 30  # units of a layer, which are also the pixels of an image
SPREADS = [0.01, 0.03, 0.05, 0.08, 0.1, 0.125, 0.15, 0.177, 0.2, 0.25, 0.3, 0.5, 1.0, 1.25, 2.0]


class SignalDepth(Widget):
    """Root mean square of signal, delta and weight gradient in each of up to 30 layers of 64 units.

    Sixteen images of Fashion-MNIST, reduced to 8 × 8 px, so that every layer has a fan-in of 64:
    Xavier's spread is then 1 / 8, He's 0.177. `spread` counts along `spreads`.
    """

    _esm = module("signal_depth.js")
    caption = "A network that has not been trained, and 16 images of Fashion-MNIST at 8 × 8 px."
    heights = (540, 800)
    images = t.Bytes(help="uint8, 16 × 64").tag(sync=True)
    labels = t.Bytes(help="uint8, 16").tag(sync=True)
    mean = t.Float(MEAN).tag(sync=True)
    std = t.Float(STD).tag(sync=True)
    spreads = t.List(SPREADS, help="standard deviations of the weights").tag(sync=True)
    activation = t.Enum(list(ACTIVATIONS), "sigmoid").tag(sync=True)
    spread = t.Int(5, min=0, max=len(SPREADS) - 1).tag(sync=True)
    depth = t.Int(8, min=2, max=MOST).tag(sync=True)
    seed = t.Int(0, min=0, max=9).tag(sync=True)

    def __init__(self, **settings):
        images, labels = fashion_mnist(quiet=True).train
        small = F.interpolate(images[:16, None].float(), (8, 8), mode="bilinear", antialias=True)
        arrays = {"images": small.round(), "labels": labels[:16]}
        packed = {name: array.byte().numpy().tobytes() for name, array in arrays.items()}
        super().__init__(**packed, **settings)

    def signals(self) -> np.ndarray:
        """The figure's numbers: for each hidden layer its signal, delta and weight gradient."""
        first, second = uniforms(self.seed, 2 * (MOST + 1) * SIDE * SIDE).reshape(-1, 2).T
        normals = np.sqrt(-2 * np.log(1 - first)) * np.cos(2 * np.pi * second)  # Box and Muller
        weights = self.spreads[self.spread] * torch.from_numpy(normals).view(MOST + 1, SIDE, SIDE)
        net = nn.Sequential()
        for weight in (*weights[: self.depth], weights[MOST][:CLASSES]):
            layer = nn.Linear(SIDE, len(weight), bias=False, dtype=torch.float64)
            layer.weight.data = weight
            net.extend([layer, ACTIVATIONS[self.activation]()])
        del net[-1]  # the outputs are logits
        pixels = np.frombuffer(self.images, np.uint8).reshape(-1, SIDE) / 255
        y = torch.tensor(list(self.labels))
        return layer_signals(net, torch.from_numpy((pixels - self.mean) / self.std), y).values[:-1]

    def still(self) -> Still:
        signals = self.signals()
        names = ("signal", "δ", "weight gradient")
        series = {name: [column] for name, column in zip(names, signals.T, strict=True)}
        fig = curves(series, range(1, self.depth + 1), "hidden layer", "root mean square")
        fig.axes[0].set_yscale("log")
        _, delta, gradient = signals[0] / signals[-1]
        alt = (
            f"{self.activation}, {self.depth} layers, weights of spread "
            f"{self.spreads[self.spread]}: δ in the first layer is {delta:.1e} times that of "
            f"the last, the weight gradient {gradient:.1e} times."
        )
        return fig, alt, False
