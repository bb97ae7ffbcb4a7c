"""The commands of the README: they exist, explain themselves, and install nothing twice."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


def make(*arguments: str, **keywords) -> str:
    done = subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False, **keywords,
    )  # fmt: skip
    return done.stdout + done.stderr


def test_help_lists_every_target():
    text = (ROOT / "Makefile").read_text().replace("\\\n", "")
    targets = set(re.findall(r"^\.PHONY: (.*)$", text, re.M)[0].split())
    listed = {line.split()[0] for line in make("help").splitlines()}
    assert listed == targets


def test_the_readme_names_only_targets_that_exist():
    targets = {line.split()[0] for line in make("help").splitlines()}
    named = re.findall(r"`make ([a-z-]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert named and set(named) <= targets


def test_a_second_make_installs_nothing():
    if not (ROOT / ".venv/.all").is_file():
        pytest.skip("This environment was not made by `make test`: there are no stamps.")
    plan = make("--dry-run", "test")
    assert "jupyter-book" in plan
    assert "pip" not in plan


def test_an_old_python_is_refused_in_one_sentence(tmp_path):
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("Makefile", "constraints.txt", "requirements-book.txt"):
        shutil.copy(ROOT / name, clone)
    said = make("-C", str(clone), "book", "PYTHON=")
    assert "This book needs Python 3.11 or newer" in said
