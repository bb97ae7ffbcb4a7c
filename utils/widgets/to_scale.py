"""Two networks, layer by layer, to one scale: where parameters, arithmetic and memory sit."""

import traitlets as t

from utils.analysis import LayerSize
from utils.figures import compact, squares
from utils.widgets.base import Pair, Still, module

# Each quantity of a layer, and what it is called.
QUANTITIES = {"values": "output values", "parameters": "parameters", "MACs": "MACs",
              "bytes": "bytes of memory"}  # fmt: skip


class NetworksToScale(Pair):
    """Two of several networks; the area of a square is what its layer has of one quantity.

    `networks` maps a name to its `utils.analysis.layer_sizes`. `first` and `second` are the two
    that are shown, `upper` and `lower` the number of the layer chosen in each.
    """

    _esm = module("to_scale.js")
    caption = "Two networks, layer by layer: all squares have one scale, and area is what counts."
    heights = (745, 825)
    layers = t.List(help="for each network: name, kernels, output, *QUANTITIES").tag(sync=True)
    upper, lower = (t.Int(1, min=0).tag(sync=True) for _ in range(2))
    quantity = t.Enum(tuple(QUANTITIES), "values").tag(sync=True)

    def __init__(self, networks: dict[str, list[LayerSize]], first: str, second: str, **settings):
        settings |= {"names": list(networks), "first": first, "second": second}
        super().__init__(layers=list(networks.values()), **settings)

    def chosen(self) -> list[LayerSize]:
        """The chosen layer of each network; the last one if there are not so many."""
        pair = zip(self.both(self.layers), (self.upper, self.lower), strict=True)
        return [layers[min(i, len(layers) - 1)] for layers, i in pair]

    def still(self) -> Still:
        rows = {
            name: {layer.name: getattr(layer, self.quantity) for layer in layers}
            for name, layers in zip((self.first, self.second), self.both(self.layers), strict=True)
        }
        listed = "; ".join(
            f"{name}: " + ", ".join(f"{layer} {compact(v)}" for layer, v in row.items())
            for name, row in rows.items()
        )
        words = QUANTITIES[self.quantity]
        alt = f"Squares to one scale, whose area is a layer's {words}. {listed}."
        return squares(rows, tuple(layer.name for layer in self.chosen())), alt, False
