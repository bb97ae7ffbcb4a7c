"""The filter explorer, operated in its page and compared with what Python computes."""

import numpy as np
import pytest

from tests.support.widget_page import numbers
from tests.support.widgets import explorer, python_side
from utils.widgets.filter_explorer import WHEN

TITLE = "Filter explorer"


def agrees(widget, **settings):
    """The numbers, and the place of the largest response, are those that Python computes."""
    python = python_side(explorer, **settings)
    response = python.response()
    row, column = np.unravel_index(response.argmax(), response.shape)
    values = python.numbers[WHEN.index(python.when)][python.filter - 1]
    assert widget.state.startswith(f"Filter {python.filter}: colour index {values[0]:.2f}.")
    assert f"in row {row + 1}, column {column + 1} of 31" in widget.state
    shown = [numbers(cell)[0] for _, cell in widget.rows()]
    assert shown == pytest.approx(values, abs=0.0051)


def test_explorer_by_keyboard(widget):
    widget.follow(
        agrees,
        ("filter", "ArrowRight", 4, {"filter": 5}),
        ("weights", "ArrowUp", 1, {"when": "before"}),
        ("filter", "End", 1, {"filter": 96}),
    )


def test_explorer_by_pointer(on_phone):
    on_phone.click(0, 2.5 / 12, 1.5 / 8)  # third in the second row
    agrees(on_phone, filter=15)
