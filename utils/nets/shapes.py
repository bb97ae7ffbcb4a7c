"""What a network's layers look like from outside: sizes, receptive fields, parameters, MACs.

Everything here is arithmetic; `layer_table` runs a model once on zeros. Build a large model under
`torch.device("meta")`, where no memory is allocated and nothing is computed.
"""

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple, Self

import torch
from torch import nn

if TYPE_CHECKING:
    import pandas as pd

SLIDING = (nn.Conv2d, nn.MaxPool2d, nn.AvgPool2d)  # layers that move a window over the image
POINTWISE = (  # layers whose every output position sees its own input position
    nn.ReLU, nn.Sigmoid, nn.Tanh, nn.Identity, nn.Dropout, nn.LocalResponseNorm, nn.BatchNorm2d,
)  # fmt: skip


def conv_out(
    size: int, kernel_size: int, stride: int = 1, padding: int = 0, rule: str = "floor"
) -> int:
    """Side of the output of a convolution or pooling along one dimension, in pixels.

    A last step that does not fit is left out with the `rule` "floor" (PyTorch, cuDNN, Caffe's
    convolutions) and taken with "ceil" (the 2012 program's `layer.py`: outside the image its
    convolutions read zeros, its poolings nothing).
    Raises ValueError if the rule is unknown or the window is larger than the padded image.
    """
    if rule not in ("floor", "ceil"):
        raise ValueError(f'The rule "{rule}" is unknown: use "floor" or "ceil".')
    room = size + 2 * padding - kernel_size
    if room < 0:
        raise ValueError(
            f"A window of {kernel_size} px does not fit into {size} px with padding {padding}: "
            "use a larger image or a smaller kernel_size."
        )
    steps = math.ceil(room / stride) if rule == "ceil" else room // stride
    return steps + 1


class Field(NamedTuple):
    """What one unit of a feature map sees of the image, along one dimension, in pixels.

    Unit number i sees the pixels from `start + i * jump` to `start + i * jump + size`.
    `jump` is the product of all strides so far; a negative start means padding.
    """

    size: int = 1
    jump: int = 1
    start: int = 0

    def through(self, kernel_size: int, stride: int = 1, padding: int = 0) -> Self:
        """The field of a unit one layer further on."""
        size, start = self.size + (kernel_size - 1) * self.jump, self.start - padding * self.jump
        return Field(size, self.jump * stride, start)

    def of_unit(self, i: int) -> tuple[int, int]:
        """First pixel, and the pixel after the last, that unit number `i` sees."""
        return self.start + i * self.jump, self.start + i * self.jump + self.size


class Window(NamedTuple):
    """How a convolution or pooling layer moves over an image: what `conv_out` takes, in pixels."""

    kernel_size: int  # dilation included
    stride: int
    padding: int
    rule: str = "floor"


def window(layer: nn.Module) -> Window:
    """The window of a convolution or pooling layer; ValueError for one that is not square."""

    def side(name: str) -> int:
        value = getattr(layer, name, 1)  # a pooling by averages has no dilation
        sides = value if isinstance(value, tuple) else (value, value)
        if sides[0] != sides[1]:
            raise ValueError(f"{layer} has no square {name}: this book's arithmetic needs one.")
        return sides[0]

    dilation, kernel_size = side("dilation"), side("kernel_size")
    rule = "ceil" if getattr(layer, "ceil_mode", False) else "floor"
    return Window(dilation * (kernel_size - 1) + 1, side("stride"), side("padding"), rule)


def windows(layers: Iterable[nn.Module]) -> list[Window]:
    """The windows of those layers that move one, in their order."""
    return [window(layer) for layer in layers if isinstance(layer, SLIDING)]


def receptive_field(layers: nn.Sequential) -> Field:
    """The field of a unit at the end of a chain of convolution, pooling and pointwise layers."""
    field = Field()
    for one in windows(layers):
        field = field.through(*one[:3])
    return field


def map_size(path: Iterable[Window], size: int) -> int:
    """Side of the map behind these windows, for a square image of `size` px; 0: it is too small."""
    for kernel_size, stride, padding, rule in path:
        if size + 2 * padding < kernel_size:
            return 0
        size = conv_out(size, kernel_size, stride, padding, rule)
    return size


def layer_table(model: nn.Module, input_shape: tuple[int, ...]) -> "pd.DataFrame":
    """One row for each layer that `model` runs on one input of `input_shape` (without the batch).

    Columns: layer (its name in the model), kind (its class), output (shape without the batch),
    parameters (counted once for a layer that runs twice), MACs (multiply-accumulates of the
    products with weights, for one image; biases, activations, pooling and normalisation are not
    counted), receptive field and jump (pixels; missing where a unit does not look through a window,
    as after flattening), activations (kB = 1000 bytes of its output for one image).

    A layer is a module without submodules; weights that a model holds elsewhere are not listed.
    Works for any model whose layers take and return one tensor, on any device, "meta" included;
    the model is left as it was.
    """
    import pandas as pd  # here: whoever trains a network needs no tables, and 30 MB less

    rows: list[dict] = []
    seen: set[nn.Module] = set()
    names = {module: name for name, module in model.named_modules()}

    def record(layer: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        # The field travels with the tensor from layer to layer; where a model computes between
        # its layers, the new tensor has none, and the table says nothing rather than a guess.
        field = _field_after(layer, getattr(inputs[0], "field", None), inputs[0])
        output.field = field
        new = [] if layer in seen else list(layer.parameters())
        seen.add(layer)
        rows.append({
            "layer": names[layer],
            "kind": type(layer).__name__,
            "output": tuple(output.shape[1:]),
            "parameters": sum(p.numel() for p in new),
            "MACs": _macs(layer, output),
            "receptive field": field.size if field else pd.NA,
            "jump": field.jump if field else pd.NA,
            "activations (kB)": output[0].numel() * output.element_size() / 1000,
        })  # fmt: skip

    modes = {module: module.training for module in names}
    hooks = [m.register_forward_hook(record) for m in names if not list(m.children())]
    image = next(model.parameters(), torch.empty(0)).new_zeros(1, *input_shape)
    image.field = Field()
    try:
        with torch.no_grad():
            model.eval()(image)
    finally:
        for module, training in modes.items():
            module.training = training
        for hook in hooks:
            hook.remove()
    return pd.DataFrame(rows).astype({"receptive field": "Int64", "jump": "Int64"})


def totals(table: "pd.DataFrame") -> dict[str, float]:
    """Sums over a layer table: parameters, MACs and activations (kB) for one image."""
    return {name: table[name].sum() for name in ("parameters", "MACs", "activations (kB)")}


def _field_after(layer: nn.Module, field: Field | None, x: torch.Tensor) -> Field | None:
    """The field behind `layer`, or None where there is none to speak of."""
    if field is None or isinstance(layer, POINTWISE):
        return field
    if isinstance(layer, nn.AdaptiveAvgPool2d):
        unchanged = layer.output_size in (tuple(x.shape[-2:]), x.shape[-1])
        return field if unchanged else None
    return field.through(*window(layer)[:3]) if isinstance(layer, SLIDING) else None


def _macs(layer: nn.Module, output: torch.Tensor) -> int:
    """Every weight of a convolution or linear layer is used once for each output position."""
    if isinstance(layer, nn.Linear):
        return layer.weight.numel() * (output[0].numel() // layer.out_features)
    if isinstance(layer, (nn.Conv1d, nn.Conv2d, nn.Conv3d)):
        return layer.weight.numel() * output[0, 0].numel()
    return 0
