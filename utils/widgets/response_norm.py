"""Local response normalisation of nine channels, with every constant of its formula."""

import torch
import traitlets as t
from torch import nn

from utils.figures import lines
from utils.widgets.base import Still, Widget, module

STEPS = (
    [1, 3, 5, 7, 9],
    [0.5, 1.0, 2.0, 4.0],
    [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1.0],
    [0.0, 0.25, 0.5, 0.75, 1.0],
    [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0],
)
FORMULAS = ["as printed", "divided by n"]
CHANNELS, MOST = 9, 300


class ResponseNorm(Widget):
    """Nine channels at one position of a feature map, before and after the normalisation.

    `size`, `k`, `alpha`, `beta` and `scale` count along the lists `sizes`, `ks` … that come with
    them; `responses` are whole numbers from 0 to 300, multiplied by the scale before anything else.
    """

    _esm = module("response_norm.js")
    caption = "Nine channels at one position, and what the normalisation makes of them."
    heights = (740, 1175)
    sizes, ks, alphas, betas, scales = (t.List(steps).tag(sync=True) for steps in STEPS)
    size, k, alpha, beta, scale = (
        t.Int(start, min=0, max=len(steps) - 1).tag(sync=True)
        for start, steps in zip((2, 2, 2, 3, 6), STEPS, strict=True)
    )
    responses = t.List(
        t.Int(min=0, max=MOST), [5, 5, 5, 5, 300, 5, 5, 5, 5], minlen=CHANNELS, maxlen=CHANNELS
    ).tag(sync=True)
    channel = t.Int(4, min=0, max=CHANNELS - 1, help="the one to change").tag(sync=True)
    formula = t.Enum(FORMULAS, FORMULAS[0]).tag(sync=True)

    def normalised(self) -> tuple[list[float], list[float], list[float]]:
        """Input, output and gain (output ÷ input; of a zero, what a tiny input would get)."""
        size = self.sizes[self.size]
        alpha = self.alphas[self.alpha] * (size if self.formula == FORMULAS[0] else 1)
        layer = nn.LocalResponseNorm(size, alpha, self.betas[self.beta], self.ks[self.k])
        a = torch.tensor(self.responses, dtype=torch.double) * self.scales[self.scale]
        a = a.where(a > 0, 1e-9)
        b = layer(a[None, :, None]).flatten()
        return a.round(decimals=8).tolist(), b.round(decimals=8).tolist(), (b / a).tolist()

    def still(self) -> Still:
        a, b, gain = self.normalised()
        rows = {"response": a, "normalised": b}
        relative = {name: [v / (max(row) or 1) for v in row] for name, row in rows.items()}
        fig = lines(range(1, CHANNELS + 1), relative, {}, "channel", "part of the largest")
        alt = (
            f"Nine channels; the largest response, {max(a):g}, becomes {b[a.index(max(a))]:.3g}. "
            f"The gains go from {min(gain):.3f} to {max(gain):.3f}."
        )
        return fig, alt, False
