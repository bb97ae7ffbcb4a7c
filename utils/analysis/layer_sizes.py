"""A network's layers as chapter 2 compares them: values, parameters, MACs, bytes."""

import math

from torch import nn

from utils.nets import RadialBasis, SparseConv2d, layer_table


def layer_sizes(net: nn.Module, shape: tuple[int, int, int]) -> list[list]:
    """The input, each layer with weights, and the output layer of `net`, one list each.

    [name, kernels in words, output in words, output values, parameters, MACs, bytes]; `shape` is
    that of an image, (channels, height, width). Bytes are those of the parameters and of one
    image's output, four for each number. MACs are those of `utils.nets.shapes.layer_table`.
    """
    modules = dict(net.named_modules())
    found = [["input", "–", _by(shape), math.prod(shape), 0, 0, 4 * math.prod(shape)]]
    numbers = {"conv": 0, "fc": 5 if _convolutions(net) == 5 else _convolutions(net)}
    for row in layer_table(net, shape).to_dict("records"):
        layer, own = modules[row["layer"]], row["layer"].split(".")[-1]
        if not row["parameters"] and not isinstance(layer, RadialBasis):
            continue
        kind = {nn.Linear: "fc"}.get(type(layer), "conv")
        numbers[kind] += 1
        name = f"{kind}{numbers[kind]}" if own.isdigit() else own.upper() if len(own) == 2 else own
        values, parameters = math.prod(row["output"]), int(row["parameters"])
        bytes_ = 4 * (values + parameters)
        kernels = _kernels(layer)
        found.append(
            [name, kernels, _by(row["output"]), values, parameters, int(row["MACs"]), bytes_]
        )
    return found


def _convolutions(net: nn.Module) -> int:
    return sum(isinstance(layer, nn.Conv2d) for layer in net.modules())


def _by(shape: tuple[int, ...]) -> str:
    return "×".join(f"{n:,}" for n in shape)


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
