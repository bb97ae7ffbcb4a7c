"""The 96 learned filters, one at a time: its weights, its indices, and its response to a photo."""

import numpy as np
import torch
import torch.nn.functional as F
import traitlets as t
from matplotlib.figure import Figure

from utils import records
from utils.analysis import colour_index, concentration, orientation
from utils.data import photograph
from utils.figures import image_grid
from utils.widgets.base import Widget, module

COUNT, SIDE, STRIDE, PHOTO = 96, 11, 4, 131  # 131 px: 31 × 31 positions
WHEN = ["before", "after"]


class FilterExplorer(Widget):
    """One of 96 filters, before or after training, beside the others and on a photograph.

    `frames` are the first and the last of a record (`filters_from_photographs`). The filters stand
    in the order of their concentration after training, highest first; `filter` counts from 1.
    """

    _esm = module("filter_explorer.js")
    caption = "96 filters of 11×11 px, and what one of them finds in a photograph, at stride 4."
    heights = (820, 1500)

    filters = t.Bytes(help="int8 (2, 96, 3, 11, 11)").tag(sync=True)
    photo = t.Bytes(help="uint8 (131, 131, 3)").tag(sync=True)
    means = t.List(t.Float(), help="of the photo's red, green and blue").tag(sync=True)
    numbers = t.List(help="(2, 96, 4), as `measures` has them").tag(sync=True)
    filter = t.Int(1, min=1, max=COUNT).tag(sync=True)
    when = t.Enum(WHEN, "after").tag(sync=True)

    def __init__(self, frames: list[dict], name: str = "cat", **settings):
        pair = [records.unpack(frame["filters"]).copy() for frame in (frames[0], frames[-1])]
        if {array.shape for array in pair} != {(COUNT, 3, SIDE, SIDE)}:
            raise ValueError(f"The explorer shows {COUNT} filters of 3×{SIDE}×{SIDE} weights.")
        order = concentration(torch.from_numpy(pair[1]).float()).argsort(descending=True)
        pair = [array[order.numpy()] for array in pair]
        pixels = (photograph(name, PHOTO) * 255).round().to(torch.uint8).permute(1, 2, 0)
        super().__init__(
            filters=np.stack(pair).tobytes(),
            photo=pixels.numpy().tobytes(),
            means=[round(value, 3) for value in pixels.float().mean((0, 1)).tolist()],
            numbers=[measures(torch.from_numpy(array).float()) for array in pair],
            **settings,
        )

    def response(self) -> np.ndarray:
        """The sums of the filter over the photograph minus its mean colour: (31, 31)."""
        filters = np.frombuffer(self.filters, np.int8).reshape(2, COUNT, 3, SIDE, SIDE)
        chosen = filters[WHEN.index(self.when), self.filter - 1].astype(np.float32)
        pixels = np.frombuffer(self.photo, np.uint8).reshape(PHOTO, PHOTO, 3)
        x = torch.from_numpy(pixels - np.array(self.means, np.float32)).permute(2, 0, 1)
        return F.conv2d(x[None], torch.from_numpy(chosen)[None], stride=STRIDE)[0, 0].numpy()

    def still(self) -> tuple[Figure, str, bool]:
        filters = np.frombuffer(self.filters, np.int8).reshape(2, COUNT, 3, SIDE, SIDE)
        chosen = filters[WHEN.index(self.when), self.filter - 1].astype(np.float32)
        weights = torch.from_numpy(chosen / np.abs(chosen).max() / 2 + 0.5)
        pixels = np.frombuffer(self.photo, np.uint8).reshape(PHOTO, PHOTO, 3)
        photo = torch.from_numpy(pixels / np.float32(255)).permute(2, 0, 1)
        panels = {
            f"filter {self.filter}": weights,
            "photograph": photo,
            "response": torch.from_numpy(self.response()),
        }
        colour, energy, _, clear = self.numbers[WHEN.index(self.when)][self.filter - 1]
        alt = (
            f"Filter {self.filter} of 96 {self.when} training, a photograph, and the filter's "
            f"response to it. Colour index {colour:.2f}, concentration {energy:.2f}, clearness of "
            f"its direction {clear:.2f}."
        )
        return image_grid(panels, 3), alt, True


def measures(filters: torch.Tensor) -> list[list[float]]:
    """Colour index, concentration, direction in degrees and its clearness, of each filter."""
    direction, clear = orientation(filters)
    columns = colour_index(filters), concentration(filters), direction, clear
    digits = (3, 3, 0, 3)
    return [
        [round(value, d) for value, d in zip(row, digits, strict=True)]
        for row in torch.stack(columns, 1).tolist()
    ]
