"""For every test, and for the notebooks: `pytest book --nbval-lax` reads no file of tests/."""

import os
import time
from queue import Empty

import pytest
from nbval.kernel import RunningKernel
from xdist.scheduler import LoadScopeScheduling

# Set before any kernel starts: notebooks are silent and show figures instead of live widgets.
os.environ["BOOK_BATCH"] = "1"
# Set before PyTorch is imported: test processes share the cores. Two processes that each use all of
# two cores wait for each other: units that train took 129 s together, with one thread each 35 s.
PROCESSES = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
if PROCESSES > 1:
    os.environ["OMP_NUM_THREADS"] = str(max(1, os.cpu_count() // PROCESSES))

# A test of these files takes long and shares nothing with its neighbours.
ONE_BY_ONE = {"tests/book/test_notebooks_alone.py", "tests/browser/test_pages_audited.py"}


class ByFile(LoadScopeScheduling):
    """Hands whole files to the processes, so that what a file shares is made once.

    Those with the most tests come first, the notebooks among them, and single tests last.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file in ONE_BY_ONE else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return ByFile(config, log)


wait_for_message = RunningKernel.get_message


def get_message(kernel: RunningKernel, stream: str, timeout: float) -> dict:
    """nbval waits out its whole time limit when a kernel has died; this looks every second."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            left = max(0, deadline - time.monotonic())
            return wait_for_message(kernel, stream, timeout=min(1, left))
        except Empty:
            if not kernel.is_alive():
                raise RuntimeError("The kernel died in this cell (out of memory?).") from None
            if time.monotonic() >= deadline:
                raise


RunningKernel.get_message = get_message
