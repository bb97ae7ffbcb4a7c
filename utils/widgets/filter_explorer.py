"""The 96 learned filters, one at a time: its weights, its indices, and its response to a photo."""

import numpy as np
import torch
import torch.nn.functional as F
import traitlets as t

from utils import records
from utils.analysis import colour_index, concentration, orientation
from utils.data import photograph
from utils.figures import image_grid
from utils.widgets.base import Still, Widget, levels, module

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
        filters = np.stack(pair)[:, order.numpy()]
        pixels = levels(photograph(name, PHOTO)).permute(1, 2, 0)
        super().__init__(
            filters=filters.tobytes(),
            photo=pixels.numpy().tobytes(),
            means=[round(value, 3) for value in pixels.float().mean((0, 1)).tolist()],
            numbers=[measures(one) for one in torch.from_numpy(filters).float()],
            **settings,
        )

    def response(self) -> np.ndarray:
        """The sums of the filter over the photograph minus its mean colour: (31, 31)."""
        weights, pixels = self._chosen()
        x = pixels - torch.tensor(self.means)[:, None, None]
        return F.conv2d(x[None], weights[None], stride=STRIDE)[0, 0].numpy()

    def _chosen(self) -> tuple[torch.Tensor, torch.Tensor]:
        """The weights (3, 11, 11) of the filter, and the photograph (3, 131, 131) in 0..255."""
        filters = np.frombuffer(self.filters, np.int8).reshape(2, COUNT, 3, SIDE, SIDE)
        weights = filters[WHEN.index(self.when), self.filter - 1].astype(np.float32)
        pixels = np.frombuffer(self.photo, np.uint8).reshape(PHOTO, PHOTO, 3).astype(np.float32)
        return torch.from_numpy(weights), torch.from_numpy(pixels).permute(2, 0, 1)

    def still(self) -> Still:
        weights, pixels = self._chosen()
        panels = {f"filter {self.filter}": weights / weights.abs().max() / 2 + 0.5}
        panels |= {"photograph": pixels / 255, "response": torch.from_numpy(self.response())}
        colour, energy, _, clear = self.numbers[WHEN.index(self.when)][self.filter - 1]
        alt = (
            f"Filter {self.filter} of 96 {self.when} training, a photograph, and the filter's "
            f"response to it. Colour index {colour:.2f}, concentration {energy:.2f}, clearness of "
            f"its direction {clear:.2f}."
        )
        return image_grid(panels, 3), alt, True


def measures(filters: torch.Tensor) -> list[list[float]]:
    """Colour index, concentration, direction in degrees and its clearness, of each filter."""
    columns = colour_index(filters), concentration(filters), *orientation(filters)
    rows = torch.stack(columns, 1).tolist()
    return [[round(v, digits) for v, digits in zip(row, (3, 3, 0, 3), strict=True)] for row in rows]
