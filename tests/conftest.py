"""What several tests need: a browser, a Python like Colab's, the public address."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import sync_playwright

from tests.support.public_address import PUBLIC, instead_of
from tools.pages import NO_BROWSER, ROOT, find_chromium, launch

LIKE_COLAB = ("ipywidgets==7.7.1", "ipython==7.34.0", "anywidget==0.9.*", "nbclassic", "ipykernel")


def missing(sentence: str) -> None:
    """What a test needs is not here: in CI it must be."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(sentence)


@pytest.fixture(scope="session")
def browser():
    """One Chromium for every test that looks at pages."""
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            missing(NO_BROWSER)
        browser = launch(playwright, executable)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def like_colab(tmp_path_factory, worker_id) -> Path:
    """A Python with Colab's ipywidgets, IPython and anywidget over this environment's packages.

    All test processes share one: the first that needs it makes it.
    """
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "like_colab"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    with FileLock(folder.with_suffix(".lock")):
        purelib = sysconfig.get_path("purelib", "venv", {"base": str(folder)})
        # PyTorch, pip and the rest come from this environment; what is installed goes before it.
        packages = Path(purelib, "book.pth")
        if packages.exists():
            return python
        venv.create(folder)
        install = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet"]
        done = subprocess.run([*install, *LIKE_COLAB], capture_output=True, text=True)
        if done.returncode:
            missing(f"Cannot install {', '.join(LIKE_COLAB)}: {done.stderr.strip()[-300:]}")
        packages.write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture(scope="session")
def public_address(tmp_path_factory) -> dict[str, str]:
    """Environment in which git finds the package as it stands at the book's public address."""
    work = tmp_path_factory.mktemp("public") / "book"
    not_needed = (".git", ".venv*", "_build", "shots", "__pycache__", "_vendor", "*.ipynb")
    shutil.copytree(ROOT, work, ignore=shutil.ignore_patterns(*not_needed))
    git = ["git", "-C", work, "-c", "user.name=test", "-c", "user.email=test@example.org"]
    for command in (["init", "-qb", PUBLIC["branch"]], ["add", "."], ["commit", "-qm", "Now"]):
        subprocess.run([*git, *command], check=True)
    return instead_of(work.as_uri())
