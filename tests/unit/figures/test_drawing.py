"""What make_style writes is up to date; the boxes of AlexNet's drawing are its layers to scale."""

import re

import pytest
from bs4 import BeautifulSoup

from tools import make_style
from utils.figures import alexnet_drawing, drawing

# The paper's numbers: maps, side, window, and what follows without changing the shape.
PAPER = {
    "input": (3, 227, 0, ()),
    "conv1": (96, 55, 11, ("relu", "norm")),
    "pool1": (96, 27, 3, ()),
    "conv2": (256, 27, 5, ("relu", "norm")),
    "pool2": (256, 13, 3, ()),
    "conv3": (384, 13, 3, ("relu",)),
    "conv4": (384, 13, 3, ("relu",)),
    "conv5": (256, 13, 3, ("relu",)),
    "pool5": (256, 6, 3, ()),
    "fc6": (4096, 1, 0, ("relu", "dropout")),
    "fc7": (4096, 1, 0, ("relu", "dropout")),
    "fc8": (1000, 1, 0, ()),
}


def parsed(name: str) -> BeautifulSoup:
    return BeautifulSoup(drawing.drawings()[name], "html.parser")


@pytest.mark.parametrize("file", make_style.written(), ids=lambda file: file.name)
def test_files_are_what_the_code_writes(file):
    now = file.read_text(encoding="utf-8") == make_style.written()[file]
    assert now, "run `.venv/bin/python -m tools.make_style`"


def test_layers_are_those_of_the_paper():
    found = {
        layer.name: (layer.maps, layer.side, layer.window, layer.plates)
        for layer in drawing.layers()
    }
    assert found == PAPER
    assert list(found) == list(PAPER)
    assert [layer.name for layer in drawing.layers() if not layer.halved] == ["input", "fc8"]


@pytest.mark.parametrize(
    ("name", "pixel", "length"), [("alexnet.svg", 0.9, 640), ("alexnet_narrow.svg", 0.75, 335)]
)
def test_boxes_have_one_scale_and_labels_their_shape(name, pixel, length):
    links = parsed(name).select("a")
    assert [link["href"] for link in links] == list(drawing.EXPLAINED.values())
    for link, (layer, (maps, side, *_)) in zip(links[: len(PAPER)], PAPER.items(), strict=True):
        height, long = re.search(
            r"v-([\d.]+)l[^h]+h([\d.]+)v", link.select_one(".outline")["d"]
        ).groups()
        assert float(height) == pytest.approx(max(side * pixel, 3), abs=0.06)
        assert float(long) == pytest.approx(maps * length / 4096, abs=0.06)
        assert link.title.text.startswith(f"{layer}: {maps:,} ")
        shape = f"{maps:,}" if side == 1 else f"{side}×{side}×{maps}"
        assert "".join(text.text for text in link.select("text")).replace(" ", "") == layer + shape


def test_every_part_of_the_strip_has_a_name_and_no_drawing_a_colour_of_its_own():
    groups = [
        group["class"] for group in parsed("alexnet_strip.svg").svg.find_all("g", recursive=False)
    ]
    assert groups == [[name] for name in drawing.EXPLAINED]
    for drawn in drawing.drawings().values():
        fills = re.findall(r'(?:fill|stroke)="([^"]+)"', drawn)
        assert {fill for fill in fills if not fill.startswith("var(--book-")} <= {"none"}


def test_a_notebook_shows_the_drawing_with_its_colours_and_in_words():
    shown = alexnet_drawing()._repr_mimebundle_(include=None, exclude=None)
    assert drawing.drawings()["alexnet.svg"] in shown["text/html"]
    assert "--book-conv: #" in shown["text/html"]
    words = [name for name in re.findall(r"\w+(?=:)", shown["text/plain"]) if name in PAPER]
    assert words == list(PAPER)
