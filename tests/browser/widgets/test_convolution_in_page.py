"""Convolution arithmetic, operated in its page and compared with PyTorch."""

import numpy as np
import pytest

from tests.support.widget_page import numbers
from tests.support.widgets import python_side
from utils.widgets import ConvolutionArithmetic

TITLE = "Convolution arithmetic"


def agrees(widget, **settings):
    """The figure shows what PyTorch computes with these settings, at `row` and `column`."""
    python = python_side(ConvolutionArithmetic, **settings)
    expected = python.feature_map()
    n = len(expected)
    row, column = (min(i, n - 1) for i in (python.row, python.column))
    size, place = widget.state.split("\n")
    assert f"= {n}, so {n}×{n} = {n * n} positions" in size
    assert place.startswith(f"Row {row + 1}, column {column + 1}: ")
    assert numbers(place)[-1] == pytest.approx(expected[row, column].item(), abs=6e-4)
    assert f"{row * n + column + 1} of {n * n} positions" in widget.label(1)
    assert widget.control("row").is_disabled() == (n == 1)
    box = widget.group.locator(".bw-place").bounding_box()
    assert box["width"] > 250  # no column of single words


def test_convolution_by_keyboard(widget):
    assert "Left over behind the last window: 1 px" in widget.state
    widget.follow(
        agrees,
        ("rule", "c", 1, {"rule": "ceil"}, "reads 3 px of zeros"),  # the entry that begins so
        ("image (px)", "Home", 1, {"size": 11}, "so 1×1 = 1 positions"),
        ("image (px)", "End", 1, {"size": 227}, "ends at the edge"),
        ("stride", "ArrowRight", 1, {"stride": 5}),
        ("padding", "ArrowRight", 2, {"padding": 2}),
        ("kernel_size", "ArrowLeft", 6, {"kernel_size": 5}),
        ("row", "Home", 1, {"row": 0}),
        ("column", "End", 1, {"column": 46}),
        ("groups", "2", 1, {"groups": 2}, "5·5·1 = 25 weights"),
        ("kernel", "ArrowDown", 1, {"kernel": 1}),
    )


def test_convolution_by_pointer(on_phone):
    on_phone.click(1, 10.5 / 54, 40.5 / 54)  # in the map: the position itself
    agrees(on_phone, row=40, column=10)
    on_phone.click(0, (4 * 20 + 5.5) / 224, (4 * 7 + 5.5) / 224)  # a window's middle
    agrees(on_phone, row=7, column=20)
    on_phone.drag(0, (0.5, 0.5), (0.003, 0.003), held=True)
    agrees(on_phone, row=0, column=0)
    on_phone.page.mouse.up()
    on_phone.settle()
    agrees(on_phone, row=0, column=0)


def test_convolution_plays_pauses_and_ends(widget):
    widget.press("stride", "End")  # 27×27 positions: a short film
    widget.push("Play")  # all is computed: from the beginning
    row = widget.control("row").element_handle()
    widget.page.wait_for_function("row => +row.value > 3", arg=row)
    widget.push("Pause")
    paused = {name: widget.value(name) for name in ("row", "column")}
    widget.settle()
    agrees(widget, stride=8, **paused)
    widget.press("row", "End")
    widget.push("Play")
    widget.button("Play").wait_for()  # back from Pause: it has ended
    widget.settle()
    agrees(widget, stride=8, row=26, column=26)


def test_the_map_is_drawn_in_the_order_of_its_values(widget):
    """What is seen, not only what is said: light cells have high values, stripes none."""
    cells = [((column + 0.5) / 54, (row + 0.5) / 54) for row in range(30) for column in range(54)]
    light = widget.colours(1, cells) @ [0.2126, 0.7152, 0.0722]
    values = python_side(ConvolutionArithmetic).feature_map()[:30].flatten().numpy()
    assert np.corrcoef(np.argsort(np.argsort(light)), np.argsort(np.argsort(values)))[0, 1] > 0.99
