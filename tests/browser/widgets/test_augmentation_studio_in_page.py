"""The augmentation studio, operated in its page and compared with what Python computes."""

import re

import pytest
import torch

from tests.support.widget_page import numbers
from tests.support.widgets import python_side
from utils.widgets import AugmentationStudio

TITLE = "Augmentation studio"
CHAPTER = {"a1": 10, "a2": -5}  # as chapter 7 sets it up
FREE = 33  # places in each direction


def agrees(widget, **settings):
    """Place and colour are those that Python computes for these settings."""
    python = python_side(AugmentationStudio, **CHAPTER | settings)
    index = (python.mirrored * FREE + python.top) * FREE + python.left + 1
    one = f"Crop {index} of {2 * FREE**2} "
    assert widget.state.startswith("Averaged" if python.view == "ten" else one)
    colour = numbers(re.search(r"pixel: (.*) levels", widget.state)[1])
    assert colour == pytest.approx(python.shift().tolist(), abs=0.051)


def test_studio_by_keyboard(widget):
    widget.follow(
        agrees,
        ("down (px)", "Home", 1, {"top": 0}),
        ("across (px)", "ArrowRight", 3, {"left": 19}),
        ("mirror", "m", 1, {"mirrored": 1}),
        ("α₁", "End", 1, {"a1": 30}),
        ("α₃", "ArrowLeft", 2, {"a3": -2}),
        ("α times", "ArrowDown", 1, {"unit": "levels"}, "100 % of the crop"),
        ("show", "t", 1, {"view": "ten"}),
    )
    assert "Ten crops" in widget.label(1)
    assert "that is one crop again" in widget.group.locator(".bw-caption").first.inner_text()
    before = widget.drawn(2)
    widget.press("turn cloud", "ArrowRight", 5)
    assert widget.drawn(2) != before
    widget.press("across (px)", "ArrowLeft")  # chooses one crop, and so shows it
    agrees(widget, top=0, left=18, mirrored=1, a1=30, a3=-2, unit="levels")


def test_studio_by_pointer(on_phone):
    on_phone.click(0, 0.05, 0.95)
    agrees(on_phone, top=32, left=0)
    on_phone.click(0, 120.4 / 256, 130.4 / 256)  # away from the edges: the window's middle
    agrees(on_phone, top=18, left=8)


def test_studio_shows_the_crop_that_python_makes(widget):
    """The middle pixel of the crop, up to the half of the pixels that the page has not."""
    seen = torch.tensor(widget.colours(1, [(0.5, 0.5)])[0])
    there = 255 * python_side(AugmentationStudio, **CHAPTER).crop()[:, 108:116, 108:116]
    assert (there.amin((1, 2)) - 12 < seen).all()
    assert (seen < there.amax((1, 2)) + 12).all()
