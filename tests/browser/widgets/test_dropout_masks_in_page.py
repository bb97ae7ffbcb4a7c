"""Dropout pass by pass, operated in the page and compared with what Python computes."""

import json
from pathlib import Path

import pytest

from tests.support.widget_page import numbers
from tests.support.widgets import python_side
from utils.widgets import DropoutMasks

TITLE = "Dropout, pass by pass"


def stored_masks():
    """The widget with the layer that the notebook has stored."""
    stored = json.loads(Path("book/06_dropout.ipynb").read_text(encoding="utf-8"))
    models = stored["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    (layer,) = (model["state"] for model in models.values() if "dropped" in model["state"])
    return DropoutMasks(layer["values"], layer["weights"])


def agrees(widget, **settings):
    """The table and the sentence have the numbers that Python computes from the stored layer."""
    python = python_side(stored_masks, **settings)
    found, (mean, spread, evaluation) = python.sums(), python.formula()
    if python.mode == "evaluation":
        mean, spread = evaluation, 0
    expected = [[found.mean(), mean], [found.std(), spread], [evaluation]]
    for (_, *cells), values in zip(widget.rows(), expected, strict=True):
        assert numbers(" ".join(cells)) == pytest.approx(values, abs=0.0051)
    assert widget.state.startswith(f"After {python.passes} pass")
    assert widget.label(1) == widget.state


def test_masks_by_keyboard(widget):
    widget.follow(
        agrees,
        ("passes", "End", 1, {"passes": 300}),
        ("p (dropped)", "ArrowRight", 10, {"dropped": 60}),
        ("scaling", "ArrowDown", 1, {"rule": "paper"}),
        ("mode", "e", 1, {"mode": "evaluation"}),
        ("scaling", "ArrowDown", 1, {"rule": "none"}),
    )
    assert "64 units, 0 of them dropped" in widget.label()


def test_masks_by_pointer(on_phone):
    on_phone.click("passes", 0.99)
    agrees(on_phone, passes=300)
    on_phone.push("Play")  # from the end: begins again
    on_phone.push("Pause")
    agrees(on_phone, passes=on_phone.value("passes"))
