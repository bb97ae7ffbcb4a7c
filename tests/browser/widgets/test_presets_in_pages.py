"""The experiments of the laboratory on the chapters' pages: arms to choose, trained as recorded."""

import json
from urllib.parse import unquote

import numpy as np
import pytest

from benchmarks.laboratory import POINTS
from utils import records
from utils.widgets import PRESETS

each_preset = pytest.mark.parametrize("name", PRESETS)


def arms_of(name):
    """The settings of each arm."""
    return {arm["name"]: arm["settings"] for arm in PRESETS[name].whole_arms()}


def choose(widget, arm):
    widget.group.get_by_role("radio", name=arm, exact=True).check()
    widget.settle()


@each_preset
def test_an_arm_sets_what_it_varies(open_widget, name):
    widget = open_widget(f"Laboratory: {name}")
    first, *_ = arms_of(name).values()
    for arm, settings in arms_of(name).items():
        choose(widget, arm)
        differs = [
            f"{key}:{json.dumps(value) if isinstance(value, bool) else value}"
            for key, value in settings.items()
            if value != first[key]
        ]
        _, _, link = unquote(widget.page.evaluate("location.hash")).partition("=")
        assert sorted(link.split(",") if link else []) == sorted(differs)
    assert widget.group.locator(".bw-hint").first.inner_text() == PRESETS[name].question


@each_preset
def test_one_epoch_gives_the_recorded_accuracy_and_loss(open_widget, name, tmp_path):
    """The same bits as in Node: of the quickest arm, with seed 0."""
    arms = arms_of(name)
    arm = min(arms, key=lambda one: (arms[one]["network"] != "LeNet", arms[one]["images"]))
    widget = open_widget(f"Laboratory: {name}")
    choose(widget, arm)
    widget.choose("epochs", "1")
    widget.button("Train").press("Enter")
    widget.group.get_by_text("has trained for 1 epoch in").wait_for(timeout=60_000)
    with widget.page.expect_download() as download:
        widget.button("Save runs").press("Enter")
    download.value.save_as(tmp_path / "run.json")
    (run,) = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["runs"]
    (recorded,) = (
        stored["seeds"][0]
        for stored in records.load("laboratory")["runs"]
        if (stored["preset"], stored["arm"]) == (name, arm)
    )
    assert run["tests"] == recorded["tests"][:1]
    steps = len(run["losses"])
    assert round(sum(run["correct"]) / (steps * arms[arm]["batch"]), 4) == recorded["trains"][0]
    blocks = np.array_split(np.arange(steps * arms[arm]["epochs"]), POINTS)
    whole = [block for block in blocks if block[-1] < steps]
    losses = [np.mean([run["losses"][step] for step in block]) for block in whole]
    assert [round(float(loss), 4) for loss in losses] == recorded["losses"][: len(whole)]
