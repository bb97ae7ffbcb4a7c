"""Two networks, layer by layer, to one scale: where parameters, arithmetic and memory sit."""

import traitlets as t
from matplotlib.figure import Figure

from utils.figures import compact, squares
from utils.widgets.base import Pair, module

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
