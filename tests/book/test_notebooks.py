"""The rules that every notebook of the book keeps, and for every rule a notebook that breaks it.

A rule is a function that yields one sentence per breach. What an output may show is checked by
`tools.execute_notebooks.problems`, before it is stored and here again.
"""

import copy
import json
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from markdown_it.token import Token
from nbformat import NotebookNode, v4

from tests.support.exercise_cells import exercises_are_complete, solutions_can_be_removed
from tools.execute_notebooks import BOOK, METADATA, SETUP, WIDGET_VIEW, problems
from tools.notebooks import NOTEBOOKS, cells, tags, tokens

TAGS = {"hide-input", "hide-output", "nbval-check-output", "raises-exception", "solution"}
IMAGES = ("image/png", "image/jpeg", "image/svg+xml")

Rule = Callable[[NotebookNode, str], Iterator[str]]
RULES: list[Rule] = [exercises_are_complete, solutions_can_be_removed]


def rule(check: Rule) -> Rule:
    RULES.append(check)
    return check


@rule
def setup_comes_first(notebook: NotebookNode, name: str) -> Iterator[str]:
    where, cell = next(cells(notebook, "code"))
    if cell.source != SETUP or tags(cell) != ["hide-input"] or cell.outputs:
        yield f"{where} is not the setup cell of tools/setup_cell.py, tagged hide-input, silent."


@rule
def code_is_short(notebook: NotebookNode, name: str) -> Iterator[str]:
    lengths = {where: cell.source.count("\n") + 1 for where, cell in cells(notebook, "code")}
    for where, length in lengths.items():
        if length > 25:
            yield f"{where} has {length} lines of code: at most 25."
    if median(lengths.values()) > 10:
        yield f"the median code cell has {median(lengths.values())} lines: at most 10."


@rule
def markdown_is_plain(notebook: NotebookNode, name: str) -> Iterator[str]:
    """Only what Colab, GitHub and the built page all show: CommonMark, $…$ and tables."""
    for where, cell in cells(notebook, "markdown"):
        if cell.get("attachments"):
            yield f"{where} has an attachment: draw in a code cell."
        for token, following in pairwise([*tokens(cell), Token("end", "", 0)]):
            text = token.content
            if token.type in ("html_block", "html_inline"):
                if not re.fullmatch(r"</?(br|sub|sup|kbd)\s*/?>", text.strip()):
                    yield f"{where} has raw HTML: {text.strip()[:60]}"
            elif token.type == "image":
                yield f"{where} has an image: draw in a code cell."
            elif token.type == "fence" and token.info.startswith("{"):
                yield f"{where} has a MyST directive: {token.info}"
            elif token.type == "inline":
                if breach := re.search(r"^(:::|\([\w-]+\)=|\+\+\+|%\s)|\[\^", text, re.MULTILINE):
                    yield f"{where} has markup that only MyST knows: {breach[0]}"
            elif token.type == "text":
                if following.type == "code_inline" and re.search(r"\{[\w:+-]+\}$", text):
                    yield f"{where} has a MyST role: {text[-20:]}`{following.content}`"
                if r"\begin{" in text:
                    yield f"{where} has maths outside $…$: {text[:60]}"


@rule
def links_lead_somewhere(notebook: NotebookNode, name: str) -> Iterator[str]:
    bibliography = (BOOK / "references.bib").read_text(encoding="utf-8")
    keys = set(re.findall(r"^@\w+\{([^,\s]+)", bibliography, re.MULTILINE))
    for where, cell in cells(notebook, "markdown"):
        for token in tokens(cell):
            target = token.attrGet("href") if token.type == "link_open" else None
            if target is None or re.match(r"https?:|mailto:|#", target):
                continue
            file, _, anchor = target.partition("#")
            if Path(file).suffix not in (".md", ".ipynb") or not (BOOK / file).is_file():
                yield f"{where} links to {target}, and book/ has no such page."
            elif file == "references.md" and anchor and anchor not in keys:
                yield f"{where} cites {anchor}, which is not in references.bib."


@rule
def images_have_alt_texts(notebook: NotebookNode, name: str) -> Iterator[str]:
    seen = set()
    for where, cell in cells(notebook, "code"):
        for output in cell.outputs:
            for kind in set(IMAGES) & output.get("data", {}).keys():
                alt = output.metadata.get(kind, {}).get("alt", "").strip()
                if not alt or re.fullmatch(r"\S+\.\w{2,4}", alt) or alt in seen:
                    yield f'{where} shows an image whose alt text is empty, a file or used: "{alt}"'
                seen.add(alt)


@rule
def every_cell_was_run(notebook: NotebookNode, name: str) -> Iterator[str]:
    counts = [cell.execution_count for _, cell in cells(notebook, "code")]
    if counts != list(range(1, len(counts) + 1)):
        yield f"the code cells are numbered {counts}: run `python -m tools.execute_notebooks`."
    if not any(cell.outputs for _, cell in cells(notebook, "code")):
        yield "no outputs are stored: run `python -m tools.execute_notebooks`."


@rule
def outputs_can_be_stored(notebook: NotebookNode, name: str) -> Iterator[str]:
    yield from problems(notebook)


@rule
def checked_outputs_are_exact(notebook: NotebookNode, name: str) -> Iterator[str]:
    """nbval compares text: nothing measured, nothing drawn; and a tag on nothing checks nothing."""
    for where, cell in cells(notebook, "code"):
        if "nbval-check-output" not in tags(cell):
            continue
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        if not cell.outputs or kinds & {*IMAGES, WIDGET_VIEW}:
            yield f"{where} is tagged nbval-check-output without an output of text alone."
        shown = json.dumps(cell.outputs, ensure_ascii=False)
        timed = re.search(r"\d\s?(?:s|ms|[µμu]s|min|seconds|minutes)\b|it/s|examples/s", shown)
        if timed or re.search(r"perf_counter|\btime\.|%time", cell.source):
            yield f"{where} is tagged nbval-check-output and shows a time."


@rule
def metadata_is_clean(notebook: NotebookNode, name: str) -> Iterator[str]:
    if notebook.metadata.keys() - {"widgets"} != METADATA.keys() or any(
        notebook.metadata[key] != value for key, value in METADATA.items()
    ):
        yield "the notebook's metadata is not what tools/execute_notebooks.py writes."
    for number, cell in enumerate(notebook.cells, start=1):
        known = {"tags", "cellView"} if "solution" in tags(cell) else {"tags"}
        if cell.metadata.keys() - known or set(tags(cell)) - TAGS:
            yield f"cell {number} ({cell.get('id')}) has unknown metadata: {dict(cell.metadata)}"


@rule
def cells_have_ids(notebook: NotebookNode, name: str) -> Iterator[str]:
    ids = [cell.get("id") for cell in notebook.cells]
    if None in ids or len(set(ids)) < len(ids):
        yield f"cell ids are missing or used twice: {ids}"


def name_of(value: object) -> str:
    return getattr(value, "__name__", None) or Path(str(value)).stem


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("check", RULES, ids=name_of)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_notebook_keeps_the_rule(path, check):
    notebook = v4.reads(path.read_text(encoding="utf-8"))  # as stored: nothing repaired on the way
    breaches = list(check(notebook, path.stem))
    assert not breaches, "\n".join(breaches)


def chapter() -> NotebookNode:
    """A small notebook that keeps every rule; the cells of the tests below are counted from 0."""
    text = [v4.new_output("execute_result", {"text/plain": "55"}, execution_count=2)]
    alt = {"image/png": {"alt": "A line that rises from 1 to 4"}}
    figure = [v4.new_output("display_data", {"image/png": "AAAA"}, metadata=alt)]
    title, hidden = "# @title Solution\n", ("solution", "hide-input", "hide-output")

    def code(source: str, *names: str, **keywords: object) -> NotebookNode:
        return v4.new_code_cell(source, metadata={"tags": list(names)} if names else {}, **keywords)

    notebook = v4.new_notebook(
        metadata=copy.deepcopy(METADATA),
        cells=[
            v4.new_markdown_cell(
                "# Shapes\nSee [§3.3](references.md) and [here](https://example.org), "
                "H<sub>2</sub>O, `{code}`, $x_{i}$<br>\n\n| a | b |\n|---|---|\n| 1 | $2$ |"
            ),
            code(SETUP, "hide-input"),
            code("(227 - 11) // 4 + 1", "nbval-check-output", outputs=text),
            code("show(figure)", outputs=figure),
            v4.new_markdown_cell("### Exercise 3.1: a small one\nTry."),
            code('from utils import exercises\n\nanswer = ...\nexercises.check("3.1", answer)'),
            code(f'{title}n = 2\nexercises.check("3.1", n)', *hidden),
            v4.new_markdown_cell("### Exercise 3.2\nTry again."),
            code('answer = ...\nexercises.check("3.2", answer)'),
            code(f'{title}answer = 3\nexercises.check("3.2", answer)', *hidden),
            v4.new_markdown_cell("## Reading"),
        ],
    )
    for solution in (notebook.cells[6], notebook.cells[9]):
        solution.metadata.cellView = "form"
    for count, (_, cell) in enumerate(cells(notebook, "code"), start=1):
        cell.execution_count = count
    return notebook


@pytest.mark.parametrize("check", RULES, ids=name_of)
def test_good_notebook_passes(check):
    assert list(check(chapter(), "03_sample")) == []


def write(source: str) -> Callable[[NotebookNode], None]:
    """A breach made by writing this into the first Markdown cell."""
    return lambda notebook: notebook.cells[0].update(source=source)


def change(number: int, **entries: object) -> Callable[[NotebookNode], None]:
    """A breach made by replacing parts of a cell."""
    return lambda notebook: notebook.cells[number].update(copy.deepcopy(entries))


def tag(number: int, *names: str) -> Callable[[NotebookNode], None]:
    """A breach made by tagging a cell otherwise."""
    return lambda notebook: notebook.cells[number].metadata.update(tags=list(names))


def alt_text(alt: str) -> Callable[[NotebookNode], None]:
    """A breach made by an alt text."""
    return lambda notebook: notebook.cells[3].outputs[0].metadata["image/png"].update(alt=alt)


def swap(first: int, second: int) -> Callable[[NotebookNode], None]:
    """A breach made by two cells in the wrong order."""

    def exchange(notebook: NotebookNode) -> None:
        cells = notebook.cells
        cells[first], cells[second] = cells[second], cells[first]

    return exchange


def draw_twice(notebook: NotebookNode) -> None:
    notebook.cells[3].outputs *= 2


def run_nothing(notebook: NotebookNode) -> None:
    for _, cell in cells(notebook, "code"):
        cell.outputs = []


def lengthen(notebook: NotebookNode) -> None:
    for cell in notebook.cells[2:]:
        cell.source = "\n".join("abcdefghijk")


def stream(text: str, name: str = "stdout") -> list[NotebookNode]:
    return [v4.new_output("stream", text=text, name=name)]


BREACHES = [
    (setup_comes_first, change(1, source="import utils")),
    (setup_comes_first, tag(1)),
    (setup_comes_first, lambda notebook: notebook.cells.insert(0, v4.new_code_cell("1"))),
    (code_is_short, change(2, source="1\n" * 25)),
    (code_is_short, lengthen),
    (markdown_is_plain, write("```{note}\nno\n```")),
    (markdown_is_plain, write(":::{note}\nno\n:::")),
    (markdown_is_plain, write("See {doc}`03_layer_shapes`.")),
    (markdown_is_plain, write("(label)=\n# Title")),
    (markdown_is_plain, write("A note.[^1]\n\n[^1]: no")),
    (markdown_is_plain, write("<div>no</div>")),
    (markdown_is_plain, write('A <span class="x">word</span>.')),
    (markdown_is_plain, write("<!-- hidden -->")),
    (markdown_is_plain, write("![alt](picture.png)")),
    (markdown_is_plain, write("\\begin{align}x\\end{align}")),
    (markdown_is_plain, change(0, attachments={"a.png": {"image/png": "AAAA"}})),
    (links_lead_somewhere, write("[§3.3](references.md#nobody1999)")),
    (links_lead_somewhere, write("[chapter 99](99_nowhere.ipynb)")),
    (links_lead_somewhere, write("[chapter 3](03_layer_shapes.html)")),
    (images_have_alt_texts, alt_text(" ")),
    (images_have_alt_texts, alt_text("figure_1.png")),
    (images_have_alt_texts, draw_twice),
    (images_have_alt_texts, lambda notebook: notebook.cells[3].outputs[0].update(metadata={})),
    (every_cell_was_run, change(2, execution_count=None)),
    (every_cell_was_run, change(2, execution_count=7)),
    (every_cell_was_run, run_nothing),
    (outputs_can_be_stored, change(2, outputs=stream("warning", "stderr"))),
    (outputs_can_be_stored, change(2, outputs=stream("/home/reader/book"))),
    (exercises_are_complete, change(4, source="### Exercise 3.2")),
    (exercises_are_complete, change(4, source="### Exercise")),
    (exercises_are_complete, change(7, source="### Exercise 4.2")),
    (exercises_are_complete, change(7, source="## Exercise 3.2")),
    (exercises_are_complete, change(8, source='exercises.check("3.2", answer)')),
    (exercises_are_complete, change(8, source='answer = ...\nexercises.check("3.1", answer)')),
    (exercises_are_complete, change(8, source='answer = 1\nexercises.check("3.2", answer)')),
    (exercises_are_complete, change(8, source='answer = ...\nexercises.check("3.2", 3)')),
    (exercises_are_complete, swap(8, 9)),
    (exercises_are_complete, swap(7, 8)),
    (exercises_are_complete, change(9, source="# @title Solution\nanswer = 3")),
    (exercises_are_complete, change(9, source='# @title Solution\nexercises.check("3.1", 3)')),
    (exercises_are_complete, change(9, source='exercises.check("3.2", 3)')),
    (exercises_are_complete, lambda notebook: notebook.cells[9].metadata.pop("cellView")),
    (exercises_are_complete, tag(9, "hide-input", "hide-output")),
    (exercises_are_complete, tag(9, "solution", "hide-input")),
    (exercises_are_complete, tag(2, "solution", "hide-input", "hide-output")),
    (solutions_can_be_removed, change(8, source="n + 1")),
    (solutions_can_be_removed, change(8, source="def later():\n    return n")),
    (
        solutions_can_be_removed,
        change(6, outputs=[v4.new_output("display_data", {WIDGET_VIEW: 1})]),
    ),
    (checked_outputs_are_exact, tag(3, "nbval-check-output")),
    (checked_outputs_are_exact, tag(6, "nbval-check-output")),
    (checked_outputs_are_exact, change(2, outputs=stream("It took 3.5 s."))),
    (checked_outputs_are_exact, change(2, source="time.perf_counter()")),
    (metadata_is_clean, lambda notebook: notebook.metadata.update(colab={})),
    (metadata_is_clean, lambda notebook: notebook.metadata.kernelspec.update(name="my-env")),
    (metadata_is_clean, change(2, metadata={"collapsed": True})),
    (metadata_is_clean, change(2, metadata={"cellView": "form"})),
    (metadata_is_clean, tag(2, "nbval_check_output")),
    (cells_have_ids, lambda notebook: notebook.cells[2].pop("id")),
    (cells_have_ids, lambda notebook: notebook.cells[2].update(id=notebook.cells[3].id)),
]


@pytest.mark.parametrize(("check", "breach"), BREACHES, ids=name_of)
def test_bad_notebook_is_caught(check, breach):
    notebook = chapter()
    breach(notebook)
    breaches = list(check(notebook, "03_sample"))
    assert len(breaches) >= 1
    assert all("\n" not in sentence for sentence in breaches)


def test_every_rule_is_seen_to_fail():
    assert {check for check, _ in BREACHES} == set(RULES)
