"""Signal and gradient in a fresh deep network: activation, initial weights, fan-in, depth."""

import numpy as np
import torch
import torch.nn.functional as F
import traitlets as t
from torch import nn

from utils.analysis import image_spread, layer_signals, unit_outputs
from utils.data import MEAN, STD, fashion_mnist
from utils.figures import curves
from utils.nets import ACTIVATIONS
from utils.widgets.base import Still, Widget, module, style, uniforms

SIDE, CLASSES, MOST = 64, 10, 30  # units of a layer, which are also the pixels of an image
SPREADS = [
    0.01, 0.03, 0.05, 0.0625, 0.088, 0.1, 0.125, 0.15, 0.177, 0.2, 0.25, 0.3, 0.5, 1.0, 1.25, 2.0
]  # fmt: skip
# How many inputs each layer stands for, the output's last; layers that are not named, the last.
FAN_INS = {
    "64": [64],
    "256": [256],
    "AlexNet": [363, 1200, 2304, 1728, 1728, 9216, 4096],
}


class SignalDepth(Widget):
    """Sizes of signal, delta and weight gradient, and what differs between images, in each of up to
    30 layers of 64 units.

    Sixteen images of Fashion-MNIST, reduced to 8 × 8 px, so that every layer has a fan-in of 64:
    Xavier's spread is then 1 / 8, He's 0.177. Where a layer stands for one of n inputs, its weights
    are larger by √(n / 64), and it passes on as much. `spread` counts along `spreads`.
    """

    _esm, _css = module("signal_depth.js"), style("signal_depth.css")
    caption = "A network that has not been trained, and 16 images of Fashion-MNIST at 8 × 8 px."
    heights = (590, 860)
    images = t.Bytes(help="uint8, 16 × 64").tag(sync=True)
    labels = t.Bytes(help="uint8, 16").tag(sync=True)
    mean = t.Float(MEAN).tag(sync=True)
    std = t.Float(STD).tag(sync=True)
    spreads = t.List(SPREADS, help="standard deviations of the weights").tag(sync=True)
    fan_ins = t.List([*map(list, FAN_INS.items())], help="name and inputs").tag(sync=True)
    activation = t.Enum(list(ACTIVATIONS), "sigmoid").tag(sync=True)
    spread = t.Int(6, min=0, max=len(SPREADS) - 1).tag(sync=True)
    fan_in = t.Enum(list(FAN_INS), "64").tag(sync=True)
    depth = t.Int(16, min=2, max=MOST).tag(sync=True)
    seed = t.Int(0, min=0, max=9).tag(sync=True)

    def __init__(self, **settings):
        images, labels = fashion_mnist(quiet=True).train
        small = F.interpolate(images[:16, None].float(), (8, 8), mode="bilinear", antialias=True)
        arrays = {"images": small.round(), "labels": labels[:16]}
        packed = {name: array.byte().numpy().tobytes() for name, array in arrays.items()}
        super().__init__(**packed, **settings)

    def signals(self) -> np.ndarray:
        """The figure's numbers: for each hidden layer the size of its signal, what differs between
        images in its outputs, and the sizes of delta and weight gradient.
        """
        first, second = uniforms(self.seed, 2 * (MOST + 1) * SIDE * SIDE).reshape(-1, 2).T
        normals = np.sqrt(-2 * np.log(1 - first)) * np.cos(2 * np.pi * second)  # Box and Muller
        weights = self.spreads[self.spread] * torch.from_numpy(normals).view(MOST + 1, SIDE, SIDE)
        net, inputs = nn.Sequential(), FAN_INS[self.fan_in]
        for i, weight in enumerate((*weights[: self.depth], weights[MOST][:CLASSES])):
            layer = nn.Linear(SIDE, len(weight), bias=False, dtype=torch.float64)
            layer.weight.data = weight * (inputs[min(i, len(inputs) - 1)] / SIDE) ** 0.5
            net.extend([layer, ACTIVATIONS[self.activation]()])
        del net[-1]  # the outputs are logits
        pixels = np.frombuffer(self.images, np.uint8).reshape(-1, SIDE) / 255
        y = torch.tensor(list(self.labels))
        x = torch.from_numpy((pixels - self.mean) / self.std)
        sizes = layer_signals(net, x, y).values[:-1]
        return np.insert(sizes, 1, [image_spread(a) for a in unit_outputs(net, x)], axis=1)

    def still(self) -> Still:
        signals = self.signals()
        names = ("size of the signal", "between images", "δ", "weight gradient")
        series = {name: [column] for name, column in zip(names, signals.T, strict=True)}
        fig = curves(series, range(1, self.depth + 1), "hidden layer", "")
        fig.axes[0].set_yscale("log")
        size, differs, *_ = signals[-1] / signals[0]
        _, _, delta, gradient = signals[0] / signals[-1]
        alt = (
            f"{self.activation}, {self.depth} layers, weights of spread "
            f"{self.spreads[self.spread]}, fan-in {self.fan_in}. From the first layer to the last "
            f"the size of the signal changes by a factor of {size:.1e}, what differs between "
            f"images by {differs:.1e}. From the last to the first δ changes by {delta:.1e}, the "
            f"weight gradient by {gradient:.1e}."
        )
        return fig, alt, False
