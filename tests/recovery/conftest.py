"""For tests that interrupt."""

import signal

import pytest


@pytest.fixture(autouse=True, scope="module")
def ctrl_c_is_heard():
    """A script's background ignores Ctrl-C: so would pytest there, and all that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
