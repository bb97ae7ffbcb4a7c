"""The ImageNet challenge, 2010 to 2017: how large a step is depends on the pair."""

import traitlets as t
from matplotlib import pyplot as plt

from utils.data.ilsvrc import ENTRIES, Entry, entry, gap
from utils.figures import BLUE, GREY, ORANGE
from utils.widgets.base import Still, Widget, module, style

HUMAN = 5.1  # per cent: one annotator, Russakovsky 2015


class IlsvrcGap(Widget):
    """Two results of the challenge to choose, and what lies between them."""

    _esm, _css = module("ilsvrc_gap.js"), style("ilsvrc_gap.css")
    caption = "Top-5 errors in the ImageNet challenge, with the step between two of them."
    heights = (450, 750)
    entries = t.List(help="the fields of each entry, in the order of `Entry`").tag(sync=True)
    human = t.Float(HUMAN, help="per cent").tag(sync=True)
    first = t.Unicode("2012, second (ISI)").tag(sync=True)
    second = t.Unicode("2012, AlexNet, 7 networks").tag(sync=True)
    ratio = t.Bool(False, help="axis on which equal shares have equal lengths").tag(sync=True)

    def __init__(self, **settings):
        super().__init__(entries=[list(one[:-1]) for one in ENTRIES], **settings)

    @t.validate("first", "second")
    def _exists(self, proposal: dict) -> str:
        try:
            return entry(proposal["value"]).name
        except ValueError as error:
            raise t.TraitError(str(error)) from None

    def pair(self) -> tuple[Entry, Entry]:
        """The two entries."""
        return entry(self.first), entry(self.second)

    def words(self) -> str:
        """What lies between the two, in words."""
        first, second = self.pair()
        points, share = gap(first, second)
        if points == 0:
            return "The two have the same error."
        change, number = ("lower", "fewer") if points > 0 else ("higher", "more")
        step = f"{first.error:g} % → {second.error:g} %: {abs(points):.2f} points {change}"
        return f"{step}, that is {abs(100 * share):.0f} % {number} errors."

    def still(self) -> Still:
        fig, ax = plt.subplots(figsize=(5.6, 4.4))
        for one in ENTRIES:
            chosen = one in self.pair()
            colour = ORANGE if chosen else BLUE if one.role == "winner" else GREY
            fill = "full" if one.features == "learned" else "none"
            size = 9 if chosen else 7
            above = 4 if chosen else 3 if one.role == "winner" else 2  # at the same place
            style = {"markersize": size, "fillstyle": fill, "zorder": above}
            ax.plot(one.year, one.error, "o", color=colour, **style)
        ax.axhline(self.human, color=GREY, linestyle="--", linewidth=1)
        ax.text(2010, self.human + 0.4, "one trained person", fontsize=10, color=GREY)
        first, second = self.pair()
        ax.plot([first.year, second.year], [first.error, second.error], color=ORANGE)
        ax.set(xlabel="challenge of", ylabel="top-5 error (%)", ylim=(0, 33))
        if self.ratio:
            ax.set(yscale="log", ylim=(2, 40))
            ax.set_yticks((2, 5, 10, 20, 40), ["2", "5", "10", "20", "40"])
            ax.minorticks_off()
        alt = (
            "Top-5 errors in the ImageNet challenge by year: the winners fall from 28.2 % in 2010 "
            f"to 2.3 % in 2017. Between {self.first} and {self.second}: {self.words()}"
        )
        return fig, alt, False
