"""What several tests need: a browser, a Python like Colab's, the public address."""

import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.support.public import PUBLIC
from tools.pages import NO_BROWSER, ROOT, find_chromium, launch


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


LIKE_COLAB = ("ipywidgets==7.7.1", "ipython==7.34.0", "anywidget==0.9.*", "nbclassic", "ipykernel")


@pytest.fixture(scope="session")
def like_colab(tmp_path_factory) -> Path:
    """A Python with Colab's ipywidgets, IPython and anywidget over this environment's packages."""
    folder = tmp_path_factory.mktemp("colab")
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*install, *LIKE_COLAB], capture_output=True, text=True)
    if done.returncode:
        sentence = f"Cannot install {', '.join(LIKE_COLAB)}: {done.stderr.strip()[-300:]}"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(sentence)
    own = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    # PyTorch and the rest come from this environment; what was just installed goes before it.
    Path(own, "book.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture(scope="session")
def public_repository(tmp_path_factory) -> Path:
    """A bare repository of the package as it stands: what the public address would lead to."""
    work, bare = tmp_path_factory.mktemp("work"), tmp_path_factory.mktemp("public") / "book.git"
    for name in ("pyproject.toml", "README.md", "utils"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, work / name)
    git = ["git", "-C", work, "-c", "user.name=test", "-c", "user.email=test@example.org"]
    for command in (["init", "-qb", PUBLIC["branch"]], ["add", "."], ["commit", "-qm", "Now"]):
        subprocess.run([*git, *command], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", work, bare], check=True)
    return bare
