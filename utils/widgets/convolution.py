"""Convolution arithmetic: a trained filter slides over a stereo photograph."""

import torch
import torch.nn.functional as F
import traitlets as t
from torchvision.transforms.v2 import functional as transforms

from utils import records
from utils.data import photograph
from utils.figures import image_grid
from utils.nets import conv_out
from utils.widgets.base import Still, Widget, levels, module

SIDE = 227  # pixels of the photographs
TAP = 11  # side of the trained filter
FILTER = 0  # of 24: a plain edge, bright above and dark below


class ConvolutionArithmetic(Widget):
    """Input, kernel_size, stride, padding, groups and rounding rule, and the map they give.

    The input has two channels, the left and the right picture of a stereo camera, pixels 0..1; an
    image of `size` px is their top left corner. Both slices of a kernel are the same first-layer
    filter of chapter 8's recorded training (seed 0, last step), of which smaller kernels are the
    middle. With `groups=1` a kernel reads both pictures; with 2, `kernel` says which one it reads.
    """

    _esm = module("convolution.js")
    caption = (
        "Convolution arithmetic on a stereo photograph (Scharstein et al., Middlebury 2014), with "
        "a first-layer filter that chapter 8 has trained."
    )
    heights = (790, 1440)
    photographs = t.Bytes(help="uint8 (2, 227, 227): grey, left and right picture").tag(sync=True)
    filter = t.List(t.Float(), help="11 x 11 weights, row by row").tag(sync=True)
    size = t.Int(224, min=TAP, max=SIDE).tag(sync=True)
    kernel_size = t.Int(11, min=1, max=TAP).tag(sync=True)
    stride = t.Int(4, min=1, max=8).tag(sync=True)
    padding = t.Int(0, min=0, max=5).tag(sync=True)
    rule = t.Enum(["floor", "ceil"], "floor").tag(sync=True)
    groups = t.Enum([1, 2], 1).tag(sync=True)
    kernel = t.Enum([0, 1], 0).tag(sync=True)
    row, column = (t.Int(54, min=0, max=SIDE - 1).tag(sync=True) for _ in range(2))

    def __init__(self, **settings):
        run = records.load("changed_training")["runs"][0]
        frame = run["arms"]["learning rate 0.1"]["frames"][-1]
        weights = records.unpack(frame["filters"])[FILTER] * (frame["largest weight"] / 127)
        rounded = [round(float(weight), 4) for weight in weights.flatten()]
        super().__init__(photographs=_stereo().numpy().tobytes(), filter=rounded, **settings)

    def feature_map(self) -> torch.Tensor:
        """The map (n, n) of the present settings, computed by PyTorch."""
        n = conv_out(self.size, self.kernel_size, self.stride, self.padding, self.rule)
        channels = [0, 1] if self.groups == 1 else [self.kernel]
        x = _stereo()[channels, : self.size, : self.size].double() / 255
        start = (TAP - self.kernel_size) // 2
        middle = slice(start, start + self.kernel_size)
        weight = torch.tensor(self.filter, dtype=torch.double).view(TAP, TAP)[middle, middle]
        beyond = max(0, (n - 1) * self.stride + self.kernel_size - self.size - 2 * self.padding)
        x = F.pad(x, (self.padding, self.padding + beyond) * 2)
        return F.conv2d(x[None], weight.expand(1, len(channels), -1, -1), stride=self.stride)[0, 0]

    def still(self) -> Still:
        image = _stereo()[:, : self.size, : self.size].float().mean(0).expand(3, -1, -1) / 255
        n = len(values := self.feature_map())
        panels = {f"input, {self.size}×{self.size}": image, f"map, {n}×{n}": values}
        alt = (
            f"Left: two pictures of a motorcycle laid over each other, {self.size} px wide. Right: "
            f"the map of {n}×{n} positions that the filter makes of them; edges are bright or dark."
        )
        return image_grid(panels, columns=2), alt, True


def _stereo() -> torch.Tensor:
    """Grey values 0..255 of the left and the right picture, uint8 (2, 227, 227)."""
    pair = [photograph(name, SIDE) for name in ("motorcycle", "motorcycle, right eye")]
    return levels(transforms.rgb_to_grayscale(torch.stack(pair))[:, 0])
