"""AlexNet to scale, the drawing that recurs through the book, as SVG.

A layer is a box: its height and depth are the side of its maps, its length is their number. Where a
map is one pixel, only the length is left. `python -m tools.make_style` writes `alexnet*.svg`, which
pages and notebooks show: the whole drawing, wide and narrow, and the strip at the head of a
chapter. Colours are those of tokens.css, by name.
"""

import re
from collections.abc import Iterable
from importlib.resources import files
from itertools import accumulate, pairwise
from typing import NamedTuple

import torch

from utils.figures.tokens import TOKENS
from utils.nets import SLIDING, AlexNet, layer_table, window

SIDE = 227  # px of the image; why not 224 is a subject of chapter 3
KINDS = {
    "CeilConv2d": "conv", "Conv2d": "conv", "MaxPool2d": "pool", "Linear": "dense",
    "ReLU": "relu", "LocalResponseNorm": "norm", "Dropout": "dropout",
}  # fmt: skip
# Layers that keep the shape of what they get: plates at the end of a box.
PLATES = {"relu": "ReLU", "norm": "normalisation", "dropout": "dropout"}
# Where each is explained; the build looks for these headings.
EXPLAINED = {
    "input": "03_layer_shapes.ipynb#the-puzzle-of-224-and-227",
    "conv1": "03_layer_shapes.ipynb#one-layer-a-window-that-slides",
    "pool1": "03_layer_shapes.ipynb#going-deeper-overlapping-pooling",
    "conv2": "03_layer_shapes.ipynb#groups-two-half-networks-that-seldom-talk",
    "pool2": "03_layer_shapes.ipynb#going-deeper-overlapping-pooling",
    "conv3": "03_layer_shapes.ipynb#the-whole-network-in-one-table",
    "conv4": "03_layer_shapes.ipynb#the-whole-network-in-one-table",
    "conv5": "03_layer_shapes.ipynb#what-a-unit-sees",
    "pool5": "03_layer_shapes.ipynb#what-a-unit-sees",
    "fc6": "03_layer_shapes.ipynb#when-the-linear-layer-complains",
    "fc7": "10_looking_inside.ipynb#neighbours",
    "fc8": "08_training.ipynb#what-is-minimised",
    "relu": "04_relu_vs_sigmoid.ipynb#three-functions-and-their-slopes",
    "norm": "05_lrn.ipynb#the-idea-neighbours-hold-each-other-back",
    "dropout": "06_dropout.ipynb#half-of-the-units",
}
DX, DY = 0.36, 0.2  # a depth of 1 goes so far to the right, and up
PLATE, GAP, SLIT = 3, 1.5, 0.8  # a plate, the space before it, and that between two halves
STRIPE = 32  # maps
LINES = 'fill="none" stroke="var(--book-ink)"'


class Layer(NamedTuple):
    """A layer that changes the shape of what it gets, with those behind it that keep it."""

    name: str
    kind: str
    maps: int  # feature maps, or units
    side: int = 1  # of a map, in pixels
    window: int = 0  # side of a unit's window on the maps before it; 0: it reads all of them
    halved: bool = True  # whether each of the paper's two GPUs has half of it
    plates: tuple[str, ...] = ()

    def shape(self) -> str:
        """The shape, in signs."""
        return f"{self.maps:,}" if self.side == 1 else f"{self.side}×{self.side}×{self.maps}"

    def words(self) -> str:
        """Name and shape, in words."""
        if self.side == 1:
            return f"{self.name}: {self.maps:,} units"
        maps = "channels" if self.kind == "data" else "feature maps"
        return f"{self.name}: {self.maps} {maps} of {self.side} × {self.side}"


def layers() -> list[Layer]:
    """AlexNet's layers in order, the input first, as the network itself has them."""
    with torch.device("meta"):
        net = AlexNet(image_size=SIDE)
    found = [Layer("input", "data", net.in_channels, SIDE, halved=False)]
    for row in layer_table(net, (net.in_channels, SIDE, SIDE)).itertuples():
        layer, kind = net.get_submodule(row.layer), KINDS.get(row.kind)
        if kind in PLATES:
            found[-1] = found[-1]._replace(plates=(*found[-1].plates, kind))
        elif kind:
            seen = window(layer).kernel_size if isinstance(layer, SLIDING) else 0
            found.append(Layer(row.layer.split(".")[1], kind, *row.output[:2], window=seen))
    found[-1] = found[-1]._replace(halved=False)  # the last is not, in the paper's Figure 2
    return found


class Scale(NamedTuple):
    """What a pixel of height and a map of length are in the drawing."""

    pixel: float
    map: float
    least: float = 3  # the least height drawn: thinner boxes would not be seen


class Box:
    """A layer's box, from `x` to the right; the height `y` is that of its centre."""

    def __init__(self, layer: Layer, scale: Scale, x: float = 0, y: float = 0):
        self.layer, self.scale, self.x, self.y = layer, scale, x, y
        self.length = layer.maps * scale.map
        self.height = max(layer.side * scale.pixel, scale.least)
        self.end = x + self.length + len(layer.plates) * (GAP + PLATE)  # of the front
        self.width = self.end + DX * self.height - x
        self.half = self.height * (1 + DY) / 2  # from the centre to the top
        self.above = layer.kind == "conv"  # where the label stands: neighbours take turns

    def at(self, x: float, y: float) -> "Box":
        """The same box, there."""
        return Box(self.layer, self.scale, x, y)

    def body(self) -> str:
        """Its outline and its faces; a layer of two halves has two boxes."""
        whole = outline(self.x, self.length, self.height, self.y)
        if self.layer.kind == "data":
            return whole + self._image()
        if not self.layer.halved:
            return whole + faces(self.x, self.length, self.height, self.y)
        half = (self.length - SLIT) / 2
        first = faces(self.x, half, self.height, self.y, end=False)
        second = faces(self.x + half + SLIT, half, self.height, self.y)
        stripes = self._stripes() if self.layer.side > 1 else ""
        return f'{whole}{first}<g class="second">{second}</g>{stripes}'

    def _image(self) -> str:
        """The end of the input, with hills under a sun."""
        height, x, top = self.height, self.x + self.length, self.y + self.height * (DY - 1) / 2
        plane = f"{height * DX:.2f} {-height * DY:.2f} 0 {height:.2f} {x:.1f} {top:.1f}"
        drawn = "M0,.8L.28,.5 .48,.68 .72,.42 1,.66V1H0zM.25,.16a.09,.09 0 1 0 .001,0z"
        return (
            f'<g transform="matrix({plane})"><path d="M0,0H1V1H0z" fill-opacity=".28"/>'
            f'<path d="{drawn}" fill-opacity=".5"/></g>'
        )

    def _stripes(self) -> str:
        """What makes the maps countable: a stripe for every 32."""
        step, y = STRIPE * self.scale.map, self.y + self.height * DY / 2
        end = self.x + self.length - 1
        return (
            f'<path class="stripes" d="M{self.x + step:.1f},{y:.1f}H{end:.1f}" '
            f'stroke="var(--book-page)" stroke-opacity=".5" stroke-width="{self.height:.1f}" '
            f'stroke-dasharray=".4 {step - 0.4:.2f}"/>'
        )

    def plate(self, kind: str) -> str:
        """The plate of a layer of this kind; on a layer drawn as a line it is higher than that."""
        before = self.layer.plates.index(kind)
        x = self.x + self.length + GAP + before * (GAP + PLATE)
        place = x, PLATE, max(self.height, 2.4 * self.scale.least), self.y
        return outline(*place) + faces(*place)

    def cone(self, after: "Box") -> str:
        """What one unit of the layer behind sees: a window, and lines from it to the unit."""
        side = after.layer.window * self.scale.pixel
        dx, dy = side * DX, side * DY
        x, y = self.end + (self.height * DX - dx) / 2, self.y + (dy - side) / 2
        corners = [f"{x:.1f},{y:.1f}", f"{x + dx:.1f},{y - dy:.1f}",
                   f"{x + dx:.1f},{y - dy + side:.1f}", f"{x:.1f},{y + side:.1f}"]  # fmt: skip
        lines = "".join(f"M{corner}L{after.x:.1f},{after.y:.1f}" for corner in corners)
        return f'<path d="M{"L".join(corners)}Z{lines}"/>'

    def label(self, ends: bool) -> str:
        """Name and shape, which begin where the box does, or end there."""
        name, shape = self.layer.name, self.layer.shape()
        if self.layer.side == 1:
            return text(self.x, self.y - 9, name, shape)
        x, anchor = (self.x + self.width, ' text-anchor="end"') if ends else (self.x, "")
        y = self.y - self.half - 22 if self.above else self.y + self.half + 16
        return text(x, y, name, more=anchor) + text(x, y + 15, "", shape, anchor)


def outline(x: float, length: float, height: float, y: float) -> str:
    """The outline of a box from `x` on whose centre is at the height `y`, filled with paper."""
    dx, dy = height * DX, height * DY
    left = f"M{x:.1f},{y + (height + dy) / 2:.1f}v{-height:.1f}l{dx:.1f},{-dy:.1f}"
    path = f"{left}h{length:.1f}v{height:.1f}l{-dx:.1f},{dy:.1f}z"
    return f'<path class="outline" fill="var(--book-page)" d="{path}"/>'


def faces(x: float, length: float, height: float, y: float, end: bool = True) -> str:
    """The faces of such a box that are seen, each in its light: front, top and perhaps the end."""
    dx, dy, top = height * DX, height * DY, y + height * (DY - 1) / 2
    front = f"M{x:.1f},{top:.1f}h{length:.1f}v{height:.1f}h{-length:.1f}z"
    lid = f"M{x:.1f},{top:.1f}l{dx:.1f},{-dy:.1f}h{length:.1f}l{-dx:.1f},{dy:.1f}z"
    face = f"M{x + length:.1f},{top:.1f}l{dx:.1f},{-dy:.1f}v{height:.1f}l{-dx:.1f},{dy:.1f}z"
    shades = {front: ' fill-opacity=".8"', lid: ' fill-opacity=".45"'} | ({face: ""} if end else {})
    return "".join(f'<path d="{path}"{shade}/>' for path, shade in shades.items())


def text(x: float, y: float, name: str, shape: str = "", more: str = "") -> str:
    """A line of a label."""
    name = f'<tspan font-weight="600" fill="var(--book-ink)">{name}</tspan>' * bool(name)
    line = " ".join(filter(None, (name, shape)))
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="var(--book-faint)"{more}>{line}</text>'


def link(name: str, kind: str, words: str, content: str) -> str:
    """What is drawn of a layer, as a link to where it is explained."""
    place = EXPLAINED[name]
    title = f"<title>{words}; explained in chapter {int(place[:2])}</title>"
    return f'<a href="{place}" fill="var(--book-{kind})">{title}{content}</a>'


def svg(name: str, width: int, height: int, parts: Iterable[str], more: str) -> str:
    """A drawing of this size, one line for each of its parts."""
    head = f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" viewBox="0 0 {width} {height}"'
    return "\n".join([f"{head} {more}>", *parts, "</svg>"]) + "\n"


def description() -> str:
    """What the drawing shows, in words: all layers in order."""
    named = (", ".join([layer.words(), *map(PLATES.get, layer.plates)]) for layer in layers())
    return f"From the input to the scores, on one scale. {'; '.join(named)}."


def spread(row: list[Box], width: float, y: float) -> list[Box]:
    """The boxes side by side, with equal spaces, from edge to edge."""
    space = (width - 2 - sum(box.width for box in row)) / (len(row) - 1)
    lefts = accumulate((box.width + space for box in row[:-1]), initial=1)
    return [box.at(x, y) for box, x in zip(row, lefts, strict=True)]


def rows(width: float, counts: tuple[int, ...], scale: Scale) -> tuple[list[Box], list[Box]]:
    """Boxes of layers with maps, in rows of so many, and below them the lines of the others."""
    waiting, maps, top = [Box(layer, scale) for layer in layers()], [], 0.0
    for count in counts:
        row, waiting = waiting[:count], waiting[count:]
        top += max(box.half + 34 * box.above for box in row)
        maps += spread(row, width, top)
        top += max(box.half + 36 * (not box.above) for box in row) + 8
    return maps, [box.at(1, top + 24 + 36 * i) for i, box in enumerate(waiting)]


def whole(name: str, width: int, counts: tuple[int, ...], scale: Scale, key: tuple) -> str:
    """The drawing with labels, links and a key, whose place is counted from the last line's."""
    maps, lines = rows(width, counts, scale)
    boxes, left, y = maps + lines, key[0], round(lines[-1].y + key[1])
    parts = [f"<desc>{description()}</desc>", fans(maps[-1], lines)]
    for box in boxes:
        content = box.body() + box.label(ends=box.x + box.width > width - 2)
        parts.append(link(box.layer.name, box.layer.kind, box.layer.words(), content))
    x = left
    for kind, title in PLATES.items():
        behind = [box for box in boxes if kind in box.layer.plates]
        swatch = outline(x, PLATE, 11, y - 4) + faces(x, PLATE, 11, y - 4)
        drawn = "".join(box.plate(kind) for box in behind) + swatch + text(x + 13, y, title)
        words = f"{title} after {', '.join(box.layer.name for box in behind)}"
        parts.append(link(kind, kind, words, drawn))
        x += 32 + 8 * len(title)
    cones = "".join(a.cone(b) for a, b in pairwise(maps) if a.y == b.y)
    parts.append(f'<g class="lines" {LINES} stroke-opacity=".6" stroke-width=".5">{cones}</g>')
    parts.append(bars(left, y + 34, scale))
    about = 'font-size="13" role="group" aria-label="AlexNet to scale"'
    return svg(name, width, y + 40, parts, about)


def fans(last: Box, lines: list[Box]) -> str:
    """Every unit sees all units before: from the last maps to a line, and from line to line."""
    spans = [(last.x, last.x + last.length, last.y + last.half)]
    spans += [(box.x, box.x + box.length, box.y) for box in lines]
    paths = "".join(
        f"M{left:.1f},{y:.1f}H{right:.1f}L{far:.1f},{below:.1f}H{near:.1f}z"
        for (left, right, y), (near, far, below) in pairwise(spans)
    )
    return f'<path class="fans" fill="var(--book-ink)" fill-opacity=".06" d="{paths}"/>'


def bars(x: float, y: float, scale: Scale) -> str:
    """The two scales, each as a bar."""
    across, up = 512 * scale.map, 25 * scale.pixel
    second = x + across + 150
    ticks = f"M{x:.1f},{y - 6}v6h{across:.1f}v-6M{second - 3:.1f},{y}h6m-3,0v{-up:.1f}m-3,0h6"
    words = text(x + across + 8, y, "", "512 maps or units") + text(second + 8, y, "", "25 pixels")
    return f'<path class="lines" {LINES} d="{ticks}"/>{words}'


def strip() -> str:
    """The drawing without words, as wide as a page may be: its lengths have no scale of their own.

    Each layer is a group with its name, each kind of plates one with its kind.
    """
    width, scale = 690, Scale(0.27, 636 / 4096, 2.5)
    boxes = [Box(layer, scale) for layer in layers()]
    maps = spread([box for box in boxes if box.layer.side > 1], width, y=37)
    lines = boxes[len(maps) :]
    left = width - 1 - lines[0].width
    placed = maps + [box.at(left, 57 + 7.5 * i) for i, box in enumerate(lines)]
    drawn = {(box.layer.name, box.layer.kind): box.body() for box in placed}
    for kind in PLATES:
        plates = (box.plate(kind) for box in placed if kind in box.layer.plates)
        drawn[kind, kind] = "".join(plates)
    parts = (
        f'<g class="{name}" fill="var(--book-{kind})">{content}</g>'
        for (name, kind), content in drawn.items()
    )
    return svg("strip", width, 75, parts, 'preserveAspectRatio="none"')


def drawings() -> dict[str, str]:
    """All drawings, by the names of their files."""
    wide = whole("wide", 720, (9,), Scale(0.9, 640 / 4096), (250, 0))
    narrow = whole("narrow", 358, (3, 3, 3), Scale(0.75, 335 / 4096), (2, 40))
    return {"alexnet.svg": wide, "alexnet_narrow.svg": narrow, "alexnet_strip.svg": strip()}


class Drawing:
    """The drawing, for a notebook to show; a page adds its style."""

    def _repr_mimebundle_(self, **_) -> dict[str, str]:
        drawn = (files("utils.figures") / "alexnet.svg").read_text(encoding="utf-8")
        figure = f'<figure class="alexnet" style="max-width: 50rem">{drawn}</figure>'
        html = f"<style>{TOKENS}</style>{figure}"
        words = re.search("<desc>(.*)</desc>", drawn)[1]
        return {"text/html": html, "text/plain": f"AlexNet to scale. {words}"}


def alexnet_drawing() -> Drawing:
    """AlexNet to scale, with links to where each layer is explained."""
    return Drawing()
