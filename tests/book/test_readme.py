"""The README: its table of chapters is the one that the notebooks give, what it names is there."""

import re

import nbformat
import pytest
from nbformat import v4

from tests.unit.test_house import UTILS, imported
from tools.chapter_table import README, ROOT, minutes, reading, written
from tools.notebooks import NOTEBOOKS

TEXT = README.read_text(encoding="utf-8")
MAP = re.sub(r"\n {9,}", " ", TEXT)  # one line a file
# What contributing.md tells how to make, or a program makes.
WINDOW = {"window.py", "window.js", "test_window_in_page.py"}  # the widget of a recipe
EXAMPLES = {"NAME.json", "my_experiment.json", "unfinished", *WINDOW}


def test_the_table_of_chapters_is_up_to_date():
    assert written() == TEXT, "run `.venv/bin/python -m tools.chapter_table`"


def test_what_is_read_is_counted_without_exercises_formulas_and_what_goes_deeper():
    sources = [
        "# A title\n\nThree more words, $x + y$ and `code`.",
        "## Going deeper: not counted\n\nNot counted.",
        "### Nor this",
        "## Counted\n\n| one | 2.5 |\n|---|---|\n| so-called | don't |",
        "Five more words that count.\n\n### Going deeper: not counted\n\nNor this.",
        "### Counted again",
        "## Exercises\n\nNot counted.",
    ]
    cells = [v4.new_markdown_cell(source) for source in sources]
    for place in (1, 4, 7):
        folded = v4.new_code_cell("draw()", metadata={"tags": ["hide-input"]})
        cells[place:place] = [v4.new_code_cell("a = 1\n\nb = 2"), folded]
    notebook = v4.new_notebook(cells=cells)
    assert reading(nbformat.from_dict(notebook)) == (2 + 4 + 1 + 4 + 5 + 2, 2)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_time_that_a_chapter_promises_is_the_readme_s(path):
    notebook = nbformat.read(path, as_version=4)
    promised = re.findall(r"\*Core reading: about (\d+) minutes\.", notebook.cells[0].source)
    assert promised == [f"{minutes(notebook)}"]


@pytest.mark.parametrize("path", NOTEBOOKS[:4], ids=lambda path: path.stem)
def test_the_core_of_a_chapter_is_short(path):
    assert reading(nbformat.read(path, as_version=4))[0] <= 3_000


def test_pictures_and_links_of_the_readme_are_there():
    local = [link for link in re.findall(r"\]\(([^)#\s]+)", TEXT) if "://" not in link]
    assert [link for link in local if not (ROOT / link).exists()] == []
    pictures = [ROOT / link for link in local if link.endswith(".png")]
    assert len(pictures) == 2
    assert sum(picture.stat().st_size for picture in pictures) < 300_000


@pytest.mark.parametrize("file", ["README.md", "book/contributing.md", "Makefile"])
def test_files_that_are_named_exist(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    named = {path.rstrip(".") for path in re.findall(r"\b(?:tests|tools|utils)/[\w./-]*", text)}
    assert named
    assert {(ROOT / path).name for path in named if not (ROOT / path).exists()} <= EXAMPLES


def test_the_map_names_every_file_of_utils_and_what_its_room_hands_out():
    for room in (UTILS, *(init.parent for init in UTILS.glob("*/__init__.py"))):
        lines = re.search(rf"\n{room.relative_to(ROOT)}/ .*\n((?:  .*\n)+)", MAP)[1]
        paths = (path for path in room.glob("[!_]*") if path.suffix or room != UTILS)
        there = {re.sub(r"\d\d$", "NN", path.stem) for path in paths}
        assert {*re.findall(r"(\w+)(?=[./].*  )", lines)} - {"__init__"} == there
        names = dict(re.findall(r"^  (\w+)\.py.*?: (.*)$", lines, re.MULTILINE))
        for module, name in imported((room / "__init__.py").read_text(encoding="utf-8")):
            assert name.isupper() or name in names.get(module.rpartition(".")[2], name), name
        for stem, listed in names.items():
            code = (room / f"{stem}.py").read_text(encoding="utf-8")
            assert set(listed.split(", ")) <= {*re.findall(r"\n(?:def |class )?(\w+)", code)}, stem
