"""What distinguishes two networks: their layers in short words, side by side.

Works for PyTorch models and for Keras models, without importing Keras.
"""

import math
from typing import Any, NamedTuple

import pandas as pd
from torch import nn

from utils.nets import SLIDING, conv_out, layer_table, totals, window

ACTIVATIONS = {"relu": "ReLU", "softmax": "softmax"}  # by their names in Keras


class LayerSummary(NamedTuple):
    """One layer in short words; `window` (kernel_size, stride, padding, rule) if one slides."""

    text: str
    kind: str  # "conv", "fc" or "" for a layer without weights of its own
    window: tuple[int, int, int, str] | None = None


def steps(model: Any) -> list[LayerSummary]:
    """The layers of a model in the order in which it holds them, without flattening."""
    if isinstance(model, nn.Module) and not hasattr(model, "get_config"):
        layers = [layer for layer in model.modules() if not list(layer.children())]
        return [step for layer in layers if (step := _torch_step(layer))]
    return [step for layer in model.layers for step in _keras_steps(layer)]


def stages(model: Any) -> dict[str, str]:
    """Each layer with weights by its name (conv1 … fc8), and what follows it ("after conv1" …)."""
    found, name, numbers = {}, "input", {"conv": 0, "fc": 5}
    for step in steps(model):
        if step.kind:
            numbers[step.kind] += 1
            name = f"{step.kind}{numbers[step.kind]}"
            found[name] = step.text
        else:
            key = f"after {name}"
            found[key] = f"{found[key]} → {step.text}" if key in found else step.text
    return found


def difference(model: Any, reference: Any) -> pd.DataFrame:
    """The stages in which two models differ: columns "reference" and "model", "–" for nothing."""
    table = pd.DataFrame({"reference": stages(reference), "model": stages(model)}).fillna("–")
    order = [*stages(reference), *stages(model)]
    table = table.loc[list(dict.fromkeys(order))]
    return table[table["reference"] != table["model"]]


def accepted_sizes(model: Any, size: int) -> tuple[int, int | None]:
    """Smallest and largest side in px of a square image that the model reads.

    `size` is the one it was built for: any other must give the first fully connected layer as
    many inputs. None stands for no upper limit (an adaptive pooling takes every size).
    """
    windows = [step.window for step in steps(model) if step.window]

    def side(n: int) -> int:
        for kernel_size, stride, padding, rule in windows:
            if n + 2 * padding < kernel_size:
                return 0
            n = conv_out(n, kernel_size, stride, padding, rule)
        return n

    if any(isinstance(m, nn.AdaptiveAvgPool2d) for m in getattr(model, "modules", list)()):
        return next(n for n in range(1, size + 1) if side(n)), None
    fits = [n for n in range(1, 2 * size) if side(n) == side(size)]
    return fits[0], fits[-1]


def cost(model: Any, shape: tuple[int, ...]) -> dict[str, int]:
    """Parameters and MACs for one image; `shape` is (channels, height, width)."""
    if hasattr(model, "count_params"):
        weighted = [layer for layer in model.layers if hasattr(layer, "kernel")]
        macs = sum(
            math.prod(layer.kernel.shape) * _positions(layer.output.shape) for layer in weighted
        )
        return {"parameters": model.count_params(), "MACs": macs}
    sums = totals(layer_table(model, shape))
    return {name: int(sums[name]) for name in ("parameters", "MACs")}


def _positions(shape: tuple[int, ...]) -> int:
    """How often a layer with this output (N, height, width, channels) uses each weight."""
    return shape[1] * shape[2] if len(shape) == 4 else 1


def _torch_step(layer: nn.Module) -> LayerSummary | None:
    kind = type(layer).__name__
    if isinstance(layer, SLIDING):
        k, s, p = window(layer)
        rule = "ceil" if getattr(layer, "ceil_mode", False) else "floor"
        if isinstance(layer, nn.Conv2d):
            seen = layer.in_channels // layer.groups
            text = _conv(layer.out_channels, k, seen, s, p, layer.groups)
            text += ", rounded up" if rule == "ceil" else ""
            return LayerSummary(text, "conv", (k, s, p, rule))
        return LayerSummary(f"{'max' if 'Max' in kind else 'average'} {k}/{s}", "", (k, s, p, rule))
    if isinstance(layer, nn.Linear):
        return LayerSummary(f"{layer.in_features:,} to {layer.out_features:,}", "fc")
    if isinstance(layer, nn.LocalResponseNorm):
        per_column = ", per column" if hasattr(layer, "columns") else ""
        return LayerSummary(f"LRN k={layer.k:g}{per_column}", "")
    if isinstance(layer, nn.Flatten):
        return None
    names = {"AdaptiveAvgPool2d": "average to 6×6", "MapResponseNorm": "norm within maps"}
    return LayerSummary(names.get(kind, kind), "")


def _keras_steps(layer: Any) -> list[LayerSummary]:
    kind, config = type(layer).__name__, layer.get_config()
    if kind in ("InputLayer", "Flatten"):
        return []
    activation = ACTIVATIONS.get(config.get("activation"))
    after = [LayerSummary(activation, "")] if activation else []
    if kind == "Activation":
        return after
    if kind == "Dense":
        inputs, outputs = layer.kernel.shape
        return [LayerSummary(f"{inputs:,} to {outputs:,}", "fc"), *after]
    if kind in ("Conv2D", "MaxPooling2D"):
        k, s = (config.get("kernel_size") or config["pool_size"])[0], config["strides"][0]
        p = (k - 1) // 2 if config["padding"] == "same" else 0  # true at stride 1
        if kind == "Conv2D":
            conv = _conv(config["filters"], k, layer.kernel.shape[2], s, p, config["groups"])
            return [LayerSummary(conv, "conv", (k, s, p, "floor")), *after]
        return [LayerSummary(f"max {k}/{s}", "", (k, s, p, "floor"))]
    names = {"BatchNormalization": "BatchNorm"}
    return [LayerSummary(names.get(kind, kind), "")]


def _conv(filters: int, k: int, seen: int, stride: int, padding: int, groups: int) -> str:
    """A convolution in the paper's way: how many kernels of which size."""
    text = f"{filters} of {k}×{k}×{seen}"
    text += f", stride {stride}" if stride > 1 else ""
    text += f", padding {padding}" if padding else ""
    return text + (f", {groups} groups" if groups > 1 else "")
