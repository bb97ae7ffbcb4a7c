"""Signal and gradient through the layers, operated in the page and compared with PyTorch."""

import pytest

from tests.support.widgets import python_side
from utils.widgets import SignalDepth

TITLE = "Signal and gradient through the layers"


def agrees(widget, **settings):
    """The table shows the first, middle and last layer and the ratios, as PyTorch has them."""
    found = python_side(SignalDepth, **settings).signals()
    expected = [found[0], found[(len(found) - 1) // 2], found[-1], found[0] / found[-1]]
    shown = [[scientific(cell) for cell in cells] for _, *cells in widget.rows()]
    for cells, values in zip(shown, expected, strict=True):
        assert cells == pytest.approx(list(values), rel=0.06)
    assert widget.rows()[2][0] == f"layer {len(found)}"
    assert widget.label() == widget.state


def scientific(text):
    """The number in "0.12" or "3.4·10⁻⁵"."""
    plain = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(plain.replace("·10", "e"))


def test_signals_by_keyboard(widget):
    widget.follow(
        agrees,
        ("activation", "R", 1, {"activation": "ReLU"}),
        ("spread of the weights", "Home", 1, {"spread": 0}),
        ("hidden layers", "End", 1, {"depth": 30}),
        ("fan-in of the layers", "A", 1, {"fan_in": "AlexNet"}),
        ("seed", "ArrowRight", 2, {"seed": 2}),
        ("activation", "t", 1, {"activation": "tanh"}),
    )
