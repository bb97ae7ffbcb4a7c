"""For every test, and for the notebooks that `pytest tests book --nbval-lax …` runs beside them."""

import os
import time
from queue import Empty

import pytest
from nbval.kernel import RunningKernel
from playwright.sync_api import sync_playwright

from tools.pages import NO_BROWSER, find_chromium, launch

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


@pytest.fixture(scope="session")
def browser():
    """One Chromium for every test that looks at pages."""
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(NO_BROWSER)
        browser = launch(playwright, executable)
        yield browser
        browser.close()
