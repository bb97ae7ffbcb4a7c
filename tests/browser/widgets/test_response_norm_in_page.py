"""Local response normalisation of nine channels, operated in the page, compared with PyTorch."""

import re

import pytest

from tests.support.widgets import python_side
from utils.widgets import ResponseNorm

TITLE = "Local response normalisation of nine channels"


def agrees(widget, **settings):
    """The table has input, output and gain of every channel, as PyTorch has them."""
    shown = [[float(cell.replace("−", "-")) for cell in cells] for _, *cells in widget.rows()]
    expected = zip(*python_side(ResponseNorm, **settings).normalised(), strict=True)
    for cells, values in zip(shown, expected, strict=True):
        assert cells == pytest.approx(values, rel=0.006)
    assert widget.label() == widget.state


def test_response_norm_by_keyboard(widget):
    widget.follow(
        agrees,
        ("input times", "Home", 1, {"scale": 0}),
        ("input times", "End", 1, {"scale": 7}),
        ("alpha is", "d", 1, {"formula": "divided by n"}),
        ("channel", "ArrowRight", 1, {}),
        ("its response", "End", 1, {"responses": [5, 5, 5, 5, 300, 300, 5, 5, 5]}),
        ("n", "ArrowRight", 1, {"size": 3}),
        ("k", "ArrowRight", 1, {"k": 3}),
        ("alpha", "ArrowRight", 1, {"alpha": 3}),
        ("beta", "ArrowRight", 1, {"beta": 4}, "Channel 6: 900 becomes"),
    )


def test_response_norm_by_pointer(on_phone):
    on_phone.click(0, (44 + 1.5 * (440 - 44) / 9) / 440, 0.5)  # the second channel
    response = int(re.match(r"Channel 2: (\d+) becomes", on_phone.state)[1])
    assert 120 < response < 190
    agrees(on_phone, responses=[5, response, 5, 5, 300, 5, 5, 5, 5])
