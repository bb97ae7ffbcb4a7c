"""What tests of the book share: the built pages, the extensions of the build, and make."""

import shutil
import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from tools.pages import HTML, NO_BUILD, ROOT


@pytest.fixture(scope="session")
def html() -> Path:
    """The folder of the built pages."""
    if not (HTML / "index.html").exists():
        pytest.fail(NO_BUILD)
    return HTML


@pytest.fixture
def extension(monkeypatch) -> Callable:
    """Imports a module of `book/_ext` by its name, as Sphinx does."""
    monkeypatch.syspath_prepend(ROOT / "book/_ext")
    return import_module


@pytest.fixture(scope="session")
def make() -> Callable[..., subprocess.CompletedProcess]:
    """Runs make with these arguments."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")

    def run(*arguments: str, folder: Path = ROOT, **keywords) -> subprocess.CompletedProcess:
        command = ["make", "--no-print-directory", "-C", folder, *arguments]
        return subprocess.run(command, capture_output=True, text=True, **keywords)

    return run
