"""The README's table of chapters: the question of each, and the minutes to read and to run it.

    python -m tools.chapter_table             # write it from the notebooks and the recorded times
    python -m tools.chapter_table --measure   # make times: first run and time every notebook

Reading: 200 words of text and 30 lines of code a minute, of a chapter's core.
Running: the recorded seconds of a whole run in the quick profile, in `tools/chapter_seconds.json`.
"""

import json
import re
import sys
import time
from itertools import pairwise
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.execute_notebooks import BOOK, ROOT, execute
from tools.notebooks import MARKDOWN, NOTEBOOKS, headings, tags
from tools.set_repo import COLAB

README = ROOT / "README.md"
RECORD = Path(__file__).with_name("chapter_seconds.json")
WORDS_A_MINUTE, LINES_A_MINUTE = 200, 30
ASIDES = ("Going deeper", "Exercises")
BEGIN, END = "<!-- chapters: written by tools/chapter_table.py -->\n", "<!-- end of chapters -->\n"


def reading(notebook: NotebookNode) -> tuple[int, int]:
    """Words of text, without formulas, and lines of the code that is shown.

    Exercises and what is headed "Going deeper" do not count, up to the next heading of the same
    level or a higher one.
    """
    words, lines, aside = 0, 0, ""  # aside: the level of such a heading, while below it
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if not aside and "hide-input" not in tags(cell):
                lines += len(re.findall(r"^.*\S", cell.source, re.MULTILINE))
            continue
        for block, following in pairwise([*MARKDOWN.parse(cell.source), None]):
            if block.type == "heading_open" and (not aside or block.tag <= aside):
                aside = block.tag if following.content.startswith(ASIDES) else ""
            if not aside:
                parts = (part.content for part in block.children or [] if part.type == "text")
                words += len(re.findall(r"\w+(?:[-.,'’]\w+)*", " ".join(parts)))
    return words, lines


def minutes(notebook: NotebookNode) -> int:
    """To read a chapter, rounded to five."""
    words, lines = reading(notebook)
    return max(1, round((words / WORDS_A_MINUTE + lines / LINES_A_MINUTE) / 5)) * 5


def questions() -> dict[str, str]:
    """What each chapter asks, by file name, as the first page of the book has it."""
    index = (BOOK / "index.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| \[[^]]+\]\((\w+\.ipynb)\) \| (.+) \|$", index, re.MULTILINE))


def table() -> str:
    """The table as Markdown, with a dash for what was not timed.

    Raises KeyError for a chapter without a question in `book/index.md`.
    """
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {"seconds": {}}
    seconds, question = record["seconds"], questions()
    links = re.search(rf"{re.escape(COLAB)}/github/\S+?/book/", README.read_text(encoding="utf-8"))
    rows = ["| chapter | question | read | run | |", "| --- | --- | --: | --: | --- |"]
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        ((_, title),) = headings(notebook.cells[0])
        row = (
            f"[{title}](book/{path.name})",
            question[path.name],
            f"{minutes(notebook)} min",
            f"{max(1, round(seconds[path.name] / 60))} min" if path.name in seconds else "–",
            f"[Colab]({links[0]}{path.name})",
        )
        rows.append(f"| {' | '.join(row)} |")
    return "\n".join(rows) + "\n"


def written() -> str:
    """The README with this table in its place."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + "\n" + table() + "\n" + END + rest.partition(END)[2]


def measure() -> None:
    """Run every notebook in a fresh kernel, without storing it, and record the seconds."""
    seconds = {}
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        start = time.perf_counter()
        execute(notebook, BOOK)
        seconds[path.name] = round(time.perf_counter() - start)
        print(path.name, seconds[path.name], "s", flush=True)
    record = {"command": "python -m tools.chapter_table --measure", "seconds": seconds}
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--measure"]:
        measure()
    README.write_text(written(), encoding="utf-8", newline="\n")
