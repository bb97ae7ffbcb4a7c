"""Figures made of numbers: shares of a whole, and lines over a quantity."""

from itertools import cycle

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from utils.figures.style import BLUE, GREY, PALETTE, Values


def shares(table: pd.DataFrame) -> Figure:
    """One bar a column of `table`, filled by its rows in per cent of the column's sum."""
    fig, ax = plt.subplots(figsize=(5.6, 1.4 + 0.75 * len(table.columns)))
    start = pd.Series(0.0, table.columns)
    rows = (100 * table / table.sum()).iterrows()
    for colour, (part, row) in zip(cycle(PALETTE), rows, strict=False):
        ax.barh(row.index, row, left=start, color=colour, edgecolor="white", label=part)
        ink = "white" if colour in (BLUE, GREY) else "black"
        for y, (x, value) in enumerate(zip(start + row / 2, row, strict=True)):
            if value > 6:  # narrower parts have no room for a number
                ax.text(x, y, f"{value:.0f}", ha="center", va="center", color=ink)
        start += row
    ax.set(xlabel="per cent", xlim=(0, 100))
    ax.invert_yaxis()
    ax.grid(visible=False)
    fig.legend(loc="outside lower center", ncols=4)
    return fig


def lines(
    x: Values, series: dict[str, Values], levels: dict[str, float], xlabel: str, ylabel: str
) -> Figure:
    """One line for each of `series` over `x`, and a dashed level for each of `levels`."""
    fig, ax = plt.subplots(figsize=(5.6, 4.6))
    for label, y in series.items():
        ax.plot(x, y, label=label)
    for colour, (label, level) in zip(PALETTE[len(series) :], levels.items(), strict=False):
        ax.axhline(level, linestyle="--", color=colour, label=label)
    ax.set(xlabel=xlabel, ylabel=ylabel, xlim=(min(x), max(x)), ylim=(0, None))
    fig.legend(loc="outside lower center", ncols=1)
    return fig


def spans(parts: list[Values], inside: tuple[float, float], xlabel: str, ylabel: str) -> Figure:
    """A stair of bars (start, length), counted from 1 at the top; `inside` is shaded behind them.

    What stands outside the shade, such as padding, is seen to do so.
    """
    fig, ax = plt.subplots(figsize=(5.6, 3))
    starts, lengths = zip(*parts, strict=True)
    ax.axvspan(*inside, color=GREY, alpha=0.25, linewidth=0)
    ax.barh(range(1, len(parts) + 1), lengths, left=starts, color=BLUE, height=0.7)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    for axis in (ax.xaxis, ax.yaxis):
        axis.get_major_locator().set_params(integer=True)
    ax.invert_yaxis()
    ax.grid(visible=False)
    return fig


def growth(panels: dict[str, dict[float, float]], ylabel: str) -> Figure:
    """Small charts, two a row: a line from 0 each, over the quantity that is its name."""
    rows = -(-len(panels) // 2)
    fig, axes = plt.subplots(rows, 2, figsize=(6.4, 2.5 * rows), squeeze=False)
    for ax, (xlabel, values) in zip(axes.flat, panels.items(), strict=False):
        ax.plot(values.keys(), values.values(), "o-", color=BLUE)
        ax.set(xlabel=xlabel, ylim=(0, None))
        ax.set_xticks([min(values), max(values)])
    for ax in axes.flat[len(panels) :]:
        ax.set_visible(False)
    fig.supylabel(ylabel, fontsize="medium")
    return fig
