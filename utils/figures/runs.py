"""Figures of training runs: curves, compared arms with every seed, and the confusion matrix."""

from collections.abc import Sequence

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from utils.analysis import Comparison, number
from utils.figures.style import BLUE, COLOURS, GREY, ORANGE, PALETTE, Values


def curves(
    runs: dict[str, list[Values]], x: Values, xlabel: str, ylabel: str,
    live: dict[str, Values] | None = None,
) -> Figure:  # fmt: skip
    """One colour a quantity: a thin line for every seed, a thick one for their mean.

    A seed that is shorter than `x` ends early. `live` adds this session's run of the same
    quantities as a dashed line with round marks.
    """
    fig, ax = plt.subplots(figsize=(5, 3.6))
    for colour, (label, seeds) in zip(PALETTE, runs.items(), strict=False):
        seeds = [[*seed, *[np.nan] * (len(x) - len(seed))] for seed in seeds]
        for seed in seeds:
            ax.plot(x, seed, color=colour, linewidth=0.8, alpha=0.5)
        mean = label if len(seeds) == 1 else f"{label}, mean of {len(seeds)} seeds"
        ax.plot(x, np.mean(seeds, axis=0), color=colour, label=mean)
        if live:
            ax.plot(x, live[label], "o--", color=colour, linewidth=1, label=f"{label}, this run")
    ax.set(xlabel=xlabel, ylabel=ylabel)
    if len(x) < 12 and len(set(np.diff(x))) < 2:  # uneven ones can be too close to be read
        ax.set_xticks(x)
    ax.legend()
    return fig


def differences(comparison: Comparison, limits: tuple[float, float] | None = None) -> Figure:
    """One row an arm: how many points of accuracy it is ahead of its reference.

    Dots are seeds, the diamond is their mean, the bar its 95 % interval; the band is half a point
    to both sides of 0, and the row ends with the word of the rule. Hollow marks: the interval
    contains 0. `limits` are the lowest and highest point shown: an arm whose mean lies beyond them
    has an arrow at the edge instead, and a bar that leaves the frame is cut.
    """
    found = comparison.differences
    fig, ax = plt.subplots(figsize=(6.4, 1.2 + 0.5 * len(found)))
    ax.axvspan(-0.5, 0.5, color=COLOURS["hair"], alpha=0.6, linewidth=0)
    ax.axvline(0, color=COLOURS["faint"], linewidth=1)
    for row, (arm, difference) in enumerate(found.items()):
        mean, low, high = (100 * value for value in difference)
        colour = {"ahead": BLUE, "behind": ORANGE}.get(difference.word, GREY)
        if limits and not limits[0] <= mean <= limits[1]:
            edge, sign = (limits[0], "<") if mean < limits[0] else (limits[1], ">")
            ax.plot(edge, row, sign, color=colour, markersize=9, clip_on=False)
        else:
            values, reference = map(np.asarray, comparison.pairs[arm])
            seeds = 100 * (values - reference)
            ax.plot(seeds, [row + 0.26] * len(seeds), "o", color=colour, alpha=0.5, markersize=4)
            ax.plot([low, high], [row, row], color=colour, linewidth=2.5)
            face = "white" if colour == GREY else colour
            ax.plot(mean, row, "D", color=colour, markerfacecolor=face, markersize=8)
        weight = "bold" if difference.word in ("ahead", "behind") else "normal"
        end = {"xycoords": ax.get_yaxis_transform(), "textcoords": "offset points"}
        end |= {"weight": weight, "va": "center"}
        points = number(mean, difference.digits(), "+")
        ax.annotate(points, (1, row), (52, 0), ha="right", **end)
        ax.annotate(difference.word, (1, row), (58, 0), **end)
    ax.set_yticks(range(len(found)), found)
    ax.set(xlim=limits, ylim=(len(found) - 0.4, -0.5))
    ax.set_xlabel(f"points of accuracy against {comparison.reference}, {comparison.seeds}")
    key = "dot: a seed · diamond: their mean · bar: its 95 % interval · band: half a point"
    fig.supxlabel(key, fontsize=9, color=COLOURS["faint"])
    ax.grid(axis="y", visible=False)
    return fig


def dots(values: dict[str, Values], xlabel: str) -> Figure:
    """One row an arm, one dot a seed, a bar at the mean."""
    fig, ax = plt.subplots(figsize=(5, 0.8 + 0.42 * len(values)))
    for row, seeds in enumerate(values.values()):
        ax.plot(seeds, [row] * len(seeds), "o", color=BLUE, alpha=0.6)
        ax.plot(np.mean(seeds), row, "|", color="black", markersize=18, markeredgewidth=2)
    n = {len(seeds) for seeds in values.values()}
    ax.set_yticks(range(len(values)), values)
    ax.set_xlabel(f"{xlabel}; {'–'.join(map(str, sorted(n)))} seeds, bar = mean", loc="right")
    ax.set_ylim(len(values) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    return fig


def confusion(counts: np.ndarray, names: Sequence[str]) -> Figure:
    """Confusion matrix: rows are the true classes, columns the predicted ones, cells the counts.

    The colour shows the mistakes only; the diagonal would drown them.
    """
    counts = np.asarray(counts)
    mistakes = np.where(np.eye(len(names), dtype=bool), 0, counts)
    fig, ax = plt.subplots(figsize=(5.4, 5))
    ax.imshow(mistakes, cmap="Blues", vmax=max(1, mistakes.max()))
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if mistakes[row, column] > mistakes.max() / 2 else "black"
        style = {"color": colour, "weight": "bold" if row == column else "normal", "size": 9}
        if count:
            ax.text(column, row, count, ha="center", va="center", **style)
    ax.set_xticks(range(len(names)), names, rotation=45, ha="right")
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel="predicted", ylabel="true")
    ax.grid(visible=False)
    return fig
