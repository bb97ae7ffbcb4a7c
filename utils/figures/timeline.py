"""A timeline: who did what in which year, with a sign for people, machines and pictures."""

from collections.abc import Sequence
from textwrap import wrap

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Ellipse, FancyBboxPatch, Rectangle

from utils.figures.style import BLUE, COLOURS, ORANGE

HUES = {"idea": BLUE, "machine": ORANGE, "pictures": COLOURS["green"]}
LINE, GAP, LETTERS = 0.2, 0.16, 42  # inches of a line and between rows, letters in a line


def timeline(events: Sequence[tuple[int, str, str, str]]) -> Figure:
    """One row an event (year, who, what, kind), the first at the top.

    `kind` is "idea", "machine" or "pictures": a person, a chip or a stack of pictures stands on the
    line. Rows do not keep the scale of time: where more than five years pass the line is dotted.
    """
    texts = [wrap(what, LETTERS) for _, _, what, _ in events]
    heights = [(1 + len(text)) * LINE + GAP for text in texts]
    fig = plt.figure(figsize=(5, sum(heights) + 0.2), layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    y, before = 0.0, None
    for (year, who, _, kind), text, height in zip(events, texts, heights, strict=True):
        middle = y + LINE
        if before:
            dash = ":" if year - before[0] > 5 else "-"
            ax.plot([0.9, 0.9], [before[1], middle], dash, color=COLOURS["line"], linewidth=2)
        if not before or year != before[0]:
            ax.text(0.6, middle, year, ha="right", va="center", weight="bold", color="black")
        _sign(ax, kind, 0.9, middle)
        ax.text(1.25, middle, who, va="center", weight="bold", color=HUES[kind])
        for row, words in enumerate(text, 1):
            ax.text(1.25, middle + row * LINE, words, va="center")
        y, before = y + height, (year, middle)
    ax.set(xlim=(0, 5), ylim=(y + 0.1, -0.1), aspect="equal")
    ax.set_axis_off()
    return fig


def _sign(ax: Axes, kind: str, x: float, y: float) -> None:
    """A person, a chip or a stack of pictures around (x, y), a third of an inch high."""
    style = {"facecolor": HUES[kind], "edgecolor": "white", "linewidth": 1, "zorder": 3}
    ax.add_patch(Circle((x, y), 0.2, color="white", zorder=2))
    if kind == "idea":
        body = Ellipse((x, y + 0.15), 0.3, 0.3, **style)
        ax.add_patch(body)
        body.set_clip_path(Rectangle((x - 0.2, y - 0.1), 0.4, 0.25, transform=ax.transData))
        ax.add_patch(Circle((x, y - 0.07), 0.09, **style))
    elif kind == "machine":
        for shift in (-0.08, 0, 0.08):
            ax.plot([x + shift] * 2, [y - 0.17, y + 0.17], color=HUES[kind], linewidth=2)
            ax.plot([x - 0.17, x + 0.17], [y + shift] * 2, color=HUES[kind], linewidth=2)
        box = FancyBboxPatch((x - 0.1, y - 0.1), 0.2, 0.2, "round,pad=0.02", **style)
        ax.add_patch(box)
    else:
        for shift in (0.05, 0, -0.05):
            ax.add_patch(Rectangle((x - 0.13 + shift, y - 0.1 - shift), 0.24, 0.2, **style))
