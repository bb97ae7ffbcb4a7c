"""For every test, and for the notebooks that `pytest tests book --nbval-lax …` runs beside them."""

import os
import time
from queue import Empty

from nbval.kernel import RunningKernel

# Set before any kernel starts: notebooks are silent and show figures instead of live widgets.
os.environ["BOOK_BATCH"] = "1"

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
