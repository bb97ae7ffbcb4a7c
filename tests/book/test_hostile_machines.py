"""The book where little works: no network, no home, an old locale, an odd path, one core."""

import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel

from tests.support.public_address import NO_NETWORK
from tests.support.trial_book import build, figure, markdown
from tools.execute_notebooks import ROOT, execute

NO_HOME = {"HOME": "/dev/null/home", "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""}
OLD = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}
NO_UTF_8 = OLD | {"PYTHONUTF8": "0", "PYTHONIOENCODING": ""}
CHAPTER = ROOT / "book" / "04_relu_vs_sigmoid.ipynb"  # data, trainings, figures, a widget
ODD = "A folder 深度学习"
ONE_CORE = """
import os

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
"""
HELP = """
import contextlib, runpy, sys

for program in ("utils.train", "utils.experiments"):
    sys.argv[1:] = ["--help"]
    with contextlib.suppress(SystemExit):
        runpy.run_module(program, run_name="__main__")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "locale"), [(ODD, {}), ("plain", NO_UTF_8)], ids=["odd folder", "no UTF-8"]
)
def test_a_chapter_runs_on_one_core_without_network_and_home(tmp_path, monkeypatch, name, locale):
    clone = tmp_path / name
    shutil.copytree(ROOT / "utils", clone / "utils")
    (clone / "book").mkdir()
    for variable, value in (NO_HOME | locale | {"PYTHONPATH": str(NO_NETWORK)}).items():
        monkeypatch.setenv(variable, value)
    notebook = nbformat.read(CHAPTER, as_version=4)
    first, last = (nbformat.v4.new_code_cell(code) for code in (ONE_CORE, "print(utils.__file__)"))
    notebook.cells = [first, *notebook.cells, last]
    execute(notebook, clone / "book")
    assert last.outputs[0].text == f"{clone / 'utils/__init__.py'}\n"


@pytest.mark.slow
def test_pages_are_built_there_without_network_and_home_in_an_old_locale(tmp_path, monkeypatch):
    for name, value in (NO_HOME | OLD | {"PYTHONPATH": str(NO_NETWORK)}).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / ODD
    folder.mkdir()
    built = build(folder, [markdown("# A, §2\n\n$x$"), figure("One white pixel.")])
    assert built.returncode == 0, built.stderr
    assert (folder / "_build/html/index.html").is_file()


def test_kernels_run_in_batch_mode_and_a_dead_one_is_noticed_long_before_the_time_limit():
    """What conftest.py changes about nbval, which runs the notebooks."""
    # This one, also where only notebooks are run.
    assert RunningKernel.get_message.__globals__["__file__"] == str(ROOT / "conftest.py")
    kernel = RunningKernel(CURRENT_ENV_KERNEL_NAME)
    source = "import os; assert os.environ['BOOK_BATCH'] == '1'"
    reply = kernel.kc.execute_interactive(source, allow_stdin=False, timeout=60)
    assert reply["content"]["status"] == "ok"
    message = kernel.execute_cell_input("os._exit(1)", allow_stdin=False)
    with pytest.raises(RuntimeError, match="kernel died"):
        kernel.await_reply(message, timeout=60)
    kernel.stop()


def test_programs_explain_themselves_without_utf_8():
    command = [sys.executable, "-c", HELP]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | NO_UTF_8, capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    assert done.stdout.count(b"usage:") == 2
