"""The laboratory's record: whole, the same as in a browser, and what chapters say of it."""

import json
import re
from functools import cache
from statistics import mean

import pytest

from benchmarks import laboratory
from tools.pages import ROOT
from utils import records
from utils.analysis import PairedDifference, paired_interval
from utils.widgets import PRESETS

recorded = cache(records.laboratory_seeds)


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
        in_node = recorded("parameters or images")["LeNet, 8,000 images"][seed["seed"]]["tests"]
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


def test_chapters_say_the_differences_that_the_record_has():
    """Words and numbers of each that a text states, as `paired_interval` says them."""
    said = {
        "parameters or images": {
            ("LeNet, 8,000 images", "LeNet, 1,000 images"): "ahead",
            ("AlexNet, 1,000 images", "LeNet, 1,000 images"): "not resolved",
        },
        "normalisation": {("LRN", "constant"): "not resolved"},
        "dropout": {("p = 0.25", "p = 0"): "not resolved", ("p = 0.5", "p = 0"): "behind"},
        "augmentation": {
            ("reflections", "plain"): "not resolved",
            ("crops", "plain"): "behind",
            ("both", "plain"): "behind",
        },
        "batch size": {
            ("128 at 0.005", "32 at 0.005"): "behind",
            ("128 at 0.02", "128 at 0.005"): "ahead",
            ("128 at 0.02", "32 at 0.005"): "not resolved",
            ("32 at 0.02", "32 at 0.005"): "not resolved",
        },
    }
    for preset, pairs in said.items():
        text = (ROOT / "book" / f"{PRESETS[preset].chapter}.ipynb").read_text(encoding="utf-8")
        for pair, word in pairs.items():
            found = against(preset, *pair)
            numbers = re.findall(r"[−\d.]+\d(?! %)", found.in_words())
            assert found.word == word, pair
            assert len(numbers) == 3
            written = r"{}( points)?,? \(?{} to {}\)".format(*map(re.escape, numbers))
            assert re.search(written, text), f"{preset}, {pair}: {found.in_words()}"


def test_chapter_2_a_small_network_knows_its_images_and_a_large_one_does_not_gain():
    assert 0.99 < mean(at_end("parameters or images", "LeNet, 1,000 images", "trains")) < 1


def test_chapter_4_only_relu_with_small_weights_stays_at_2_303():
    arms = recorded("activation")
    for seed in arms["ReLU, N(0,\u00a00.01²)"]:
        assert 2.30 <= min(seed["losses"]) <= max(seed["losses"]) <= 2.32
        assert set(seed["tests"]) == {0.1}
    tanh, relu = arms["tanh, N(0,\u00a00.01²)"], arms["ReLU, He"]
    for sigmoid, late, early in zip(arms["sigmoid, Xavier"], tanh, relu, strict=True):
        assert 1 < leaves(sigmoid) < 3  # in the second epoch or the third
        assert 2 < leaves(late) < 4
        assert leaves(early) < 0.25
        assert early["tests"][0] > 0.6
        assert late["tests"][-1] > sigmoid["tests"][-1]


def leaves(run: dict) -> float:
    """The epoch, with a fraction, at which the loss is first below 2.2."""
    first = next(i for i, loss in enumerate(run["losses"]) if loss < 2.2)
    return (first + 0.5) / laboratory.POINTS * len(run["tests"])


def test_chapter_5_lrn_is_on_the_line_of_the_constant():
    arms = recorded("normalisation")
    distances = {"constant": [], "plain": []}
    for other, found in distances.items():
        for lrn, run in zip(arms["LRN"], arms[other], strict=True):
            pairs = zip(lrn["losses"], run["losses"], strict=True)
            found.append(mean(abs(a - b) for a, b in pairs))
    near, far = distances.values()
    assert (round(min(near), 2), round(max(near), 2)) == (0.02, 0.11)
    assert (round(min(far), 1), round(max(far), 1)) == (0.3, 1.7)
    lrn, plain = (at_end("normalisation", arm) for arm in ("LRN", "plain"))
    assert all(a > b for a, b in zip(lrn, plain, strict=True))
    assert at_end("normalisation", "plain").count(0.1) == 1
    assert max(map(abs, against("normalisation", "LRN", "constant"))) < 0.02


def test_chapter_6_only_with_three_quarters_off_are_unseen_images_better_known():
    better = {}
    for arm, seeds in recorded("dropout").items():
        better[arm] = sum(seed["tests"][-1] > seed["trains"][-1] for seed in seeds)
    assert (better["p = 0"], better["p = 0.25"], better["p = 0.75"]) == (0, 0, 5)
    equal = (mean(at_end("dropout", "p = 0.5", part)) for part in ("tests", "trains"))
    assert abs(next(equal) - next(equal)) < 0.01
    ends = [sorted(at_end("dropout", "p = 0.75", part)) for part in ("tests", "trains")]
    assert [[round(values[i], 2) for i in (0, -1)] for values in ends] == [
        [0.40, 0.61],
        [0.23, 0.43],
    ]


def test_chapter_7_what_has_been_learned_of_1_000_images():
    learned = {arm: mean(at_end("augmentation", arm, "trains")) for arm in ("plain", "crops")}
    assert {arm: round(share, 3) for arm, share in learned.items()} == {
        "plain": 0.995,
        "crops": 0.826,
    }


def test_chapter_8_has_a_quarter_of_the_steps():
    steps = {arm["name"]: 5 * (8000 // arm["settings"]["batch"])
             for arm in PRESETS["batch size"].whole_arms()}  # fmt: skip
    assert (steps["32 at 0.005"], steps["128 at 0.005"]) == (1250, 310)
