"""Charts side by side with one scale: lines, histograms, ratios with their intervals."""

from collections.abc import Mapping

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from utils.figures.style import COLOURS, GREY, Values

Line = tuple[Values, list[Values]]  # the places, and the values there of every run
Styles = Mapping[str, tuple[str, str]]  # by the name of a line, its colour and its dash


def panels(
    parts: Mapping[str, Mapping[str, Line]], styles: Styles, xlabel: str, ylabel: str, log: str = ""
) -> Figure:
    """Charts beside each other with one vertical scale: {title: {name of a line: line}}.

    Of several runs each has a thin line and their mean a thick one. The names stand once, below
    all. `log` names the axes with powers: "x", "y" or "xy".
    """
    fig, axes = plt.subplots(1, len(parts), figsize=(6.6, 3.7), sharey=True, squeeze=False)
    key = {}
    for ax, (title, drawn) in zip(axes.flat, parts.items(), strict=True):
        for name, (x, runs) in drawn.items():
            colour, dash = styles[name]
            for run in runs if len(runs) > 1 else ():
                ax.plot(x, run, color=colour, linewidth=0.8, alpha=0.5)
            (key[name],) = ax.plot(x, np.mean(runs, axis=0), dash, color=colour)
        ax.set(title=title, xlabel=xlabel)
        for axis in log:
            ax.set(**{f"{axis}scale": "log"})
    axes.flat[0].set_ylabel(ylabel)
    fig.legend(key.values(), key, loc="outside lower center", ncols=3)
    return fig


def histograms(
    parts: Mapping[str, Mapping[str, tuple[Values, Values]]], colours: Mapping[str, str]
) -> Figure:
    """A column of histograms for each part, a row for each entry: (all values, some of them).

    All are pale, the chosen ones in full colour, each as high as its second highest bar: where a
    function clips, one bar has most of the values, and the others would be flat. The highest is cut
    off there.
    """
    rows = next(iter(parts.values())).keys()
    size = (6.4, 0.8 + 0.75 * len(rows))
    fig, axes = plt.subplots(len(rows), len(parts), figsize=size, sharex="col", squeeze=False)
    for column, (title, entries) in zip(axes.T, parts.items(), strict=True):
        seen = np.concatenate([np.asarray(every) for every, _ in entries.values()])
        bins = np.linspace(*np.quantile(seen, (0.001, 0.999)), 61)
        for ax, sets in zip(column, entries.values(), strict=True):
            for values, alpha in zip(sets, (0.35, 1), strict=True):
                counts, _ = np.histogram(np.clip(values, bins[0], bins[-1]), bins)
                *_, second, highest = sorted(counts)
                heights = np.minimum(counts / (second or highest), 1)
                ax.stairs(heights, bins, fill=True, color=colours[title], alpha=alpha)
            ax.set(yticks=[], ylim=(0, 1.05))
            ax.grid(visible=False)
        column[0].set_title(title)
    for ax, row in zip(axes[:, 0], rows, strict=True):
        ax.set_ylabel(row, rotation=0, ha="right", va="center")
    return fig


def intervals(
    rows: Mapping[str, tuple[float, float, float]], xlabel: str, below: str, above: str
) -> Figure:
    """One row a ratio: a diamond at its mean, a bar from the low to the high end of its interval.

    The axis is that of powers, 1 is marked. `below` and `above` are the colours of ratios whose
    interval lies below or above 1; the diamond of the others is hollow and grey.
    """
    fig, ax = plt.subplots(figsize=(6.6, 0.9 + 0.36 * len(rows)))
    ax.axvline(1, color=COLOURS["faint"], linewidth=1)
    for row, (mean, low, high) in enumerate(rows.values()):
        colour = below if high < 1 else above if low > 1 else GREY
        face = "white" if colour == GREY else colour
        ax.plot([low, high], [row, row], color=colour, linewidth=2.5)
        ax.plot(mean, row, "D", color=colour, markerfacecolor=face, markersize=8)
    ax.set_xscale("log")
    ticks = (0.1, 0.2, 0.5, 1, 2, 5, 10)
    ax.set_xticks(ticks, ticks)
    ax.minorticks_off()
    ax.set_yticks(range(len(rows)), rows)
    ax.set(xlabel=xlabel, ylim=(len(rows) - 0.5, -0.5))
    ax.grid(axis="y", visible=False)
    return fig
