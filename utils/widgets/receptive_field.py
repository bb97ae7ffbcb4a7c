"""The receptive field of AlexNet's units, layer by layer, on a photograph."""

import io

import traitlets as t
from PIL import Image

from utils.data import photograph
from utils.figures import boxes_on_image
from utils.nets import SLIDING, AlexNet, Field, conv_out, window
from utils.widgets.base import Still, Widget, levels, module

SIDE = 224


class ReceptiveField(Widget):
    """What one unit of each layer sees of a photograph, with two strides and windows to change.

    `layer` counts from 0, the image itself; the layers and their windows are those of
    `utils.nets.AlexNet`, whose sizes follow the ceil rule.
    """

    _esm = module("receptive_field.js")
    caption = (
        "The receptive field of one unit of AlexNet, drawn on a cat (scikit-image, Stefan van der "
        "Walt, CC0)."
    )
    heights = (670, 1070)
    photograph = t.Bytes(help="JPEG, 224 x 224").tag(sync=True)
    layers = t.List(help="name, kernel_size, stride, padding of each layer").tag(sync=True)
    size = t.Int(SIDE).tag(sync=True)
    margin = t.Int(76, help="px that are shown around the photograph").tag(sync=True)
    layer = t.Int(3, min=0, max=8).tag(sync=True)
    row, column = (t.Int(12, min=0).tag(sync=True) for _ in range(2))
    stride = t.Enum([4, 2, 1], 4, help="of conv1").tag(sync=True)
    pool = t.Enum([3, 2], 3, help="window of every pooling, in steps of 2").tag(sync=True)

    def __init__(self, **settings):
        pixels = levels(photograph("cat", SIDE)).permute(1, 2, 0).numpy()
        packed = io.BytesIO()
        Image.fromarray(pixels).save(packed, "JPEG", quality=85)
        layers = AlexNet(width=0.02).features.named_children()  # the widths do not matter here
        sliding = [(name, window(layer)) for name, layer in layers if isinstance(layer, SLIDING)]
        windows = [[name, *sizes] for name, (*sizes, _) in sliding]
        super().__init__(photograph=packed.getvalue(), layers=windows, **settings)

    def fields(self) -> dict[str, tuple[int, Field]]:
        """For the image and each layer: side of its map, and the field of a unit."""
        side, field = self.size, Field()
        fields = {"image": (side, field)}
        for name, kernel_size, stride, padding in self.layers:
            kernel_size = self.pool if name.startswith("pool") else kernel_size
            stride = self.stride if name == "conv1" else stride
            side = conv_out(side, kernel_size, stride, padding, "ceil")
            field = field.through(kernel_size, stride, padding)
            fields[name] = side, field
        return fields

    def still(self) -> Still:
        name, (side, field) = list(self.fields().items())[self.layer]
        left, right = field.of_unit(min(self.column, side - 1))
        top, bottom = field.of_unit(min(self.row, side - 1))
        boxes = {f"{name}: {field.size} px": (left, top, right, bottom)}
        alt = f"A cat; a square of {field.size} px shows what one unit of {name} sees of it."
        return boxes_on_image(photograph("cat", SIDE), boxes), alt, True
