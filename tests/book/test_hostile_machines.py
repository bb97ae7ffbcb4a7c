"""The book where little works: no network, no home, an old locale, an odd path, one core.

A short notebook uses what chapters use (data, a training, a figure, a widget, a claim, a question);
it runs in a kernel of its own under each condition, and must print the same.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tests.support.trial_book import build, figure, markdown
from tools.execute_notebooks import ROOT, SETUP

OFFLINE = str(Path(__file__).parents[1] / "support" / "offline")
ODD = "A folder 深度学习"
CELLS = (
    SETUP,
    "from utils.data import fashion_mnist\n"
    "data = fashion_mnist(quiet=True)\n"
    "images, labels = (part[:256] for part in data.train)",
    "from utils.models import LeNet\n"
    "from utils.training import Recipe, train\n"
    "few = (images, labels)\n"
    "history = train(LeNet(), few, few, Recipe(epochs=1, batch_size=64, image_size=28))",
    "from utils.figures import show\n"
    "from utils.figures.charts import lines\n"
    'show(lines([1, 2], {"loss": [2, 1]}, {}, "step", "loss"), alt="Loss falls.")',
    "from utils.widgets.convolution import ConvolutionArithmetic\nConvolutionArithmetic()",
    "from utils import claims, exercises\n"
    "from utils.quiz import ask\n"
    'ask("3-leftover")\n'
    'exercises.check("3.1", ...)',
    'print("all cells ran", utils.__file__)',
)
RUN = """
import os, sys
from pathlib import Path
import nbformat
from tools.execute_notebooks import execute
if "ONE_CORE" in os.environ and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
notebook = nbformat.read(sys.argv[1], as_version=4)
execute(notebook, Path(sys.argv[1]).parent)
print(ascii(notebook.cells[-1].outputs[0].text), end="")
"""


def run(*command, **settings: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [*map(str, command)], cwd=ROOT, env=os.environ | settings, capture_output=True, check=False
    )


def run_notebook(folder: Path, **settings: str) -> str:
    """What the short notebook prints at its end, run in `folder`."""
    path = folder / "notebook.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(source) for source in CELLS]), path)
    search = os.pathsep.join([*settings.pop("PYTHONPATH", "").split(os.pathsep), str(ROOT)])
    done = run(sys.executable, "-c", RUN, path, PYTHONPATH=search, **settings)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    return done.stdout.decode()


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"PYTHONPATH": OFFLINE},
        {"HOME": "/dev/null/home", "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""},
        {"ONE_CORE": "yes"},
    ],
    ids=["no network", "no home that can be written", "no UTF-8", "one core"],
)
def test_a_notebook_runs(tmp_path, settings):
    assert run_notebook(tmp_path, **settings).startswith("'all cells ran")


@pytest.mark.slow
def test_a_clone_in_a_folder_with_spaces_and_chinese_characters(tmp_path):
    clone = tmp_path / ODD
    shutil.copytree(ROOT / "utils", clone / "utils")
    (clone / "book").mkdir()
    said = run_notebook(clone / "book")
    assert said == ascii(f"all cells ran {clone / 'utils/__init__.py'}\n")
    pages = tmp_path / f"{ODD} 2"
    pages.mkdir()
    built = build(pages, [markdown("# A\n\n$x$"), figure("One white pixel.")])
    assert built.returncode == 0, built.stderr
    assert (pages / "_build/html/index.html").is_file()


@pytest.mark.slow
def test_pages_are_built_without_network_and_home_in_an_old_locale(tmp_path):
    settings = {"HOME": "/dev/null/home", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
    program = "import sys; from tests.support.trial_book import *; from pathlib import Path;"
    program += "done = build(Path(sys.argv[1]), [markdown('# A, \\u00a72')]);"
    program += "print(done.stderr); sys.exit(done.returncode)"
    search = os.pathsep.join([OFFLINE, str(ROOT)])
    done = run(sys.executable, "-c", program, tmp_path, PYTHONPATH=search, **settings)
    assert done.returncode == 0, done.stdout.decode(errors="replace")


@pytest.mark.parametrize("module", ["utils.train", "utils.experiments"])
def test_programs_explain_themselves_without_utf_8(module):
    settings = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run(sys.executable, "-m", module, "--help", PYTHONIOENCODING="", **settings)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert done.stdout.startswith(b"usage:")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            "sys.version_info = (3, 10, 12, 'final', 0)",
            "ImportError: This book needs Python 3.11 or newer, and this is ",
        ),
        (
            "metadata.version = lambda name: '1.13.1+cu117'",
            "ImportError: This book needs PyTorch 2.6 or newer, and here is 1.13.1+cu117: ",
        ),
    ],
    ids=["Python 3.10", "PyTorch 1.13"],
)
def test_what_is_too_old_is_refused_in_one_sentence(change, sentence):
    program = f"import sys\nfrom importlib import metadata\n{change}\n{SETUP}"
    done = run(sys.executable, "-c", program)
    assert done.returncode == 1
    said = done.stderr.decode()
    assert "During handling" not in said
    assert said.strip().splitlines()[-1].startswith(sentence)
