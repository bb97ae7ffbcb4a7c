"""Dropout on one layer: the masks, the sum that the unit above reads, and its mean over masks."""

import numpy as np
import torch
import traitlets as t

from utils.data import fashion_mnist
from utils.figures import lines
from utils.nets import dropout_net, initialise
from utils.widgets.base import Still, Widget, module, uniforms

UNITS, MOST = 64, 300


class DropoutMasks(Widget):
    """64 outputs of a layer, dropped at random, and one unit above that adds them up with weights.

    `values` and `weights` are those of the layer and of the unit; without them, of a fresh network
    that reads one image. `dropped` is the probability in per cent. The rules: "inverted" divides by
    1 - p in training (PyTorch), "paper" multiplies by 1 - p in evaluation, "none" does neither.
    """

    _esm = module("dropout_masks.js")
    caption = "64 units of a hidden layer that reads one image, and a unit above them."
    heights = (610, 1105)
    values, weights = (t.List(t.Float()).tag(sync=True) for _ in range(2))
    dropped = t.Int(50, min=0, max=90).tag(sync=True)
    rule = t.Enum(["inverted", "paper", "none"], "inverted").tag(sync=True)
    mode = t.Enum(["training", "evaluation"], "training").tag(sync=True)
    passes = t.Int(20, min=1, max=MOST).tag(sync=True)

    def __init__(self, values=None, weights=None, **settings):
        if values is None:
            values, weights = _fresh()
        if not len(values) == len(weights) == UNITS:
            raise ValueError(f"{UNITS} values and as many weights are drawn here.")
        values, weights = ([round(float(v), 4) for v in many] for many in (values, weights))
        super().__init__(values=values, weights=weights, **settings)

    def sums(self) -> np.ndarray:
        """What the unit above reads in each of the passes."""
        if self.mode == "evaluation":
            return np.full(self.passes, self.formula()[2])
        return self._masked(self.passes)

    def _masked(self, passes: int) -> np.ndarray:
        p, products = self.dropped / 100, np.multiply(self.values, self.weights)
        masks = uniforms(0, passes * UNITS).reshape(passes, UNITS) >= p
        return masks @ products / (1 - p if self.rule == "inverted" else 1)

    def formula(self) -> tuple[float, float, float]:
        """Mean and standard deviation in training, and the value in evaluation."""
        p, products = self.dropped / 100, np.multiply(self.values, self.weights)
        scale = 1 / (1 - p) if self.rule == "inverted" else 1
        spread, whole = scale * np.sqrt(p * (1 - p) * (products**2).sum()), products.sum()
        return scale * (1 - p) * whole, spread, whole * (1 - p if self.rule == "paper" else 1)

    def still(self) -> Still:
        sums, count = self._masked(MOST), range(1, MOST + 1)
        mean, spread, evaluation = self.formula()
        series = {"mean of the passes so far": np.cumsum(sums) / count}
        fig = lines(count, series, {"evaluation mode": evaluation}, "passes", "sum")
        fig.axes[0].set_ylim(min(0, evaluation - 3 * spread), max(evaluation, mean) + 3 * spread)
        alt = (
            f"The running mean of a unit's input under dropout of {self.dropped} %, over {MOST} "
            f"passes: it settles at {sums.mean():.2f}; the formula says {mean:.2f}, and in "
            f"evaluation mode the unit reads {evaluation:.2f}."
        )
        return fig, alt, False


@torch.no_grad()
def _fresh() -> tuple[list[float], list[float]]:
    """Outputs of the last hidden layer of a fresh network for one image, and one unit's weights."""
    rng = torch.Generator().manual_seed(0)
    net = initialise(dropout_net(width=UNITS), "he", rng).eval()
    x, _ = next(fashion_mnist(quiet=True).train.batches(1))
    hidden = net.classifier[:-1](net.features(x))[0]
    return hidden.tolist(), net.classifier[-1].weight[0].tolist()
