"""The widgets with a kernel: each opened and operated in a real JupyterLab, in Chromium."""

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from nbformat import v4
from playwright.sync_api import expect

from tools.pages import ROOT
from utils import records

pytestmark = pytest.mark.slow

CONVOLUTION = """from utils.widgets.convolution import ConvolutionArithmetic
w = ConvolutionArithmetic(stride=5)
w"""
STUDIO = """from utils.widgets.augmentation_studio import AugmentationStudio
w = AugmentationStudio()
w"""
GAP = """from utils.widgets.ilsvrc_gap import IlsvrcGap
w = IlsvrcGap()
w"""
SCALE = """from utils.models import LeNet, LeNet5
from utils.widgets.to_scale import NetworksToScale, layers
nets = {"LeNet": layers(LeNet(), (1, 28, 28)), "LeNet-5": layers(LeNet5(), (1, 32, 32))}
w = NetworksToScale(nets, "LeNet", "LeNet-5")
w"""
SIGNAL = """from utils.widgets.signal_depth import SignalDepth
w = SignalDepth()
w"""
NORM = """from utils.widgets.response_norm import ResponseNorm
w = ResponseNorm()
w"""
LIVE_NET = """from utils.widgets.live_net import LiveNet
w = LiveNet()
w"""
MASKS = """from utils.widgets.dropout_masks import DropoutMasks
w = DropoutMasks()
w"""
FILTERS = """from utils import records
from utils.widgets.filter_explorer import FilterExplorer
record = records.load("filters_from_photographs")["runs"][0]["arms"]["96 filters"]
w = FilterExplorer(record["frames"])
w"""
FIELD = """from utils.widgets.receptive_field import ReceptiveField
w = ReceptiveField()
w"""
GAME = """from utils.widgets.shape_game import ShapeGame
w = ShapeGame(level=2)
w"""
PLAYER = """from utils import records
from utils.widgets.training_player import TrainingPlayer
runs = records.load("short_training")["runs"]
w = TrainingPlayer({f"seed {run['seed']}": run["arms"]["AlexNet"] for run in runs})
w"""
SINGLE = """one = TrainingPlayer({"alone": runs[0]["arms"]["AlexNet"]}, title="One run")
one"""
DIFF = """from utils.compare import stages
from utils.models import AlexNet, LeNet, OneTowerAlexNet
from utils.widgets.network_diff import NetworkDiff
nets = {"paper": AlexNet(width=0.1), "torchvision": OneTowerAlexNet(width=0.1), "LeNet": LeNet()}
w = NetworkDiff({name: {"stages": stages(net), "facts": {}} for name, net in nets.items()})
w"""
QUIZ = """from utils.quiz import ask
ask("3-inplace")"""
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


@contextmanager
def server(folder: Path, python: Path | str, program: str, *options: str):
    """A Jupyter server for `folder`: its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": str(ROOT),
        "BOOK_BATCH": "",  # a person is there
    }
    command = [
        *(str(python), "-m", program, "--no-browser", "--allow-root", *options),
        *("--ip=127.0.0.1", f"--port={port}", f"--ServerApp.root_dir={folder}"),
        "--IdentityProvider.token=",
    ]
    log = folder / "log"
    with log.open("w") as out:
        process = subprocess.Popen(command, env=os.environ | settings, stdout=out, stderr=out)
        address = f"http://127.0.0.1:{port}"
        for _ in range(120):
            try:
                urlopen(f"{address}/api/status", timeout=5).close()
                break
            except (URLError, OSError):
                assert process.poll() is None, log.read_text()
                time.sleep(0.5)
        yield address
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab of this environment: its address and its folder."""
    folder = tmp_path_factory.mktemp("lab")
    quiet = "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"
    with server(folder, sys.executable, "jupyterlab", quiet, "--LabApp.news_url=") as address:
        yield address, folder


@pytest.fixture(scope="module")
def classic(like_colab, tmp_path_factory):
    """A classic notebook with Colab's ipywidgets 7.7.1, IPython 7.34 and anywidget 0.9."""
    folder = tmp_path_factory.mktemp("classic")
    with server(folder, like_colab, "nbclassic") as address:
        yield address, folder


def write(path: Path, *sources: str) -> None:
    """A notebook of these cells, not run yet."""
    cells = [v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(v4.new_notebook(cells=cells, metadata=kernel), path)


class Notebook:
    """A notebook open in JupyterLab, whose cells are run one by one."""

    def __init__(self, page, folder: Path, address: str, name: str, *sources: str):
        write(folder / f"{name}.ipynb", *sources)
        self.page = page
        page.add_locator_handler(page.locator("dialog.jp-Dialog"), self.accept)
        page.goto(f"{address}/lab/tree/{name}.ipynb?reset")
        self.cells = page.locator(".jp-Notebook .jp-CodeCell")
        expect(self.cells).to_have_count(len(sources), timeout=60_000)
        expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible(
            timeout=60_000
        )

    def accept(self, dialog):
        """Press the default button, as a person does; what JupyterLab said is in a failed test.

        One of its requests that fails, as on a busy machine, is a "Server Connection Error" to it.
        """
        print("JupyterLab:", dialog.inner_text())
        dialog.locator("button").last.click()

    def run(self, cell: int):
        """Run a cell and return its output area."""
        prompt = self.cells.nth(cell).locator(".jp-InputArea-prompt")
        for _ in range(6):  # a page that is still starting may miss a key, or be slow to answer
            self.cells.nth(cell).locator(".cm-content").click()
            self.page.keyboard.press("Shift+Enter")
            with suppress(AssertionError):
                expect(prompt).not_to_have_text("[ ]:", timeout=10_000)
                break
        # Any number: a key that was taken for missed runs the cell once more.
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=120_000)
        return self.cells.nth(cell).locator(".jp-OutputArea")


@pytest.fixture
def notebook(lab, browser, request):
    """Open a notebook of these cells: `notebook(source, …)`."""
    address, folder = lab
    page = browser.new_page(viewport={"width": 1280, "height": 1200})
    page.set_default_timeout(60_000)

    def notebook(*sources):
        return Notebook(page, folder, address, request.node.name.split("[")[0], *sources)

    yield notebook
    page.close()


def test_convolution_speaks_with_python_both_ways(notebook):
    book = notebook(
        CONVOLUTION,
        "print(w.stride, w.row, w.rule)",
        "w.stride = 2",
        "w.feature_map()[7, 9].item()",
    )
    widget = book.run(0).get_by_role("group", name="Convolution arithmetic")
    expect(widget.get_by_label("stride", exact=True)).to_have_value("5")
    expect(widget.locator(".bw-size")).to_contain_text("= 43, so 43×43")
    widget.get_by_label("stride", exact=True).press("ArrowLeft")
    widget.get_by_label("rule", exact=True).select_option("ceil (2012 program)")
    widget.get_by_label("row", exact=True).press("Home")
    expect(widget.locator(".bw-size")).to_contain_text("= 55, so 55×55")
    expect(book.run(1)).to_contain_text("4 0 ceil")
    book.run(2)
    expect(widget.get_by_label("stride", exact=True)).to_have_value("2")
    expect(widget.locator(".bw-size")).to_contain_text("= 108, so 108×108")
    box = widget.locator("canvas").nth(1).bounding_box()
    place = {"x": 9.5 / 108 * box["width"], "y": 7.5 / 108 * box["height"]}
    widget.locator("canvas").nth(1).click(position=place)
    value = float(book.run(3).inner_text().split()[-1])
    expect(widget.locator(".bw-place")).to_contain_text(f"{value:.3f}".replace("-", "−"))


def test_receptive_field_speaks_with_python(notebook):
    book = notebook(FIELD, "print(w.layer, w.stride, w.fields()['pool5'])")
    widget = book.run(0).get_by_role("group", name="What a unit sees")
    widget.get_by_label("layer", exact=True).press("End")
    widget.get_by_label("conv1’s stride", exact=True).select_option("2")
    expect(widget.locator(".bw-state")).to_contain_text("A unit of pool5 sees 103×103 px")
    expect(book.run(1)).to_contain_text("8 2 (13, Field(size=103, jump=16, start=-32))")


def test_gap_speaks_with_python(notebook):
    book = notebook(GAP, "print(w.words())", "w.second = '2015, ResNet'")
    widget = book.run(0).get_by_role("group", name="The step between two results")
    widget.get_by_label("second", exact=True).select_option("2012, AlexNet, 5 networks")
    expect(book.run(1)).to_contain_text("26.172 % → 16.422 %: 9.75 points lower")
    book.run(2)
    expect(widget.get_by_label("second", exact=True)).to_have_value("2015, ResNet")
    expect(widget).to_contain_text("26.172 % → 3.57 %")


def test_scale_speaks_with_python(notebook):
    book = notebook(SCALE, "print([layer[0] for layer in w.chosen()])", "w.quantity = 'MACs'")
    widget = book.run(0).get_by_role("group", name="Two networks to scale")
    widget.get_by_label("layer below", exact=True).press("End")
    expect(book.run(1)).to_contain_text("['conv1', 'output']")
    before = widget.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    book.run(2)
    expect(widget.get_by_label("area shows", exact=True)).not_to_have_value("output values")
    assert widget.locator("canvas").evaluate("canvas => canvas.toDataURL()") != before


def test_studio_speaks_with_python(notebook):
    book = notebook(STUDIO, "print(w.top, w.a1)", "w.mirrored = 1")
    widget = book.run(0).get_by_role("group", name="Augmentation studio")
    widget.get_by_label("down (px)", exact=True).press("End")
    widget.get_by_label("α₁", exact=True).press("Home")
    expect(book.run(1)).to_contain_text("32 -30")
    before = widget.locator("canvas").nth(1).evaluate("canvas => canvas.toDataURL()")
    book.run(2)
    expect(widget.locator(".bw-state")).to_contain_text("Crop 2162 of 2178")
    assert widget.locator("canvas").nth(1).evaluate("canvas => canvas.toDataURL()") != before


def test_signals_speak_with_python(notebook):
    book = notebook(SIGNAL, "print(w.depth, len(w.signals()))", "w.activation = 'ReLU'")
    widget = book.run(0).get_by_role("group", name="Signal and gradient through the layers")
    widget.get_by_label("hidden layers", exact=True).press("End")
    expect(book.run(1)).to_contain_text("30 30")
    before = widget.locator(".bw-state").inner_text()
    book.run(2)
    expect(widget.get_by_label("activation", exact=True)).to_have_value("ReLU")
    expect(widget.locator(".bw-state")).not_to_have_text(before)


@pytest.mark.parametrize(
    ("source", "title", "label", "key", "shown", "heard", "told"),
    [
        (NORM, "Local response normalisation of nine channels", "its response", "Home",
         "w.responses", "[5, 5, 5, 5, 0, 5, 5, 5, 5]", "w.scale = 0"),
        (MASKS, "Dropout, pass by pass", "passes", "End", "w.passes, len(w.sums())", "300 300",
         "w.rule = 'paper'"),
        (FILTERS, "Filter explorer", "filter", "End", "w.filter, w.when", "96 after",
         "w.when = 'before'"),
    ],
    ids=["norm", "masks", "filters"],
)  # fmt: skip
def test_a_slider_speaks_with_python(notebook, source, title, label, key, shown, heard, told):
    book = notebook(source, f"print({shown})", told)
    widget = book.run(0).get_by_role("group", name=title)
    widget.get_by_label(label, exact=True).press(key)
    expect(book.run(1)).to_contain_text(heard)
    before = widget.locator(".bw-state").inner_text()
    book.run(2)
    expect(widget.locator(".bw-state")).not_to_have_text(before)


def test_game_speaks_with_python(notebook):
    book = notebook(
        GAME, "print(w.answers(), w.typed, w.tries)", "w.level = 4", "print(w.answers()[0])"
    )
    widget = book.run(0).get_by_role("group", name="Shape game")
    answer = widget.get_by_label("your answer")
    answer.fill("8000")
    answer.press("Enter")
    expect(widget.locator(".bw-feedback")).to_contain_text("Not 8,000.")
    expect(book.run(1)).to_contain_text("[8] 8000 1")
    answer.fill("8")
    answer.press("Enter")
    expect(widget.locator(".bw-feedback")).to_contain_text("Right.")
    book.run(2)
    expect(widget.locator(".bw-question")).to_contain_text("becomes a map of")
    expect(answer).to_have_value("")
    right = book.run(3).inner_text().split()[-1]
    answer.fill(right)
    answer.press("Enter")
    expect(widget.locator(".bw-feedback")).to_contain_text("Right.")


def test_player_speaks_with_python(notebook):
    cells = "print(w.first, w.second, w.frame)", "w.frame = 11", SINGLE, "print('at', one.frame)"
    book = notebook(PLAYER, *cells)
    widget = book.run(0).get_by_role("group", name="Training player")
    widget.get_by_label("run A", exact=True).select_option("seed 4")
    widget.get_by_label("step", exact=True).press("ArrowRight")
    expect(book.run(1)).to_contain_text("4 1 1")
    book.run(2)
    ends = {
        run["seed"]: f"{run['arms']['AlexNet']['frames'][11]['test accuracy']:.4f}"
        for run in records.load("short_training")["runs"]
    }
    expect(widget.locator(".bw-numbers")).to_contain_text(ends[4])
    widget = book.run(3).get_by_role("group", name="One run")
    widget.get_by_label("step", exact=True).press("End")
    expect(widget.locator(".bw-numbers")).to_contain_text(ends[0])
    expect(book.run(4)).to_contain_text("at 11")


def test_diff_speaks_with_python(notebook):
    book = notebook(DIFF, "print(w.first, w.second, w.only_differences)", "w.second = 'paper'")
    widget = book.run(0).get_by_role("group", name="Two networks side by side")
    widget.get_by_label("on the left", exact=True).select_option("LeNet")
    widget.get_by_label("rows", exact=True).press("ArrowDown")
    expect(widget.locator(".bw-state")).to_contain_text("stages differ")
    expect(book.run(1)).to_contain_text("LeNet torchvision True")
    book.run(2)
    expect(widget.get_by_role("columnheader", name="paper")).to_be_visible()


def answer(area):
    """Answer a prediction wrongly by mouse, then rightly by keyboard."""
    group = area.get_by_role("radiogroup", name=re.compile("Every ReLU becomes in-place"))
    group.get_by_text("(a) It falls by about half").click()
    expect(area.get_by_role("status")).to_contain_text("Not quite. This counts a copy")
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        area.page.keyboard.press(key)
    expect(area.get_by_role("status")).to_contain_text("Right.")
    expect(group.get_by_label("(c) Nothing")).to_be_checked()


def test_a_prediction_is_answered(notebook):
    book = notebook(QUIZ, QUIZ.replace("3-inplace", "3-leftover"))
    area = book.run(0)
    answer(area)
    expect(book.run(1).get_by_role("status")).to_be_empty()
    expect(area.get_by_role("status")).to_contain_text("Right.")
    count = book.cells.count()
    area.get_by_role("radio").nth(2).click()
    for key in ("d", "d"):  # JupyterLab's way to delete a cell
        book.page.keyboard.press(key)
    book.page.wait_for_timeout(500)
    assert book.cells.count() == count


def test_play_tells_python_where_it_stopped(notebook):
    book = notebook(CONVOLUTION, "print('at', w.row, w.column)")
    widget = book.run(0).get_by_role("group", name="Convolution arithmetic")
    row = widget.get_by_label("row", exact=True)
    row.press("Home")
    widget.get_by_role("button", name="Play").click()
    expect(row).not_to_have_value("0")
    widget.get_by_role("button", name="Pause").click()
    expect(widget.get_by_role("button", name="Play")).to_be_visible()
    book.page.wait_for_timeout(300)
    where = row.input_value(), widget.get_by_label("column", exact=True).input_value()
    expect(book.run(1)).to_contain_text(f"at {where[0]} {where[1]}")


def test_widgets_follow_the_theme_of_jupyterlab(notebook):
    widget = notebook(FIELD).run(0).get_by_role("group", name="What a unit sees")
    colour = "w => getComputedStyle(w).backgroundColor"
    assert widget.evaluate(colour) == "rgb(255, 255, 255)"
    widget.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    assert widget.evaluate(colour) != "rgb(255, 255, 255)"


def test_an_experiment_is_changed_run_and_cancelled(notebook):
    book = notebook(LIVE, "print(len(panel.runs), [len(run) for run in panel.runs.values()])")
    area = book.run(0)
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
    both = re.compile(
        r"rate 0\.03, optimiser sgd, cancelled.*rate 0\.03, optimiser adam, cancelled"
    )
    expect(area.locator("img")).to_have_attribute("alt", both)
    expect(book.run(1)).to_contain_text("2 [")


@pytest.mark.parametrize(
    ("source", "title", "control", "value"),
    [
        (CONVOLUTION, "Convolution arithmetic", "stride", 7),
        (FIELD, "What a unit sees", "layer", 7),
        (GAME, "Shape game", "level", 5),
        (PLAYER, "Training player", "step", 7),
        (DIFF, "Two networks side by side", "on the right", "paper"),
        (SIGNAL, "Signal and gradient through the layers", "hidden layers", 20),
        (NORM, "Local response normalisation of nine channels", "channel", 6),
        (MASKS, "Dropout, pass by pass", "passes", 9),
        (GAP, "The step between two results", "second", "2015, ResNet"),
        (SCALE, "Two networks to scale", "layer below", 3),
        (STUDIO, "Augmentation studio", "down (px)", 20),
        (FILTERS, "Filter explorer", "filter", 96),
        (LIVE_NET, "AlexNet live", "test image", 20),
    ],
    ids=[
        "convolution",
        "field",
        "game",
        "player",
        "diff",
        "signal",
        "norm",
        "masks",
        "gap",
        "scale",
        "studio",
        "filters",
        "live",
    ],
)
def test_widgets_work_with_the_ipywidgets_of_colab(classic, browser, source, title, control, value):
    address, folder = classic
    traits = {
        "step": "frame",
        "on the right": "second",
        "hidden layers": "depth",
        "layer below": "lower",
        "down (px)": "top",
        "test image": "index",
    }
    trait = traits.get(control, control)
    change = f"w.{trait} = {value!r}"
    cells = "import utils.widgets", source, f"print('python has', w.{trait})", change
    name = title.replace(" ", "-")
    write(folder / f"{name}.ipynb", *cells)
    page = browser.new_page(viewport={"width": 1280, "height": 1200})
    page.set_default_timeout(60_000)
    page.goto(f"{address}/nbclassic/notebooks/{name}.ipynb")
    page.wait_for_function(  # the kernel, and the extension that hears of its widgets
        "globalThis.Jupyter?.notebook?.kernel?.is_connected() && "
        "'jupyter.widget' in Jupyter.notebook.kernel.comm_manager.targets"
    )

    def run(cell):
        page.evaluate("cell => Jupyter.notebook.execute_cells([cell])", cell)
        return page.locator(".code_cell").nth(cell).locator(".output_wrapper")

    run(0)  # meanwhile the page has looked for widgets of an earlier session
    expect(page.locator(".code_cell").first.locator(".input_prompt")).to_contain_text("1")
    moved = run(1).get_by_role("group", name=title).get_by_label(control, exact=True)
    before = moved.input_value()
    moved.press("ArrowRight")
    expect(moved).not_to_have_value(before)
    expect(run(2)).to_contain_text(f"python has {moved.input_value().split(':')[0]}")
    run(3)
    expect(moved).to_have_value(re.compile(rf"^{value}\b"))  # of the game, "5: down to …"
    page.close()


def test_a_prediction_is_answered_as_in_colab(classic, browser):
    address, folder = classic
    write(folder / "quiz.ipynb", QUIZ)
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/nbclassic/notebooks/quiz.ipynb")
    page.wait_for_function("globalThis.Jupyter?.notebook?.kernel?.is_connected()")
    page.evaluate("Jupyter.notebook.execute_cells([0])")
    answer(page.locator(".output_wrapper").first)
    page.close()
