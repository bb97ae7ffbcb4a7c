"""The book where little works: no network, no home, an old locale, an odd path, one core.

A short notebook uses what chapters use (data, a training, a figure, a widget, a claim, a question);
it runs in a kernel of its own under each condition, and must print the same.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat import v4

from tests.support.public_address import NO_NETWORK
from tests.support.trial_book import build, figure, markdown
from tools.execute_notebooks import ROOT, SETUP, execute

NO_HOME = {"HOME": "/dev/null/home", "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""}
NO_UTF_8 = {
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "",
}
ODD = "A folder 深度学习"
ONE_CORE = """
import os

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
"""
CELLS = """
from utils.data import fashion_mnist
data = fashion_mnist(quiet=True)
few = tuple(part[:256] for part in data.train)

from utils.models import LeNet
from utils.training import Recipe, train
history = train(LeNet(), few, few, Recipe(epochs=1, batch_size=64, image_size=28))

from utils.figures import show
from utils.figures.charts import lines
show(lines([1, 2], {"loss": [2, 1]}, {}, "step", "loss"), alt="Loss falls.")

from utils.widgets.convolution import ConvolutionArithmetic
ConvolutionArithmetic()

from utils import claims, exercises
from utils.quiz import ask
ask("3-leftover")
exercises.check("3.1", ...)

print("all cells ran", utils.__file__)
"""


def run_notebook(folder: Path, *first: str) -> str:
    """What the short notebook prints at its end, run in `folder` after the cells `first`."""
    sources = [*first, SETUP, *CELLS.strip().split("\n\n")]
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    execute(notebook, folder)
    return notebook.cells[-1].outputs[0].text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "first"),
    [
        ({"PYTHONPATH": f"{NO_NETWORK}{os.pathsep}{ROOT}"}, [ONE_CORE]),
        (NO_HOME | NO_UTF_8 | {"PYTHONPATH": str(ROOT)}, []),
    ],
    ids=["no network, one core", "no home that can be written, no UTF-8"],
)
def test_a_notebook_runs(tmp_path, monkeypatch, settings, first):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    assert run_notebook(tmp_path, *first).startswith("all cells ran")


@pytest.mark.slow
def test_a_notebook_runs_in_a_clone_in_a_folder_with_spaces_and_chinese_characters(tmp_path):
    clone = tmp_path / ODD
    shutil.copytree(ROOT / "utils", clone / "utils")
    (clone / "book").mkdir()
    assert run_notebook(clone / "book") == f"all cells ran {clone / 'utils/__init__.py'}\n"


@pytest.mark.slow
def test_pages_are_built_there_without_network_and_home_in_an_old_locale(tmp_path, monkeypatch):
    settings = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(NO_NETWORK)}
    for name, value in (NO_HOME | settings).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / ODD
    folder.mkdir()
    built = build(folder, [markdown("# A, §2\n\n$x$"), figure("One white pixel.")])
    assert built.returncode == 0, built.stderr
    assert (folder / "_build/html/index.html").is_file()


def run(*command: str, **settings: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=os.environ | settings, capture_output=True
    )


@pytest.mark.parametrize("module", ["utils.train", "utils.experiments"])
def test_programs_explain_themselves_without_utf_8(module):
    done = run("-m", module, "--help", **NO_UTF_8)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert done.stdout.startswith(b"usage:")


OLD_PYTHON = "sys.version_info = (3, 10, 12, 'final', 0)"
OLD_PYTORCH = "metadata.version = lambda name: '1.13.1+cu117'"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (OLD_PYTHON, "This book needs Python 3.11 or newer, and this is "),
        (OLD_PYTORCH, "This book needs PyTorch 2.6 or newer, and here is 1.13.1+cu117: "),
    ],
    ids=["Python 3.10", "PyTorch 1.13"],
)
def test_what_is_too_old_is_refused_in_one_sentence(change, sentence):
    done = run("-c", f"import sys\nfrom importlib import metadata\n{change}\n{SETUP}")
    assert done.returncode == 1
    said = done.stderr.decode()
    assert "During handling" not in said
    assert said.strip().splitlines()[-1].startswith(f"ImportError: {sentence}")
