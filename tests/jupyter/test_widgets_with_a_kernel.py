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
from tests.support.widgets import WIDGETS
from tools.pages import ROOT
from utils.widgets import PRESETS

pytestmark = pytest.mark.slow

RESULT = """widget => [...widget.querySelectorAll("canvas, table, .bw-state")].map(
  node => node.toDataURL?.() ?? node.innerText).join()"""


class Exchange(NamedTuple):
    """What a widget and Python tell each other, in the order in which it happens."""

    pressed: dict[str, str]  # control -> key, option of a menu, or a text
    asked: str  # of Python, which has the widget as `w` …
    heard: str  # … and this is what it prints
    changed: str  # by Python, and the result looks different
    shown: dict[str, str]  # control -> its value then


EXCHANGES = {
    "Convolution arithmetic": Exchange(
        {"stride": "ArrowRight", "rule": "ceil (2012 program)", "row": "Home"},
        "w.stride, w.row, w.rule", "5 0 ceil", "w.stride = 2", {"stride": "2"}),
    "What a unit sees": Exchange(
        {"layer": "End", "conv1’s stride": "2"}, "w.layer, w.stride, w.fields()['pool5']",
        "8 2 (13, Field(size=103, jump=16, start=-32))", "w.layer = 7", {"layer": "7"}),
    "The step between two results": Exchange(
        {"second": "2012, AlexNet, 5 networks"},
        "w.words()", "26.172 % → 16.422 %: 9.75 points lower",
        "w.second = '2015, ResNet'", {"second": "2015, ResNet"}),
    "Two networks to scale": Exchange(
        {"layer below": "End"}, "[layer[0] for layer in w.chosen()]", "['conv1', 'output']",
        "w.quantity, w.lower = 'MACs', 3", {"area shows": "MACs", "layer below": "3"}),
    "Augmentation studio": Exchange(
        {"down (px)": "End", "α₁": "Home"}, "w.top, w.a1", "32 -30",
        "w.top, w.mirrored = 20, 1", {"down (px)": "20", "mirror": "mirrored"}),
    "Signal and gradient through the layers": Exchange(
        {"hidden layers": "End"}, "w.depth, len(w.signals())", "30 30",
        "w.activation, w.depth = 'ReLU', 20", {"activation": "ReLU", "hidden layers": "20"}),
    "Local response normalisation of nine channels": Exchange(
        {"its response": "Home"}, "w.responses", "[5, 5, 5, 5, 0, 5, 5, 5, 5]",
        "w.scale, w.channel = 0, 6", {"input times": "0", "channel": "6"}),
    "Dropout, pass by pass": Exchange(
        {"passes": "End"}, "w.passes, len(w.sums())", "300 300", "w.rule, w.passes = 'paper', 9",
        {"scaling": "paper: evaluation × (1 − p)", "passes": "9"}),
    "Filter explorer": Exchange(
        {"filter": "End"}, "w.filter, w.when", "96 after",
        "w.when, w.filter = 'before', 5", {"weights": "before training", "filter": "5"}),
    "AlexNet live": Exchange(
        {"test image": "ArrowRight"}, "w.index", "1", "w.index = 20", {"test image": "20"}),
    "Laboratory": Exchange(
        {"network": "quarter-width AlexNet, 64 px", "seed": "End"}, "w.network, w.rate, w.seed",
        "quarter-width AlexNet 0.005 9", "w.network, w.epochs = 'LeNet', 10",
        {"network": "LeNet, 28 px", "epochs": "10"}),
    "Two networks side by side": Exchange(
        {"on the left": "torchvision", "rows": "only what differs"},
        "w.first, w.second, w.only_differences", "torchvision torchvision True",
        "w.second = 'paper'", {"on the right": "paper"}),
    "Shape game": Exchange(
        {"level": "ArrowRight", "your answer": "8000"},
        "w.level, w.answers(), w.typed, w.tries", "2 [8] 8000 1",
        "w.level = 4", {"level": "4: find the setting", "your answer": ""}),
    "Training player": Exchange(
        {"run A": "two", "step": "ArrowRight"}, "w.first, w.second, w.frame", "1 1 1",
        "w.frame = 11", {"step": "11"}),
    "The full training": Exchange(
        {"step": "End"}, "w.frame", "11", "w.frame = 3", {"step": "3"}),
}  # fmt: skip

QUIZ = 'from utils.quiz import ask\nask("3-inplace")'
LIVE = """from utils.data import fashion_mnist
from utils.live import live
from utils.nets import LeNet
from utils.training import Recipe, train
data = fashion_mnist(quiet=True)
few, tests = data.train, data.test.first(100)

def retrain(callback, rate=0.03, optimiser="sgd"):
    settings = Recipe(epochs=1, batch_size=16, lr=rate, optimizer=optimiser, image_size=28)
    return train(LeNet(), few, tests, settings, callback=callback)

panel = live(retrain, steps=3750, rate=[0.001, 0.03], optimiser=["sgd", "adam"])
panel"""
# Run, not imported: in a kernel, `tests` is a package of IPython 7.
CELLS = {"import": f'%run "{ROOT}/tests/support/widgets.py"'}
for name in PRESETS:
    EXCHANGES[f"Laboratory: {name}"] = Exchange(
        {"seed": "End"}, "w.preset, w.seed", f"{name} 9", "w.seed, w.epochs = 3, 10",
        {"seed": "3", "epochs": "10"})  # fmt: skip
for title, exchange in EXCHANGES.items():
    CELLS |= {
        title: f"w = WIDGETS[{title!r}][0]()\nw",
        f"{title}: asked": f"print({exchange.asked})",
        f"{title}: changed": exchange.changed,
    }
CELLS |= {
    "play": "w = WIDGETS['Convolution arithmetic'][0]()\nw",
    "play stopped": "print(w.row, w.column, w.feature_map()[w.row, w.column].item())",
    "train": "WIDGETS['Laboratory'][0](epochs=1)",
    "theme": "WIDGETS['What a unit sees'][0]()",
    "live": LIVE,
    "live heard": "print(len(panel.runs), [len(run) for run in panel.runs.values()])",
    "quiz": QUIZ,
    "other quiz": QUIZ.replace("3-inplace", "3-leftover"),
    "keys": QUIZ.replace("3-inplace", "3-mat1"),
    "deleted": "# by a reader who presses d twice",
}


@pytest.fixture(scope="module", params=[JupyterLab, ClassicNotebook])
def notebook(request, browser, tmp_path_factory):
    """The notebook of all cells."""
    like_colab = request.param is ClassicNotebook
    python = request.getfixturevalue("like_colab") if like_colab else sys.executable
    with opened(request.param, CELLS, browser, tmp_path_factory.mktemp("book"), python) as notebook:
        notebook.run("import")  # meanwhile the page has looked for widgets of an earlier session
        yield notebook


in_jupyterlab = pytest.mark.parametrize("notebook", [JupyterLab], indirect=True)


@pytest.mark.parametrize("title", WIDGETS)
def test_a_widget_speaks_with_python_both_ways(notebook, title):
    pressed, _, heard, _, shown = EXCHANGES[title]
    widget = notebook.run(title).get_by_role("group", name=title)
    for label, choice in pressed.items():
        control = widget.get_by_label(label, exact=True)
        if choice in ("Home", "End", "ArrowRight"):
            control.press(choice)
        elif control.evaluate("control => control.matches('select')"):
            control.select_option(choice)
        else:
            control.fill(choice)
            control.press("Enter")
    for _ in range(3):  # a widget sends a second change when Python has answered the first
        area = notebook.run(f"{title}: asked")
        with suppress(AssertionError):
            expect(area).to_contain_text(heard, timeout=1_000)
            break
    expect(area).to_contain_text(heard)
    before = widget.evaluate(RESULT)
    notebook.run(f"{title}: changed")
    for label, value in shown.items():
        expect(widget.get_by_label(label, exact=True)).to_have_value(value)
    changed = f"([widget, before]) => ({RESULT})(widget) !== before"
    notebook.page.wait_for_function(changed, arg=[widget.element_handle(), before])


def test_play_tells_python_where_it_stopped_and_the_value_there_is_python_s(notebook):
    widget = notebook.run("play").get_by_role("group", name="Convolution arithmetic")
    row, column = (widget.get_by_label(label, exact=True) for label in ("row", "column"))
    row.press("Home")
    widget.get_by_role("button", name="Play").click()
    expect(row).not_to_have_value("0")
    widget.get_by_role("button", name="Pause").click()
    expect(widget.get_by_role("button", name="Play")).to_be_visible()
    *_, at_row, at_column, value = notebook.run("play stopped").inner_text().split()
    assert at_row != "0"
    expect(row).to_have_value(at_row)
    expect(column).to_have_value(at_column)
    value = f"{float(value):.3f}".replace("-", "−")
    expect(widget.locator(".bw-place")).to_contain_text(value)


def test_a_network_trains_on_the_images_that_python_sends(notebook):
    widget = notebook.run("train").get_by_role("group", name="Laboratory")
    widget.get_by_role("button", name="Train").click()
    expect(widget).to_contain_text("“LeNet” has trained for 1 epoch in", timeout=60_000)
    expect(widget).to_contain_text(re.compile(r"Test accuracy after epoch 1: 0\.[78]"))


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
    notebook.page.keyboard.type("dd")  # JupyterLab's way to delete a cell
    notebook.cells.last.locator(".jp-InputArea-prompt").click()
    notebook.page.keyboard.type("dd")
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
