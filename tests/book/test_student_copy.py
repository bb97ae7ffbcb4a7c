"""The copy of the book without solutions: nothing of a solution is left, and it runs and builds."""

import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from tests.book.test_setup_cell import files_of
from tools.execute_notebooks import ROOT, execute
from tools.notebooks import NOTEBOOKS, tags
from tools.student_copy import BOOK, copy

SOLUTION = re.compile(r"@title Solution|Exercise [\d.]+: right")  # code, and what the check says


@pytest.fixture(scope="module")
def student(tmp_path_factory) -> Path:
    """The student's book, where it belongs in a clone."""
    clone = tmp_path_factory.mktemp("clone")
    (clone / "utils").symlink_to(ROOT / "utils")
    folder = clone / "_build" / "student" / "book"
    folder.mkdir(parents=True)
    (folder / "old.md").write_text("a page of the copy before")
    copy(BOOK, folder)
    return folder


def solutions(path: Path) -> list[nbformat.NotebookNode]:
    notebook = nbformat.read(path, as_version=4)
    return [cell for cell in notebook.cells if "solution" in tags(cell)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_solutions_are_gone_and_nothing_else(student, path):
    whole = nbformat.read(path, as_version=4)
    kept = nbformat.read(student / path.name, as_version=4)
    assert kept.cells == [cell for cell in whole.cells if "solution" not in tags(cell)]
    assert kept.metadata == whole.metadata
    assert len(solutions(path)) >= 4
    assert not SOLUTION.search((student / path.name).read_text(encoding="utf-8"))


def test_a_copy_has_all_other_files_and_replaces_what_was_there(student):
    assert files_of(student) == files_of(BOOK)
    assert not [*student.rglob(".*")]


@pytest.mark.slow
def test_the_pages_without_solutions_build_and_show_none(make, tmp_path):
    """In a clone of its own, because the browser tests need the pages of this one."""
    clone = tmp_path / "clone"
    ignored = shutil.ignore_patterns(".git", ".venv", "_build", "shots", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, clone, ignore=ignored)
    (clone / ".venv").symlink_to(Path(sys.prefix))
    done = make("book", "SOLUTIONS=no", "--assume-old=.venv/.book", folder=clone)
    assert done.returncode == 0, done.stdout + done.stderr
    for path in NOTEBOOKS:
        html = (clone / "_build/html" / f"{path.stem}.html").read_text(encoding="utf-8")
        page = BeautifulSoup(html, "html.parser").get_text()
        assert page.count("answer = ...") == len(solutions(path))
        assert not SOLUTION.search(page)
    assert solutions(clone / "book/03_layer_shapes.ipynb")


@pytest.mark.slow
def test_a_chapter_runs_without_its_solutions(student):
    notebook = nbformat.read(student / "03_layer_shapes.ipynb", as_version=4)
    execute(notebook, student)
    said = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("not answered yet" in str(output) for output in said) == 6
