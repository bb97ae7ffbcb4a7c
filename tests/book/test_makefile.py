"""The commands of the README: they exist, explain themselves, and install nothing twice."""

import re
import shutil

import pytest

from tools.pages import ROOT


def test_help_lists_every_target_and_the_readme_names_no_other(make):
    text = (ROOT / "Makefile").read_text().replace("\\\n", "")
    targets = set(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split())
    assert {line.split()[0] for line in make("help").stdout.splitlines()} == targets
    named = re.findall(r"`make ([a-z-]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert named and set(named) <= targets


def test_a_second_make_installs_nothing(make):
    if not (ROOT / ".venv/.all").is_file():
        pytest.skip("This environment was not made by `make test`: there are no stamps.")
    plan = make("--dry-run", "test").stdout
    assert "jupyter-book" in plan
    assert "pip" not in plan


def test_an_old_python_is_refused_in_one_sentence(make, tmp_path):
    for name in ("Makefile", "constraints.txt", "requirements-book.txt"):
        shutil.copy(ROOT / name, tmp_path)
    said = make("book", "PYTHON=", folder=tmp_path).stdout
    assert "This book needs Python 3.11 or newer" in said


@pytest.mark.parametrize(
    ("setting", "source"), [("no", "build _build/student/book"), ("yes", "build book")]
)
def test_the_pages_are_built_from_what_solutions_says(make, setting, source):
    plan = make("--dry-run", "book", f"SOLUTIONS={setting}").stdout
    assert f"jupyter-book {source} --config" in plan
    assert f"test {setting} = yes || " in plan and "-m tools.student_copy" in plan


def test_other_settings_of_solutions_are_refused_in_one_sentence(make):
    said = make("--dry-run", "book", "SOLUTIONS=maybe").stderr
    assert 'SOLUTIONS is "maybe": set it to yes or no.' in said
