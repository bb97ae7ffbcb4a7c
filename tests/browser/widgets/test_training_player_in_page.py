"""The training player, for two runs and for one, operated in its page and compared with records."""

import re
from functools import cache

import numpy as np
import pytest

from utils import records
from utils.widgets.training_player import NAMES

TITLE, SINGLE = "Training player", "The full training"


@cache
def arms(title):
    """The recorded runs, in the order of the menus where there are several."""
    if title == SINGLE:
        return [records.load("full_training")["runs"][0]["arms"]["AlexNet"]]
    same = records.load("short_training")["runs"][0]["arms"]["AlexNet"]
    return [same, *records.load("changed_training")["runs"][0]["arms"].values()]


def agrees(widget, *arms):
    """Each column shows what the record of its run holds at the step of the slider."""
    step = int(widget.control("step").get_attribute("aria-valuetext"))
    shown = {name: values for name, *values in widget.rows(".bw-numbers")}
    assert {len(values) for values in shown.values()} == {len(arms)}
    assert widget.group.locator(".bw-confusion").count() == len(arms)
    for column, arm in enumerate(arms):
        first = arm["frames"][0]
        chosen = [frame for frame in arm["frames"] if frame["step"] <= step][-1]
        weights, start = (
            records.unpack(f["filters"]) * (f["largest weight"] / 127) for f in (chosen, first)
        )
        said = {name: values[column] for name, values in shown.items()}
        at = f"{step} (epoch {step / 469:.2f})"
        assert said["step"] == (at if chosen["step"] == step else f"stopped at {chosen['step']}")
        for name, value, within in (
            ("test accuracy", chosen["test accuracy"], 1e-7),
            ("largest weight", chosen["largest weight"], 6e-4),
            ("largest change since step 0", abs(weights - start).max(), 6e-4),
        ):
            assert float(said[name]) == pytest.approx(value, abs=within), name
        table = widget.rows(".bw-confusion", column)
        counts = records.unpack(chosen["confusion"])
        cells = [[int(n.replace("·", "0")) for n in row] for _, *row in table]
        np.testing.assert_array_equal(cells, counts)
        mistakes = counts * (1 - np.eye(10, dtype=int))
        worst = np.unravel_index(mistakes.argmax(), mistakes.shape)
        truth, answer = (table[i][0][2:] for i in worst)
        assert said["most frequent mistake"] == f"{truth} as {answer}: {mistakes.max()}"


def filters_agree(widget, canvas, arm):
    """The canvas shows the filters at the end of this run, each weight three pixels wide."""
    stored = records.unpack(arm["frames"][-1]["filters"]).reshape(-1, 11, 11)
    height = -(-len(stored) // 8)
    places = [
        ((k % 8 + (x + 0.5) * 3 / 37) / 8, (k // 8 + (y + 0.5) * 3 / 37) / height)
        for k, y, x in np.ndindex(stored.shape)
    ]
    shown = widget.colours(canvas, places)[:, 0]
    np.testing.assert_allclose(shown, 128.0 + stored.flatten(), atol=1.01)
    assert widget.canvas(canvas).bounding_box()["width"] / 8 * 3 / 37 > 3


@pytest.mark.parametrize(
    ("title", "canvas", "of", "hint"),
    [
        (TITLE, 2, " of run A", "compare “seed 0, the recipe” with each of the others."),
        (SINGLE, 0, "", "play the filters"),
    ],
)
def test_player_by_keyboard(open_widget, title, canvas, of, hint):
    widget, runs = open_widget(title), arms(title)
    shown = runs if title == SINGLE else [runs[widget.value(f"run {name}")] for name in "AB"]
    agrees(widget, *shown)
    steps = []
    widget.press("step", "Home")
    for _ in range(int(widget.control("step").get_attribute("max")) + 1):
        steps.append(int(widget.control("step").get_attribute("aria-valuetext")))
        agrees(widget, *shown)
        widget.press("step", "ArrowRight")
    recorded = max(([frame["step"] for frame in run["frames"]] for run in runs), key=len)
    assert steps == [step for step in recorded if step in steps]  # the page may leave out some
    assert (steps[0], steps[-1]) == (recorded[0], recorded[-1])
    caption = widget.page.locator("figure.widget", has=widget.group).locator("figcaption")
    assert f"snapshots at {len(steps)} steps" in caption.inner_text()
    filters_agree(widget, canvas, shown[0])
    assert widget.label(canvas).startswith(f"The first layer’s filters{of}, ")
    widget.press("filters", "ArrowDown")
    assert "change since step 0" in widget.group.locator(".bw-caption").first.inner_text()
    agrees(widget, *shown)
    assert widget.group.locator(".bw-hint").inner_text().startswith(f"Try: {hint}")


def test_two_runs_by_pointer(on_phone):
    runs = arms(TITLE)
    assert set(NAMES.values()) <= {name[2:] for name, *_ in on_phone.rows(".bw-confusion")}
    for name, index in (("run A", 1), ("run B", 2)):
        on_phone.control(name).select_option(index=index)
    on_phone.click("step", 0.99)
    assert on_phone.value("step") == 11
    agrees(on_phone, *runs[1:])


def test_a_single_run_by_pointer(open_widget):
    widget, (arm,) = open_widget(SINGLE, 390), arms(SINGLE)
    widget.click("step", 0.99)
    filters_agree(widget, 0, arm)
    widget.push("Play")  # from the end: begins again
    step = widget.control("step").element_handle()
    widget.page.wait_for_function("step => [2, 3].includes(+step.value)", arg=step)
    widget.push("Pause")
    agrees(widget, arm)
    assert not re.search(r"\b[Rr]un [AB]\b|\b[AB]:", widget.group.inner_html())
    assert widget.group.get_by_role("combobox").count() == 1
