"""A network's layers as chapter 2 compares them: values, parameters, MACs, bytes."""

import math
from typing import NamedTuple

from torch import nn

from utils.nets import RadialBasis, SparseConv2d, layer_table


class LayerSize(NamedTuple):
    """What a layer has. Bytes: its parameters and its output for one image, four for each number.

    MACs are those of `utils.nets.layer_table`.
    """

    name: str
    kernels: str  # in words
    output: str  # its shape, in words
    values: int  # of the output
    parameters: int
    MACs: int
    bytes: int


def layer_sizes(net: nn.Module, shape: tuple[int, int, int]) -> list[LayerSize]:
    """The input, each layer with weights, and the output layer of `net`.

    `shape` is that of an image: (channels, height, width).
    """
    modules = dict(net.named_modules())
    sizes = [_size("input", "–", shape, 0, 0)]
    convolutions = sum(isinstance(layer, nn.Conv2d) for layer in modules.values())
    numbers = {"conv": 0, "fc": convolutions}
    for row in layer_table(net, shape).to_dict("records"):
        layer, own = modules[row["layer"]], row["layer"].split(".")[-1]
        if not row["parameters"] and not isinstance(layer, RadialBasis):
            continue
        kind = "fc" if type(layer) is nn.Linear else "conv"
        numbers[kind] += 1
        name = f"{kind}{numbers[kind]}" if own.isdigit() else own.upper() if len(own) == 2 else own
        amounts = int(row["parameters"]), int(row["MACs"])
        sizes.append(_size(name, _kernels(layer), row["output"], *amounts))
    return sizes


def _size(name: str, kernels: str, output: tuple, parameters: int, macs: int) -> LayerSize:
    values, words = math.prod(output), "×".join(f"{n:,}" for n in output)
    return LayerSize(name, kernels, words, values, parameters, macs, 4 * (values + parameters))


def _kernels(layer: nn.Module) -> str:
    """A layer's weights in the paper's words."""
    if isinstance(layer, SparseConv2d):
        return f"{len(layer.weight)} of 5×5×1"
    if isinstance(layer, nn.Conv2d):
        out, seen, height, width = layer.weight.shape
        return f"{out} of {height}×{width}×{seen}"
    if isinstance(layer, nn.Linear):
        return f"{layer.in_features:,} to {layer.out_features:,}"
    if isinstance(layer, RadialBasis):
        return f"{layer.codes.shape[0]} fixed codes of {layer.codes.shape[1]}"
    return "2 numbers a map"
