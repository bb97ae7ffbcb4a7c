"""The wheel of `utils` is all that a chapter needs: this is what Colab will have.

It is built and installed without the network, into an empty folder, and a chapter is run from
another empty folder by a kernel that cannot see the checkout.
"""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools import run_alone

ROOT = Path(__file__).parents[2]
CHAPTER = ROOT / "book" / "03_layer_shapes.ipynb"

# Appended to the chapter: it cannot see the checkout, and the package data came along.
LOOK_AROUND = f"""
import sys
from utils import files

assert not any(path.endswith({str(ROOT)!r}) for path in sys.path)
assert sum(map(len, files.bundled().values())) == 12_000 * (28 * 28 + 1) + 2 * 16 + 2 * 8
"""


def run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with nothing but the installed wheel in it."""
    wheels, target = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("target")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", wheels, ROOT)
    (wheel,) = wheels.iterdir()
    run(*pip, "install", "--no-deps", "--no-index", "--target", target, wheel)
    return target


def test_the_wheel_holds_the_package_with_its_data_and_nothing_else(installed):
    names = sorted(path.name for path in installed.iterdir() if path.name != "__pycache__")
    assert [re.sub(r"-.*", "", name) for name in names] == ["alexnet_book", "utils"]
    assert files_of(installed / "utils") == files_of(ROOT / "utils")


def test_a_chapter_runs_on_the_wheel_alone(installed, tmp_path, monkeypatch):
    notebook = nbformat.read(CHAPTER, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(LOOK_AROUND))
    nbformat.write(notebook, tmp_path / CHAPTER.name)
    monkeypatch.setenv("PYTHONPATH", str(installed))
    said = run_alone.run(tmp_path / CHAPTER.name)
    assert said.startswith(f"{installed / 'utils' / '__init__.py'} ")


def files_of(folder: Path) -> set[str]:
    """Paths below `folder`, without what Python and editors leave there."""
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {
        path.as_posix()
        for path in paths
        if not any(part.startswith((".", "__pycache__")) for part in path.parts)
    }
