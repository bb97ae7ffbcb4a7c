"""The rules that every notebook of the book keeps, and for every rule a notebook that breaks it.

A rule is a function that yields one sentence per breach. What an output may show is checked by
`tools.execute_notebooks.problems`, before it is stored and here again; links and alternative texts
are checked by the build.
"""

import ast
import copy
import json
import re
import symtable
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from statistics import median

import pytest
from markdown_it.token import Token
from nbformat import NotebookNode, v4

from tools.execute_notebooks import IMAGE_BYTES, METADATA, SETUP, WIDGET_VIEW, problems
from tools.notebooks import NOTEBOOKS, cells, headings, tags, tokens

WIDTH = 76  # letters of a line; book/ruff.toml says so too
TAGS = {"hide-input", "hide-output", "nbval-check-output", "raises-exception", "solution"}


def setup_comes_first(notebook: NotebookNode, name: str) -> Iterator[str]:
    where, cell = next(cells(notebook, "code"))
    if cell.source != SETUP or tags(cell) != ["hide-input"] or cell.outputs:
        yield f"{where} is not the setup cell of tools/setup_cell.py, tagged hide-input, silent."


def is_folded(cell: NotebookNode) -> bool:
    return "hide-input" in tags(cell)


def code_is_short(notebook: NotebookNode, name: str) -> Iterator[str]:
    """Every cell has at most 25 lines; half of those that are seen at once have at most 8."""
    code = dict(cells(notebook, "code"))
    lengths = {where: cell.source.count("\n") + 1 for where, cell in code.items()}
    for where, length in lengths.items():
        if length > 25:
            yield f"{where} has {length} lines of code: at most 25."
    seen = [lengths[where] for where, cell in code.items() if not is_folded(cell)]
    if seen and median(seen) > 8:
        yield f"the median code cell has {median(seen)} lines: at most 8."


def lines_fit(notebook: NotebookNode, name: str) -> Iterator[str]:
    """What is shown letter by letter, code and printed text, fits a page 1280 px wide."""
    for where, cell in cells(notebook, "code"):
        texts = {"code": cell.source}
        for output in cell.outputs:
            data = output.get("data", {})
            texts["output"] = output.get("text") or data.get("text/plain", "") * (len(data) == 1)
        for kind, text in texts.items():
            if longest := [line for line in text.split("\n") if len(line) > WIDTH]:
                yield f"{where} has a line of {kind} of more than {WIDTH} letters: {longest[0]}"


def figures_are_folded(notebook: NotebookNode, name: str) -> Iterator[str]:
    """Code that only draws, and what it draws in words, are there for who asks for them."""
    for where, cell in cells(notebook, "code"):
        titled = cell.source.startswith("# @title ") and cell.metadata.get("cellView") == "form"
        if not is_folded(cell):
            if re.search(r"\bshow\(|\balt\b", cell.source):
                yield f"{where} draws: tag it hide-input."
            if "cellView" in cell.metadata:
                yield f"{where} is folded in Colab alone: tag it hide-input."
        elif "hide-output" not in tags(cell) and cell.source != SETUP and not titled:
            yield f'{where} is folded: begin it with "# @title …", with the metadata cellView form.'


LINK = re.compile(r"https?:|#|[\w-]+\.(md|ipynb)(#|$)")


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
            elif token.type == "link_open" and not LINK.match(token.attrs["href"]):
                yield f"{where} has a link that only a clone can follow: {token.attrs['href']}"
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


def every_cell_was_run(notebook: NotebookNode, name: str) -> Iterator[str]:
    counts = [cell.execution_count for _, cell in cells(notebook, "code")]
    if counts != list(range(1, len(counts) + 1)):
        yield f"the code cells are numbered {counts}: run `python -m tools.execute_notebooks`."
    if not any(cell.outputs for _, cell in cells(notebook, "code")):
        yield "no outputs are stored: run `python -m tools.execute_notebooks`."


def checked_outputs_are_exact(notebook: NotebookNode, name: str) -> Iterator[str]:
    """nbval compares text: nothing measured, nothing drawn; and a tag on nothing checks nothing."""
    for where, cell in cells(notebook, "code"):
        if "nbval-check-output" not in tags(cell):
            continue
        kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
        if not cell.outputs or kinds & {*IMAGE_BYTES, WIDGET_VIEW}:
            yield f"{where} is tagged nbval-check-output without an output of text alone."
        shown = json.dumps(cell.outputs, ensure_ascii=False)
        timed = re.search(r"\d\s?(?:s|ms|[µμu]s|min|seconds|minutes)\b|it/s|examples/s", shown)
        if timed or re.search(r"perf_counter|\btime\.|%time", cell.source):
            yield f"{where} is tagged nbval-check-output and shows a time."


def metadata_is_clean(notebook: NotebookNode, name: str) -> Iterator[str]:
    if notebook.metadata.keys() - {"widgets"} != METADATA.keys() or any(
        notebook.metadata[key] != value for key, value in METADATA.items()
    ):
        yield "the notebook's metadata is not what tools/execute_notebooks.py writes."
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.metadata.keys() - {"tags", "cellView"} or set(tags(cell)) - TAGS:
            yield f"cell {number} ({cell.get('id')}) has unknown metadata: {dict(cell.metadata)}"
    ids = [cell.get("id") for cell in notebook.cells]
    if None in ids or len(set(ids)) < len(ids):
        yield f"cell ids are missing or used twice: {ids}"


def exercises_are_complete(notebook: NotebookNode, name: str) -> Iterator[str]:
    """`### Exercise 3.1`, then the reader's cell and a hidden solution; `### Exercise 3.2` …"""
    sections: list[tuple[str, list[str]]] = [("the beginning", [])]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            sections[-1][1].extend(parts_of_exercise(cell))
            continue
        for level, text in headings(cell):
            if level <= "h3" or text.startswith("Exercise"):
                sections.append((f"{'#' * int(level[1])} {text}", []))
    numbers = (f"{int(name[:2])}.{position}" for position in count(1))
    for heading, parts in sections:
        expected = []
        if re.match(r"#+ Exercise\b", heading):
            number = next(numbers)
            expected = [f"the reader's cell of {number}", f"the solution of {number}"]
            if not re.match(rf"### Exercise {re.escape(number)}(?![\d.]*\d)", heading):
                yield f'"{heading}" must be "### Exercise {number}".'
        if parts != expected:
            yield (
                f'"{heading}" has {parts} and must have {expected}. A reader\'s cell ends with '
                '`answer = ...` and `exercises.check("3.2", answer)`, a solution with that check.'
            )
    for where, cell in cells(notebook, "code"):
        form = cell.source.startswith("# @title Solution") and cell.metadata.get("cellView")
        hidden = {"hide-input", "hide-output"} <= set(tags(cell))
        if "solution" in tags(cell) and not (hidden and form == "form"):
            yield (
                f"{where} is a solution: tag it hide-input and hide-output, begin it with "
                '"# @title Solution", and give it the metadata "cellView": "form".'
            )


def parts_of_exercise(cell: NotebookNode) -> Iterator[str]:
    """What a code cell is for an exercise, and for which."""
    source = ast.unparse(ast.parse(cell.source))  # no comments, one statement a line
    check = re.search(r"(\nanswer = \.\.\.)?\nexercises\.check\('([\d.]+)', (.+)\)$", f"\n{source}")
    if "solution" in tags(cell):
        yield f"the solution of {check and check[2]}"
    elif check and check[1] and check[3] == "answer":
        yield f"the reader's cell of {check[2]}"


def solutions_can_be_removed(notebook: NotebookNode, name: str) -> Iterator[str]:
    """A copy without solutions runs: no cell uses what a solution has set last."""
    from_solution: dict[str, str] = {}
    for where, cell in cells(notebook, "code"):
        sets, uses = names(cell.source)
        if "solution" in tags(cell):
            from_solution |= dict.fromkeys(sets, where)
            if any(WIDGET_VIEW in output.get("data", {}) for output in cell.outputs):
                yield f"{where} is a solution that shows a widget: its state would stay behind."
            continue
        for used in sorted((uses - sets) & from_solution.keys()):
            yield f"{where} uses {used}, which the solution in {from_solution[used]} has set."
        for name_set in sets:
            from_solution.pop(name_set, None)


def names(source: str) -> tuple[set[str], set[str]]:
    """The names that code sets, and those that it uses, for the notebook as a whole."""
    tables = [symtable.symtable(source, "cell", "exec")]
    sets = {s.get_name() for s in tables[0].get_symbols() if s.is_assigned() or s.is_imported()}
    uses = {s.get_name() for s in tables[0].get_symbols() if s.is_referenced()}
    changes = [
        node.target for node in ast.walk(ast.parse(source)) if isinstance(node, ast.AugAssign)
    ]
    uses |= {target.id for target in changes if isinstance(target, ast.Name)}  # x += 1 uses x
    for table in tables:  # grows while it is walked
        tables += table.get_children()
        uses |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    return sets, uses


def chapter() -> NotebookNode:
    """A small notebook that keeps every rule; the cells of the tests below are counted from 0."""
    text = [v4.new_output("execute_result", {"text/plain": "55"}, execution_count=2)]
    figure = [v4.new_output("display_data", {"image/png": "AAAA"})]
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
            code("# @title Figure: sides\nshow(figure)", "hide-input", outputs=figure),
            v4.new_markdown_cell("### Exercise 3.1: a small one\nTry."),
            code('from utils import exercises\n\nanswer = ...\nexercises.check("3.1", answer)'),
            code(f'{title}n = 2\nexercises.check("3.1", n)', *hidden),
            v4.new_markdown_cell("### Exercise 3.2\nTry again."),
            code('answer = ...\nexercises.check("3.2", answer)'),
            code(f'{title}answer = 3\nexercises.check("3.2", answer)', *hidden),
            v4.new_markdown_cell("## Reading"),
        ],
    )
    for number in (3, 6, 9):
        notebook.cells[number].metadata.cellView = "form"
    for number, (_, cell) in enumerate(cells(notebook, "code"), start=1):
        cell.execution_count = number
    return notebook


def change(number: int, **entries: object) -> Callable[[NotebookNode], None]:
    """A breach made by replacing parts of a cell."""
    return lambda notebook: notebook.cells[number].update(copy.deepcopy(entries))


def tag(number: int, *names: str) -> Callable[[NotebookNode], None]:
    """A breach made by tagging a cell otherwise."""
    return lambda notebook: notebook.cells[number].metadata.update(tags=list(names))


def run_nothing(notebook: NotebookNode) -> None:
    for _, cell in cells(notebook, "code"):
        cell.outputs = []


def lengthen(notebook: NotebookNode) -> None:
    for cell in notebook.cells[2:]:
        cell.source = "\n".join("abcdefghijk")


WIDGET = [v4.new_output("display_data", {WIDGET_VIEW: 1})]
FORM = 'is a solution: tag it hide-input and hide-output, begin it with "# @title Solution"'
SECOND = """must have ["the reader's cell of 3.2", 'the solution of 3.2']."""
# The rules; of each, how a notebook breaks it, and part of the sentence that says so.
BREACHES = {
    setup_comes_first: [
        (change(1, source="import utils"), "is not the setup cell"),
        (tag(1), "is not the setup cell"),
        (lambda notebook: notebook.cells.insert(0, v4.new_code_cell("1")), "is not the setup cell"),
    ],
    code_is_short: [
        (change(2, source="1\n" * 25), "has 26 lines of code: at most 25."),
        (lengthen, "the median code cell has 11 lines: at most 8."),
    ],
    lines_fit: [
        (change(2, source="1" * 77), "has a line of code of more than 76 letters: 11"),
        (change(9, source="# @title Solution\n" + "1" * 77), "a line of code of more than 76"),
        (change(2, outputs=[v4.new_output("stream", text="1\n" + "2" * 77)]), "of output of more"),
    ],
    figures_are_folded: [
        (tag(3), "draws: tag it hide-input."),
        (change(2, source='alt = "Five lines."'), "draws: tag it hide-input."),
        (change(3, source="show(figure)"), 'is folded: begin it with "# @title …"'),
        (lambda notebook: notebook.cells[3].metadata.pop("cellView"), "is folded: begin it"),
        (change(2, metadata={"cellView": "form"}), "is folded in Colab alone"),
    ],
    markdown_is_plain: [
        (change(0, source="```{note}\nno\n```"), "MyST directive: {note}"),
        (change(0, source=":::{note}\nno\n:::"), "only MyST knows: :::"),
        (change(0, source="See {doc}`03_layer_shapes`."), "MyST role: See {doc}`03_layer_shapes`"),
        (change(0, source="(label)=\n# Title"), "only MyST knows: (label)="),
        (change(0, source="A note.[^1]\n\n[^1]: no"), "only MyST knows: [^"),
        (change(0, source="<div>no</div>"), "raw HTML: <div>"),
        (change(0, source='A <span class="x">word</span>.'), "raw HTML: <span"),
        (change(0, source="![alt](picture.png)"), "has an image"),
        (change(0, source="[code](../utils/models.py)"), "only a clone can follow: ../utils/mo"),
        (change(0, source="\\begin{align}x\\end{align}"), "maths outside $…$"),
        (change(0, attachments={"a.png": {"image/png": "AAAA"}}), "has an attachment"),
    ],
    every_cell_was_run: [
        (change(2, execution_count=None), "are numbered [1, None, 3"),
        (run_nothing, "no outputs are stored"),
    ],
    exercises_are_complete: [
        (change(4, source="### Exercise 3.2"), 'must be "### Exercise 3.1"'),
        (change(7, source="## Exercise 3.2"), 'must be "### Exercise 3.2"'),
        (change(8, source='answer = ...\nexercises.check("3.1", answer)'), SECOND),
        (change(8, source='answer = 1\nexercises.check("3.2", answer)'), SECOND),
        (change(8, source='answer = ...\nexercises.check("3.2", 3)'), SECOND),
        (lambda notebook: notebook.cells.insert(8, notebook.cells.pop(9)), SECOND),
        (lambda notebook: notebook.cells.insert(7, notebook.cells.pop(8)), SECOND),
        (change(9, source="# @title Solution\nanswer = 3"), SECOND),
        (change(9, source='# @title Solution\nexercises.check("3.1", 3)'), SECOND),
        (tag(9, "hide-input", "hide-output"), SECOND),
        (change(9, source='exercises.check("3.2", 3)'), FORM),
        (lambda notebook: notebook.cells[9].metadata.pop("cellView"), FORM),
        (tag(9, "solution", "hide-input"), FORM),
        (tag(2, "solution", "hide-input", "hide-output"), "None'] and must have []"),
    ],
    solutions_can_be_removed: [
        (change(8, source="n + 1"), "uses n, which the solution in cell 7"),
        (change(8, source="def later():\n    return n"), "uses n, which the solution in cell 7"),
        (change(6, outputs=WIDGET), "is a solution that shows a widget"),
    ],
    checked_outputs_are_exact: [
        (tag(3, "nbval-check-output"), "without an output of text alone"),
        (tag(6, "nbval-check-output"), "without an output of text alone"),
        (change(2, outputs=[v4.new_output("stream", text="It took 3.5 s.")]), "shows a time"),
        (change(2, source="time.perf_counter()"), "shows a time"),
    ],
    metadata_is_clean: [
        (lambda notebook: notebook.metadata.update(colab={}), "the notebook's metadata"),
        (lambda notebook: notebook.metadata.kernelspec.update(name="x"), "the notebook's metadata"),
        (change(2, metadata={"collapsed": True}), "has unknown metadata: {'collapsed'"),
        (tag(2, "nbval_check_output"), "has unknown metadata: {'tags'"),
        (lambda notebook: notebook.cells[2].pop("id"), "are missing or used twice"),
        (lambda notebook: notebook.cells[2].update(id=notebook.cells[3].id), "used twice"),
    ],
}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_keeps_every_rule(path):
    notebook = v4.reads(path.read_text(encoding="utf-8"))  # as stored: nothing repaired on the way
    breaches = [sentence for check in BREACHES for sentence in check(notebook, path.stem)]
    breaches += problems(notebook)
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize("check", BREACHES, ids=lambda check: check.__name__)
def test_a_rule_passes_a_good_notebook_and_says_what_breaks_it(check):
    assert list(check(chapter(), "03_sample")) == []
    assert BREACHES[check]
    for breach, part in BREACHES[check]:
        notebook = chapter()
        breach(notebook)
        sentences = list(check(notebook, "03_sample"))
        assert any(part in sentence for sentence in sentences), (part, sentences)
        assert not any("\n" in sentence for sentence in sentences)
