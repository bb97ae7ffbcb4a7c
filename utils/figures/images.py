"""Figures made of pictures: a grid of them, and rectangles drawn on one."""

from collections.abc import Collection, Iterable, Sequence
from itertools import zip_longest

import numpy as np
import torch
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from torchvision.utils import make_grid

from utils.figures.style import COLOURS, PALETTE

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels of the image


def image_grid(images: dict[str, torch.Tensor], columns: int) -> Figure:
    """One titled panel an image: photographs (3, H, W) in 0..1, or feature maps (H, W).

    Feature maps are each stretched to the full range of the colour map, dark for low values.
    """
    fig, axes = _panels(images, columns, 1)
    for ax, image in zip(axes, images.values(), strict=False):
        image = image.detach().cpu()
        ax.imshow(_pixels(image) if image.ndim == 3 else image.numpy())
    return fig


def mosaic(sets: dict[str, torch.Tensor], columns: int, beside: int = 1) -> Figure:
    """One titled panel a set of colour filters (N, 3, k, k), `columns` in a row, `beside` panels.

    Grey is 0; each filter is stretched by its own largest weight.
    """
    count = len(next(iter(sets.values())))
    fig, axes = _panels(sets, beside, -(-count // columns) / columns)
    for ax, filters in zip(axes, sets.values(), strict=False):
        filters = filters.detach().float()
        pixels = filters / filters.abs().amax((1, 2, 3), keepdim=True).clamp_min(1e-9) / 2 + 0.5
        ax.imshow(_pixels(make_grid(pixels, columns, padding=1, pad_value=1)), interpolation="none")
    return fig


def _panels(titles: Collection[str], columns: int, height: float) -> tuple[Figure, Iterable[Axes]]:
    """Panels without axes below their titles; `height` is a part of a panel's width."""
    rows = -(-len(titles) // columns)
    size = (5.6, (5.6 / columns * height + 0.35) * rows)  # each row with room for its titles
    fig, axes = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for ax, title in zip_longest(axes.flat, titles, fillvalue=""):
        ax.set_axis_off()
        ax.set_title(title, fontsize=11)
    return fig, axes.flat


def boxes_on_image(
    image: torch.Tensor, boxes: dict[str, Box], views: Sequence[Box | None] = (None,)
) -> Figure:
    """A photograph (3, H, W) with rectangles on it, explained in a legend.

    One panel for each of `views`, the part of the image to show; None shows all of it and
    whatever rectangle reaches beyond. What lies outside the image is hatched.
    """
    _, height, width = image.shape
    left, top, right, bottom = zip((0, 0, width, height), *boxes.values(), strict=True)
    everything = (min(left), min(top), max(right), max(bottom))
    fig, axes = plt.subplots(1, len(views), figsize=(5.6, 5.6 / len(views) + 0.8), squeeze=False)
    for ax, view in zip(axes.flat, views, strict=True):
        first_x, first_y, last_x, last_y = view or everything
        rim = 0.02 * (last_x - first_x)
        ax.patch.set(facecolor=COLOURS["panel"], edgecolor=COLOURS["line"], hatch="//")
        ax.imshow(_pixels(image), extent=(0, width, height, 0), interpolation="nearest")
        for colours, line in ((["white"] * len(boxes), 4.5), (PALETTE, 2.5)):  # white rims first
            for colour, box in zip(colours, boxes.values(), strict=False):
                x, y, to_x, to_y = box
                style = {"edgecolor": colour, "linewidth": line, "fill": False}
                ax.add_patch(Rectangle((x, y), to_x - x, to_y - y, **style))
        ax.set(xlim=(first_x - rim, last_x + rim), ylim=(last_y + rim, first_y - rim))
        ax.grid(visible=False)
    keys = [Patch(facecolor="none", edgecolor=c, linewidth=2.5) for c in PALETTE[: len(boxes)]]
    fig.legend(keys, boxes, loc="outside lower center", ncols=2)
    return fig


def _pixels(image: torch.Tensor) -> np.ndarray:
    return image.permute(1, 2, 0).numpy()
