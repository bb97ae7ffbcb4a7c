"""The widgets with a kernel, operated in Chromium: in JupyterLab, and with Colab's ipywidgets 7.

Each environment has one notebook with the cells of all tests, opened once: tests run their own.
"""

import re
import sys
from contextlib import suppress
from typing import NamedTuple

import pytest
from playwright.sync_api import expect

from tests.support.jupyter import ClassicNotebook, JupyterLab, opened
from utils import records

pytestmark = pytest.mark.slow

LAB = pytest.param(JupyterLab, id="JupyterLab")
COLAB = pytest.param(ClassicNotebook, id="Colab")
KEYS = {"Home", "End", "ArrowLeft", "ArrowRight"}
LOOK = "node => node.toDataURL?.() ?? node.innerText"  # of a picture, or of a text

NETWORKS = """from utils.compare import stages
from utils.models import AlexNet, LeNet, OneTowerAlexNet
nets = {"paper": AlexNet(width=0.1), "torchvision": OneTowerAlexNet(width=0.1), "LeNet": LeNet()}
nets = {name: {"stages": stages(net), "facts": {}} for name, net in nets.items()}"""
RUNS = """from utils import records
runs = records.load("short_training")["runs"]
nets = {f"seed {run['seed']}": run["arms"]["AlexNet"] for run in runs}"""
LENETS = """from utils.models import LeNet, LeNet5
from utils.widgets.to_scale import layers
nets = {"LeNet": layers(LeNet(), (1, 28, 28)), "LeNet-5": layers(LeNet5(), (1, 32, 32))}"""
FILTERS = """from utils import records
record = records.load("filters_from_photographs")["runs"][0]["arms"]["96 filters"]"""


class Protocol(NamedTuple):
    """How a widget and Python speak with each other, in the order in which it happens."""

    title: str
    made: str  # with its module of utils.widgets
    pressed: dict[str, str]  # control -> key, or option of a menu
    heard: dict[str, str]  # what Python then has: expression -> what it prints
    told: dict[str, tuple[str, str]]  # what Python then changes -> control, its value
    needs: str = ""  # code above it
    state: str = ".bw-state"  # what says the result in words
    drawn: str = ""  # what must look different whenever Python has spoken, if it is not `state`
    said: str = ""  # words after the keys
    answered: str = ""  # words after all that Python said

    def cells(self) -> dict[str, str]:
        module = self.made.partition(".")[0]
        made = f"{self.needs}\nfrom utils.widgets import {module}\nw = {self.made}\nw"
        heard = {expression: f"print({expression})" for expression in self.heard}
        parts = {"widget": made} | heard | {statement: statement for statement in self.told}
        return {f"{self.title}: {part}": source for part, source in parts.items()}


def accuracy(seed: int) -> str:
    """The last one of a recorded run, as the player writes it."""
    (run,) = (run for run in records.load("short_training")["runs"] if run["seed"] == seed)
    return f"{run['arms']['AlexNet']['frames'][11]['test accuracy']:.4f}"


PROTOCOLS = [
    Protocol(
        "Convolution arithmetic", "convolution.ConvolutionArithmetic(stride=5)",
        {"stride": "ArrowLeft", "rule": "ceil (2012 program)", "row": "Home"},
        {"w.stride, w.row, w.rule": "4 0 ceil"}, {"w.stride = 2": ("stride", "2")},
        state=".bw-size", said="= 55, so 55×55", answered="= 108, so 108×108",
    ),
    Protocol(
        "What a unit sees", "receptive_field.ReceptiveField()",
        {"layer": "End", "conv1’s stride": "2"},
        {"w.layer, w.stride, w.fields()['pool5']": "8 2 (13, Field(size=103, jump=16, start=-32))"},
        {"w.layer = 7": ("layer", "7")}, said="A unit of pool5 sees 103×103 px",
    ),
    Protocol(
        "The step between two results", "ilsvrc_gap.IlsvrcGap()",
        {"second": "2012, AlexNet, 5 networks"},
        {"w.words()": "26.172 % → 16.422 %: 9.75 points lower"},
        {"w.second = '2015, ResNet'": ("second", "2015, ResNet")}, answered="26.172 % → 3.57 %",
    ),
    Protocol(
        "Two networks to scale", "to_scale.NetworksToScale(nets, 'LeNet', 'LeNet-5')",
        {"layer below": "End"}, {"[layer[0] for layer in w.chosen()]": "['conv1', 'output']"},
        {"w.quantity = 'MACs'": ("area shows", "MACs"), "w.lower = 3": ("layer below", "3")},
        needs=LENETS, drawn="canvas",
    ),
    Protocol(
        "Augmentation studio", "augmentation_studio.AugmentationStudio()",
        {"down (px)": "End", "α₁": "Home"}, {"w.top, w.a1": "32 -30"},
        {"w.top = 20": ("down (px)", "20"), "w.mirrored = 1": ("mirror", "mirrored")},
        drawn="canvas >> nth=1", answered="Crop 1766 of 2178",
    ),
    Protocol(
        "Signal and gradient through the layers", "signal_depth.SignalDepth()",
        {"hidden layers": "End"}, {"w.depth, len(w.signals())": "30 30"},
        {"w.activation = 'ReLU'": ("activation", "ReLU"), "w.depth = 20": ("hidden layers", "20")},
    ),
    Protocol(
        "Local response normalisation of nine channels", "response_norm.ResponseNorm()",
        {"its response": "Home"}, {"w.responses": "[5, 5, 5, 5, 0, 5, 5, 5, 5]"},
        {"w.scale = 0": ("input times", "0"), "w.channel = 6": ("channel", "6")},
    ),
    Protocol(
        "Dropout, pass by pass", "dropout_masks.DropoutMasks()", {"passes": "End"},
        {"w.passes, len(w.sums())": "300 300"},
        {"w.rule = 'paper'": ("scaling", "paper: evaluation × (1 − p)"),
         "w.passes = 9": ("passes", "9")},
    ),
    Protocol(
        "Filter explorer", "filter_explorer.FilterExplorer(record['frames'])", {"filter": "End"},
        {"w.filter, w.when": "96 after"},
        {"w.when = 'before'": ("weights", "before training"), "w.filter = 5": ("filter", "5")},
        needs=FILTERS,
    ),
    Protocol(
        "AlexNet live", "live_net.LiveNet()", {"test image": "ArrowRight"}, {"w.index": "1"},
        {"w.index = 20": ("test image", "20")},
    ),
    Protocol(
        "Two networks side by side", "network_diff.NetworkDiff(nets)",
        {"on the left": "LeNet", "rows": "only what differs"},
        {"w.first, w.second, w.only_differences": "LeNet torchvision True"},
        {"w.second = 'paper'": ("on the right", "paper")},
        needs=NETWORKS, drawn="thead", said="stages differ",
    ),
    Protocol(
        "Shape game", "shape_game.ShapeGame()", {"level": "ArrowRight"}, {"w.level": "2"},
        {"w.level = 4": ("level", "4: find the setting")},
        state=".bw-question", answered="becomes a map of",
    ),
    Protocol(
        "Training player", "training_player.TrainingPlayer(nets)",
        {"run A": "seed 4", "step": "ArrowRight"},
        {"w.first, w.second, w.frame": "4 1 1"}, {"w.frame = 11": ("step", "11")},
        needs=RUNS, state=".bw-numbers", answered=accuracy(4),
    ),
    Protocol(
        "One run", "training_player.TrainingPlayer({'alone': nets['seed 0']}, title='One run')",
        {"step": "End"}, {"w.frame": "11"}, {"w.frame = 3": ("step", "3")},
        needs=RUNS, state=".bw-numbers", said=accuracy(0),
    ),
]  # fmt: skip

QUIZ = 'from utils.quiz import ask\nask("3-inplace")'
LIVE = """from utils.data import fashion_mnist
from utils.live import live
from utils.models import LeNet
from utils.training import Recipe, train
data = fashion_mnist(quiet=True)
few, tests = ([part[:n] for part in pair] for pair, n in ((data.train, 64_000), (data.test, 100)))

def retrain(watch, rate=0.03, optimiser="sgd"):
    settings = Recipe(epochs=1, batch_size=16, lr=rate, optimizer=optimiser, image_size=28)
    return train(LeNet(), few, tests, settings, watch=watch)

panel = live(retrain, steps=3750, rate=[0.001, 0.03], optimiser=["sgd", "adam"])
panel"""
CELLS = {"import": "from utils.widgets import convolution, receptive_field, shape_game"}
for protocol in PROTOCOLS:
    CELLS |= protocol.cells()
CELLS |= {
    "map": "w = convolution.ConvolutionArithmetic(stride=5)\nw",
    "map at": "print(w.feature_map()[7, 9].item())",
    "map stopped": "print('at', w.row, w.column)",
    "game": "w = shape_game.ShapeGame(level=2)\nw",
    "game heard": "print(w.answers(), w.typed, w.tries)",
    "game level": "w.level = 4",
    "game answer": "print(w.answers()[0])",
    "theme": "receptive_field.ReceptiveField()",
    "live": LIVE,
    "live heard": "print(len(panel.runs), [len(run) for run in panel.runs.values()])",
    "quiz": QUIZ,
    "other quiz": QUIZ.replace("3-inplace", "3-leftover"),
    "keys": QUIZ.replace("3-inplace", "3-mat1"),
    "deleted": "# by a reader who presses d twice",
}


@pytest.fixture(scope="module", params=[LAB, COLAB])
def notebook(request, browser, tmp_path_factory):
    """The notebook of all cells."""
    like_colab = request.param is ClassicNotebook
    python = request.getfixturevalue("like_colab") if like_colab else sys.executable
    with opened(request.param, CELLS, browser, tmp_path_factory.mktemp("book"), python) as notebook:
        notebook.run("import")  # meanwhile the page has looked for widgets of an earlier session
        yield notebook


in_jupyterlab = pytest.mark.parametrize("notebook", [LAB], indirect=True)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.title)
def test_a_widget_speaks_with_python_both_ways(notebook, protocol):
    def run(part):
        return notebook.run(f"{protocol.title}: {part}")

    widget = run("widget").get_by_role("group", name=protocol.title)
    for label, choice in protocol.pressed.items():
        control = widget.get_by_label(label, exact=True)
        (control.press if choice in KEYS else control.select_option)(choice)
    state = widget.locator(protocol.state)
    drawn = widget.locator(protocol.drawn or protocol.state)
    expect(state).to_contain_text(protocol.said)
    for expression, value in protocol.heard.items():
        for _ in range(3):  # a widget sends a second change when Python has answered the first
            area = run(expression)
            with suppress(AssertionError):
                expect(area).to_contain_text(value, timeout=1_000)
                break
        expect(area).to_contain_text(value)
    for statement, (label, value) in protocol.told.items():
        before = drawn.evaluate(LOOK)
        run(statement)
        expect(widget.get_by_label(label, exact=True)).to_have_value(value)
        changed = f"([node, before]) => ({LOOK})(node) !== before"
        notebook.page.wait_for_function(changed, arg=[drawn.element_handle(), before])
    expect(state).to_contain_text(protocol.answered)


def test_the_map_of_a_convolution_is_python_s_and_play_tells_where_it_stopped(notebook):
    widget = notebook.run("map").get_by_role("group", name="Convolution arithmetic")
    expect(widget.get_by_label("stride", exact=True)).to_have_value("5")
    expect(widget.locator(".bw-size")).to_contain_text("= 43, so 43×43")
    canvas = widget.locator("canvas").nth(1)
    box = canvas.bounding_box()
    canvas.click(position={"x": 9.5 / 43 * box["width"], "y": 7.5 / 43 * box["height"]})
    value = float(notebook.run("map at").inner_text().split()[-1])
    expect(widget.locator(".bw-place")).to_contain_text(f"{value:.3f}".replace("-", "−"))
    row, column = (widget.get_by_label(label, exact=True) for label in ("row", "column"))
    row.press("Home")
    widget.get_by_role("button", name="Play").click()
    expect(row).not_to_have_value("0")
    widget.get_by_role("button", name="Pause").click()
    expect(widget.get_by_role("button", name="Play")).to_be_visible()
    *_, at_row, at_column = notebook.run("map stopped").inner_text().split()
    assert at_row != "0"
    expect(row).to_have_value(at_row)
    expect(column).to_have_value(at_column)


def test_a_game_is_played_and_python_has_the_answers(notebook):
    widget = notebook.run("game").get_by_role("group", name="Shape game")
    answer, feedback = widget.get_by_label("your answer"), widget.locator(".bw-feedback")
    answer.fill("8000")
    answer.press("Enter")
    expect(feedback).to_contain_text("Not 8,000.")
    expect(notebook.run("game heard")).to_contain_text("[8] 8000 1")
    answer.fill("8")
    answer.press("Enter")
    expect(feedback).to_contain_text("Right.")
    notebook.run("game level")
    expect(widget.locator(".bw-question")).to_contain_text("becomes a map of")
    expect(answer).to_have_value("")
    answer.fill(notebook.run("game answer").inner_text().split()[-1])
    answer.press("Enter")
    expect(feedback).to_contain_text("Right.")


def test_a_prediction_is_answered_by_mouse_and_by_keyboard(notebook):
    area = notebook.run("quiz")
    group = area.get_by_role("radiogroup", name=re.compile("Every ReLU becomes in-place"))
    group.get_by_text("(a) It falls by about half").click()
    expect(area.get_by_role("status")).to_contain_text("Not quite. This counts a copy")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        notebook.page.keyboard.press(key)
    expect(area.get_by_role("status")).to_contain_text("Right.")
    expect(group.get_by_label("(c) Nothing")).to_be_checked()
    expect(notebook.run("other quiz").get_by_role("status")).to_be_empty()
    expect(area.get_by_role("status")).to_contain_text("Right.")


@in_jupyterlab
def test_keys_in_a_prediction_delete_no_cell(notebook):
    count = notebook.cells.count()
    area = notebook.run("keys")
    area.get_by_role("radio").nth(2).click()
    for _ in range(2):
        notebook.page.keyboard.press("d")  # JupyterLab's way to delete a cell
    notebook.cells.last.locator(".jp-InputArea-prompt").click()
    for _ in range(2):
        notebook.page.keyboard.press("d")
    expect(notebook.cells).to_have_count(count - 1)  # the last is gone, and no other
    expect(area.get_by_role("radio").nth(2)).to_be_checked()


@in_jupyterlab
def test_widgets_follow_the_theme_of_jupyterlab(notebook):
    widget = notebook.run("theme").get_by_role("group", name="What a unit sees")
    colour = "w => getComputedStyle(w).backgroundColor"
    assert widget.evaluate(colour) == "rgb(255, 255, 255)"
    widget.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert widget.evaluate(colour) != "rgb(255, 255, 255)"
    widget.page.evaluate("document.body.dataset.jpThemeLight = 'true'")


@in_jupyterlab
def test_an_experiment_is_changed_run_and_cancelled(notebook):
    area = notebook.run("live")
    expect(area).not_to_contain_text("Panel at")
    train, cancel = (area.get_by_role("button", name=name) for name in ("Train", "Cancel"))
    expect(cancel).to_be_disabled()
    train.click()
    expect(area).to_contain_text("of 3750, ")
    expect(train).to_be_disabled()
    cancel.click()
    expect(area).to_contain_text("what was trained is drawn")
    area.locator("select").nth(1).select_option("adam")
    train.click()
    expect(area).to_contain_text("of 3750, ")
    cancel.click()
    both = r"rate 0\.03, optimiser sgd, cancelled.*rate 0\.03, optimiser adam, cancelled"
    expect(area.locator("img")).to_have_attribute("alt", re.compile(both))
    expect(notebook.run("live heard")).to_contain_text("2 [")
