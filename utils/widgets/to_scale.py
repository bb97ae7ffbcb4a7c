"""Two networks, layer by layer, to one scale: where parameters, arithmetic and memory sit."""

import math

import traitlets as t
from matplotlib.figure import Figure
from torch import nn

from utils.figures.diagrams import compact, squares
from utils.lenet import RadialBasis, SparseConv2d
from utils.shapes import layer_table
from utils.widgets import Pair, module

QUANTITIES = ("values", "parameters", "MACs", "bytes")
WORDS = ("output values", "parameters", "MACs", "bytes of memory")


class NetworksToScale(Pair):
    """Two of several networks; the area of a square is what its layer has of one quantity.

    `networks` maps a name to its layers, as `layers` gives them. `first` and `second` are the two
    that are shown, `upper` and `lower` the number of the layer chosen in each.

    Raises TraitError for an unknown name.
    """

    _esm = module("to_scale.js")
    caption = "Two networks, layer by layer: all squares have one scale, and area is what counts."
    heights = (690, 770)

    layers = t.List(help="for each network: [name, kernels, output, *QUANTITIES]").tag(sync=True)
    upper = t.Int(1, min=0).tag(sync=True)
    lower = t.Int(1, min=0).tag(sync=True)
    quantity = t.Enum(QUANTITIES, "values").tag(sync=True)

    def __init__(self, networks: dict[str, list[list]], first: str, second: str, **settings):
        names, found = list(networks), list(networks.values())
        super().__init__(names=names, layers=found, first=first, second=second, **settings)

    def chosen(self) -> list[list]:
        """The chosen layer of each network; the last one if there are not so many."""
        pair = [(self.first, self.upper), (self.second, self.lower)]
        nets = [(self.layers[self.names.index(name)], i) for name, i in pair]
        return [layers[min(i, len(layers) - 1)] for layers, i in nets]

    def still(self) -> tuple[Figure, str, bool]:
        place = 3 + QUANTITIES.index(self.quantity)
        words, pair = WORDS[place - 3], (self.first, self.second)
        rows = {
            name: {layer[0]: layer[place] for layer in self.layers[self.names.index(name)]}
            for name in pair
        }
        listed = "; ".join(
            f"{name}: " + ", ".join(f"{layer} {compact(v)}" for layer, v in row.items())
            for name, row in rows.items()
        )
        alt = f"Squares to one scale, whose area is a layer's {words}. {listed}."
        if pair[0] == pair[1]:
            return squares(rows, (self.chosen()[0][0],)), alt, False
        return squares(rows, tuple(layer[0] for layer in self.chosen())), alt, False


def layers(net: nn.Module, shape: tuple[int, int, int]) -> list[list]:
    """The input, each layer with weights, and the output layer of `net`, one list each.

    [name, kernels in words, output in words, output values, parameters, MACs, bytes]; `shape` is
    that of an image, (channels, height, width). Bytes are those of the parameters and of one
    image's output, four for each number. MACs are those of `utils.shapes.layer_table`.
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
