"""What conftest.py changes about nbval, which runs the notebooks."""

import subprocess
import sys

import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel

from tools.pages import ROOT


def test_it_is_read_when_only_notebooks_are_run():
    pytest_ = [sys.executable, "-m", "pytest", "--nbval-lax", "--collect-only", "--trace-config"]
    command = [*pytest_, "book/01_history.ipynb"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert f"<module 'conftest' from '{ROOT / 'conftest.py'}'>" in done.stdout


def test_kernels_run_in_batch_mode_and_a_dead_one_is_noticed_long_before_the_time_limit():
    kernel = RunningKernel(CURRENT_ENV_KERNEL_NAME)
    source = "import os; assert os.environ['BOOK_BATCH'] == '1'"
    reply = kernel.kc.execute_interactive(source, allow_stdin=False, timeout=60)
    assert reply["content"]["status"] == "ok"
    message = kernel.execute_cell_input("os._exit(1)", allow_stdin=False)
    with pytest.raises(RuntimeError, match="kernel died"):
        kernel.await_reply(message, timeout=60)
    kernel.stop()
