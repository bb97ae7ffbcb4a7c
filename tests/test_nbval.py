"""What tests/conftest.py changes about nbval, which runs the notebooks."""

import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel


def test_a_dead_kernel_is_noticed_long_before_the_time_limit():
    kernel = RunningKernel(CURRENT_ENV_KERNEL_NAME)
    message = kernel.execute_cell_input("import os; os._exit(1)", allow_stdin=False)
    with pytest.raises(RuntimeError, match="kernel died"):
        kernel.await_reply(message, timeout=60)
    kernel.stop()


def test_kernels_run_in_batch_mode():
    kernel = RunningKernel(CURRENT_ENV_KERNEL_NAME)
    source = "import os; assert os.environ['BOOK_BATCH'] == '1'"
    reply = kernel.kc.execute_interactive(source, allow_stdin=False, timeout=60)
    assert reply["content"]["status"] == "ok"
    kernel.stop()
