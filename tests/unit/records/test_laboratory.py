"""The laboratory's record: whole, the same as in a browser, and what chapters say of it."""

import json
import math
from functools import cache

import pytest

from benchmarks import laboratory
from utils import records
from utils.analysis import PairedDifference, paired_interval
from utils.widgets import PRESETS


@cache
def recorded(preset: str) -> dict[str, list[dict]]:
    """The seeds of each arm."""
    runs = records.load("laboratory")["runs"]
    return {run["arm"]: run["seeds"] for run in runs if run["preset"] == preset}


def at_end(preset: str, arm: str, part: str = "tests") -> list[float]:
    return [seed[part][-1] for seed in recorded(preset)[arm]]


def against(preset: str, arm: str, reference: str) -> PairedDifference:
    """The difference in test accuracy."""
    return paired_interval(at_end(preset, arm), at_end(preset, reference))


def test_every_arm_of_every_preset_has_its_seeds_with_finite_numbers():
    stored = records.load("laboratory")
    json.dumps(stored, allow_nan=False)
    found = [(run["preset"], run["arm"], run["settings"]) for run in stored["runs"]]
    assert found == [
        (name, arm["name"], laboratory.settings_of(arm))
        for name, preset in PRESETS.items()
        for arm in preset.whole_arms()
    ]
    for run in stored["runs"]:
        assert [seed["seed"] for seed in run["seeds"]] == [*laboratory.SEEDS]
        for seed in run["seeds"]:
            assert len(seed["losses"]) == laboratory.POINTS
            assert len(seed["tests"]) == len(seed["trains"]) == run["settings"]["epochs"]


def test_node_has_trained_what_the_browser_trains_to_the_last_image():
    for seed in records.load("page_training")["runs"]["LeNet"]:
        in_browser = [accuracy for _, accuracy in seed["epochs"]]
        in_node = recorded("training-set size")["LeNet, 8,000 images"][seed["seed"]]["tests"]
        assert in_browser[: len(in_node)] == in_node


def test_a_loss_is_stored_as_the_mean_of_a_block_of_steps():
    steps = [float(i) for i in range(2 * laboratory.POINTS)]
    run = {"losses": steps, "tests": [0.12345], "trains": [1 / 3]}
    stored = laboratory.rounded(run)
    assert stored["losses"] == [2 * i + 0.5 for i in range(laboratory.POINTS)]
    assert (stored["tests"], stored["trains"]) == ([0.1235], [0.3333])


def test_a_training_that_node_refuses_ends_with_its_sentence():
    settings = PRESETS["batch size"].whole_arms()[0]["settings"] | {"batch": 12}
    with pytest.raises(SystemExit, match=r"^A training failed in Node, .*(?s:.*)a multiple of 8 a"):
        laboratory.train(settings)
