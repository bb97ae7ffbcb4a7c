"""What distinguishes two networks: their layers in short words, side by side.

Works for PyTorch models and for Keras models, without importing Keras.
"""

import math
from typing import Any, NamedTuple

import pandas as pd
from torch import nn

from utils.nets import SLIDING, ColumnResponseNorm, Window, layer_table, map_size, totals, window

ACTIVATIONS = {"relu": "ReLU", "softmax": "softmax"}  # by their names in Keras
WORDS = {  # for layers whose class has another name
    "AdaptiveAvgPool2d": "average to 6×6",
    "MapResponseNorm": "norm within maps",
    "BatchNormalization": "BatchNorm",
}


class LayerSummary(NamedTuple):
    """One layer in short words."""

    text: str
    kind: str = ""  # "conv", "fc" or "" for a layer without weights of its own
    window: Window | None = None  # if one slides


def summaries(model: Any) -> list[LayerSummary]:
    """The layers of a model in the order in which it holds them, without flattening."""
    if hasattr(model, "get_config"):
        return [one for layer in model.layers for one in _keras_summaries(layer)]
    layers = [layer for layer in model.modules() if not list(layer.children())]
    return [_torch_summary(layer) for layer in layers if not isinstance(layer, nn.Flatten)]


def stages(model: Any) -> dict[str, str]:
    """Each layer with weights by its name (conv1 … fc8), and what follows it ("after conv1" …)."""
    result, name, numbers = {}, "input", {"conv": 0, "fc": 5}
    for step in summaries(model):
        if step.kind:
            numbers[step.kind] += 1
            name = f"{step.kind}{numbers[step.kind]}"
            result[name] = step.text
        else:
            key = f"after {name}"
            result[key] = f"{result[key]} → {step.text}" if key in result else step.text
    return result


def difference(model: Any, reference: Any) -> pd.DataFrame:
    """The stages in which two models differ: columns "reference" and "model", "–" for nothing."""
    expected, actual = stages(reference), stages(model)
    columns = {"reference": expected, "model": actual}
    table = pd.DataFrame(columns, index=list(expected | actual)).fillna("–")
    return table[table["reference"] != table["model"]]


def accepted_sizes(model: Any, size: int) -> tuple[int, int | None]:
    """Smallest and largest side in px of a square image that the model reads.

    `size` is the one it was built for: any other must give the first fully connected layer as
    many inputs. None stands for no upper limit (an adaptive pooling takes every size).
    """
    path = [step.window for step in summaries(model) if step.window]
    if any(isinstance(layer, nn.AdaptiveAvgPool2d) for layer in model.modules()):
        return next(n for n in range(1, size + 1) if map_size(path, n)), None
    fits = [n for n in range(1, 2 * size) if map_size(path, n) == map_size(path, size)]
    return fits[0], fits[-1]


def cost(model: Any, shape: tuple[int, ...]) -> dict[str, int]:
    """Parameters and MACs for one image; `shape` is (channels, height, width)."""
    if hasattr(model, "count_params"):
        weighted = [layer for layer in model.layers if hasattr(layer, "kernel")]
        # A layer uses each weight once for each position of its output (N, …, channels).
        uses = [(*layer.kernel.shape, *layer.output.shape[1:-1]) for layer in weighted]
        return {"parameters": model.count_params(), "MACs": sum(map(math.prod, uses))}
    sums = totals(layer_table(model, shape))
    return {name: int(sums[name]) for name in ("parameters", "MACs")}


def _torch_summary(layer: nn.Module) -> LayerSummary:
    if isinstance(layer, nn.Conv2d):
        seen = layer.in_channels // layer.groups
        return _conv(layer.out_channels, seen, window(layer), layer.groups)
    if isinstance(layer, SLIDING):
        return _pool("max" if isinstance(layer, nn.MaxPool2d) else "average", window(layer))
    if isinstance(layer, nn.Linear):
        return LayerSummary(f"{layer.in_features:,} to {layer.out_features:,}", "fc")
    if isinstance(layer, nn.LocalResponseNorm):
        per_column = ", per column" if isinstance(layer, ColumnResponseNorm) else ""
        return LayerSummary(f"LRN k={layer.k:g}{per_column}")
    kind = type(layer).__name__
    return LayerSummary(WORDS.get(kind, kind))


def _keras_summaries(layer: Any) -> list[LayerSummary]:
    kind, config = type(layer).__name__, layer.get_config()
    activation = ACTIVATIONS.get(config.get("activation"))
    after = [LayerSummary(activation)] if activation else []
    if kind in ("InputLayer", "Flatten", "Activation"):
        return after
    if kind == "Dense":
        return [LayerSummary("{:,} to {:,}".format(*layer.kernel.shape), "fc"), *after]
    if kind not in ("Conv2D", "MaxPooling2D"):
        return [LayerSummary(WORDS.get(kind, kind))]
    size = (config.get("kernel_size") or config["pool_size"])[0]
    padding = (size - 1) // 2 if config["padding"] == "same" else 0  # true at stride 1
    moving = Window(size, config["strides"][0], padding)
    if kind == "MaxPooling2D":
        return [_pool("max", moving)]
    return [_conv(config["filters"], layer.kernel.shape[2], moving, config["groups"]), *after]


def _conv(filters: int, seen: int, window: Window, groups: int) -> LayerSummary:
    """A convolution in the paper's way: how many kernels of which size."""
    size, stride, padding, rule = window
    text = f"{filters} of {size}×{size}×{seen}"
    text += f", stride {stride}" if stride > 1 else ""
    text += f", padding {padding}" if padding else ""
    text += f", {groups} groups" if groups > 1 else ""
    return LayerSummary(text + (", rounded up" if rule == "ceil" else ""), "conv", window)


def _pool(what: str, window: Window) -> LayerSummary:
    return LayerSummary(f"{what} {window.kernel_size}/{window.stride}", "", window)
