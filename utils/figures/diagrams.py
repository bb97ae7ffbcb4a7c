"""Diagrams of networks: layers as squares, to one scale; a convolution as a matrix product."""

from collections.abc import Sequence
from itertools import cycle, product, zip_longest

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from utils.figures.style import BLUE, GREY, ORANGE, PALETTE

WIDTH, SLOT = 5.6, 0.57  # inches: of the figure, and what a label needs


def squares(nets: dict[str, dict[str, float]], chosen: tuple[str | None, ...] = ()) -> Figure:
    """One row a network, one square a layer, whose *area* is the layer's value.

    All rows have one scale. Below each square stand the layer's name and its value; `chosen` names
    a layer in each network to mark.
    """
    roots = [[value**0.5 for value in layers.values()] for layers in nets.values()]
    inch = _scale(roots)
    heights = [max(sides) * inch + 0.95 for sides in roots]
    fig = plt.figure(figsize=(WIDTH, sum(heights)), layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(sum(heights), 0))
    ax.axis("off")
    top = 0.0
    for (net, layers), height, mark in zip_longest(nets.items(), heights, chosen[: len(nets)]):
        ax.text(0.03, top + 0.2, net, size=12, weight="bold", va="center")
        x, floor = 0.0, top + height - 0.55
        for name, value in layers.items():
            side = value**0.5 * inch
            slot = max(side + 0.06, SLOT)
            corner, colour = (x + (slot - side) / 2, floor - side), ORANGE if name == mark else BLUE
            ax.add_patch(Rectangle(corner, side, side, facecolor=colour, linewidth=0))
            label = f"{name}\n{compact(value)}"
            ax.text(x + slot / 2, floor + 0.05, label, size=9, ha="center", va="top")
            x += slot
        top += height
    return fig


def _scale(rows: list[list[float]]) -> float:
    """Inches for a unit of the sides, so that the longest row fits."""
    inch = 2.0 / max(map(max, rows))
    while any(sum(max(side * inch + 0.06, SLOT) for side in row) > WIDTH for row in rows):
        inch *= 0.98
        if inch * max(map(max, rows)) < 0.02:
            raise ValueError("So many layers do not fit into a row: leave some out.")
    return inch


def images_inside(side: int = 3, shown: int = 6) -> Figure:
    """A batch's feature maps behind each other, twice: what supplies the rows of one product.

    On the left one row of one map; on the right the same position of all maps.
    """
    fig, axes = plt.subplots(1, 2, figsize=(WIDTH, 2.6), layout="constrained")
    corner = (0, side - 1)  # of the cells that the map in front leaves uncovered
    panels = {
        "a row of one map": lambda image, row, column: image == 0 and row == 0,
        "a position of all maps": lambda image, row, column: (row, column) == corner,
    }
    for ax, (title, marked) in zip(axes, panels.items(), strict=True):
        for image in reversed(range(shown)):
            for row, column in product(range(side), repeat=2):
                place = column + 0.7 * image, side - 1 - row + 0.7 * image
                colour = ORANGE if marked(image, row, column) else "white"
                ax.add_patch(Rectangle(place, 1, 1, facecolor=colour, edgecolor=GREY))
        ax.set(xlim=(-0.1, side + 0.7 * shown), ylim=(-0.1, side + 0.7 * shown), title=title)
        ax.set_aspect("equal")
        ax.axis("off")
    return fig


def compact(value: float) -> str:
    """A number in three digits with k for thousands and M for millions."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def windows_to_rows(image: Sequence, kernel: Sequence, stride: int) -> Figure:
    """A convolution as a product: the image and its windows, a row each; the kernel; the map.

    One window has one hue throughout: its frame in the image, its row, its number in the map.
    """
    image, kernel = np.asarray(image), np.asarray(kernel)
    size = len(kernel)
    starts = range(0, len(image) - size + 1, stride)
    corners = list(product(starts, repeat=2))
    rows = np.array([image[y : y + size, x : x + size].ravel() for y, x in corners])
    column = kernel.reshape(-1, 1)
    result = (rows @ column).reshape(len(starts), -1)
    hues = [colour for colour, _ in zip(cycle(PALETTE), corners, strict=False)]
    fig, axes = plt.subplot_mosaic(
        [["image", "rows"], ["map", "column"]],
        figsize=(WIDTH, 0.9 + 0.36 * (len(image) + size**2)),
        width_ratios=[len(image), size**2],
        height_ratios=[len(image), size**2],
        layout="constrained",
    )
    _cells(axes["image"], image, f"1. image,\n{len(image)} × {len(image)}")
    for nudge, ((y, x), hue) in enumerate(zip(corners, hues, strict=True)):
        gap = 0.05 + 0.05 * nudge  # so that frames do not cover each other
        side = size - 2 * gap
        axes["image"].add_patch(
            Rectangle((x + gap, y + gap), side, side, fill=False, edgecolor=hue, linewidth=2)
        )
    _cells(axes["rows"], rows, f"2. its windows, a row each,\n{len(rows)} × {size**2}", hues)
    _cells(axes["column"], column, f"3. kernel,\n{size**2} × 1")
    each = np.array(hues).reshape(result.shape).tolist()
    _cells(axes["map"], result, f"4. product = map,\n{len(starts)} × {len(starts)}", each)
    return fig


def _cells(ax: Axes, numbers: np.ndarray, title: str, hues: Sequence = ()) -> None:
    """A matrix as cells with a number in each; `hues` tints rows, or single cells."""
    for (y, x), number in np.ndenumerate(numbers):
        hue = hues[y] if len(hues) else "white"
        hue = hue if isinstance(hue, str) else hue[x]
        tint = to_rgba(hue, 0.3 if len(hues) else 1)
        ax.add_patch(Rectangle((x, y), 1, 1, facecolor=tint, edgecolor=GREY))
        ax.text(x + 0.5, y + 0.5, f"{number:g}", ha="center", va="center", size=11)
    height, width = np.shape(numbers)
    ax.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -0.1))
    ax.set_title(title, size=11)
    ax.set_aspect("equal")
    ax.axis("off")
