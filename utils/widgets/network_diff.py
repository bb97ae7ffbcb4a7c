"""Any two of several networks side by side, and where they differ."""

import traitlets as t
from matplotlib import pyplot as plt

from utils.figures import GREY
from utils.widgets.base import Pair, Still, module, style


class NetworkDiff(Pair):
    """Two networks layer by layer, with the rows marked in which they differ.

    `networks` maps a name to {"stages": …, "facts": …}: its layers as `utils.analysis.stages` gives
    them, and what else there is to know, a text or a whole number for each label. `first` and
    `second` are the names of the two that are shown.

    Raises ValueError for a network without the two parts.
    """

    _esm, _css = module("network_diff.js"), style("network_diff.css")
    caption = "Networks called AlexNet, as their models are built: “≠” marks where two differ."
    heights = (785, 1310)
    # Lists, because a stored notebook sorts what is in a dictionary.
    facts = t.List(t.Unicode(), help="labels of the first rows").tag(sync=True)
    stages = t.List(t.Unicode(), help="labels of the rows below").tag(sync=True)
    values = t.List(help="for each network, a text, number or None for each row").tag(sync=True)
    only_differences = t.Bool(False).tag(sync=True)

    def __init__(self, networks: dict[str, dict], first="paper", second="torchvision", **settings):
        for name, network in networks.items():
            if network.keys() != {"stages", "facts"}:
                raise ValueError(f'Network {name!r} must have "stages" and "facts", nothing else.')
        facts = list(dict.fromkeys(label for n in networks.values() for label in n["facts"]))
        stages = sorted({label for n in networks.values() for label in n["stages"]}, key=_place)
        values = [
            [*map(n["facts"].get, facts), *map(n["stages"].get, stages)] for n in networks.values()
        ]
        settings |= {"names": list(networks), "first": first, "second": second}
        super().__init__(facts=facts, stages=stages, values=values, **settings)

    def rows(self) -> list[tuple[str, str, str]]:
        """Label and both texts of every row, facts first; "–" for nothing."""
        columns = self.both(self.values)
        texts = ([f"{v:,}" if isinstance(v, int) else v or "–" for v in c] for c in columns)
        rows = zip([*self.facts, *self.stages], *texts, strict=True)
        return [(label, *both) for label, *both in rows if both != ["–", "–"]]

    def still(self) -> Still:
        rows = self.rows()
        fig, ax = plt.subplots(figsize=(6.6, 0.3 + 0.21 * len(rows)))
        ax.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -1.5))
        ax.axis("off")
        for y, (label, a, b) in enumerate([("", self.first, self.second), *rows], start=-1):
            sign = "≠" if y >= 0 and a != b else ""
            for x, text in zip((0, 0.03, 0.23, 0.58), (sign, label, a, b), strict=True):
                ax.text(x, y, text, size=8, va="center", weight="normal" if y >= 0 else "bold")
        ax.axhline(-0.5, color=GREY, linewidth=0.8)
        listed = "; ".join(f"{label}: {a} / {b}" for label, a, b in rows if a != b)
        alt = f"{self.first} and {self.second} side by side. What differs: {listed or 'nothing'}."
        return fig, alt, True  # so much text is twice as large in a PNG


def _place(stage: str) -> tuple[bool, str, bool]:
    """Sorts input, conv1, after conv1 … fc8, after fc8."""
    return "input" not in stage, stage.removeprefix("after "), stage.startswith("after ")
