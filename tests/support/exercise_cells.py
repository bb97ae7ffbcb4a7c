"""The cells of an exercise, and the rules that they keep.

### Exercise 3.2        a heading in a Markdown cell, with the question
the reader's cell       `answer = ...`, then `exercises.check("3.2", answer)`
the solution            tagged, hidden, in Colab a form; it ends with the same check
"""

import ast
import re
import symtable
from collections.abc import Iterator
from itertools import takewhile

from nbformat import NotebookNode

from tools.notebooks import cells, headings, tags

SOLUTION_TAGS = {"solution", "hide-input", "hide-output"}
Section = tuple[str, str, list[tuple[str, NotebookNode]]]


def sections(notebook: NotebookNode) -> list[Section]:
    """The notebook by its headings of the levels h1 to h3: where, the heading, the code cells."""
    found: list[Section] = [("the beginning", "", [])]
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"cell {number} ({cell.get('id')})"
        if cell.cell_type == "code":
            found[-1][2].append((where, cell))
            continue
        for level, text in headings(cell):
            if level <= "h3" or text.startswith("Exercise"):
                found.append((where, f"{'#' * int(level[1])} {text}", []))
    return found


def checked(cell: NotebookNode) -> str | None:
    """The number of the exercise that the cell's last line checks."""
    match ast.parse(cell.source).body[-1:]:
        case [ast.Expr(ast.Call(ast.Attribute(ast.Name("exercises"), "check"), [number, _]))]:
            return number.value if isinstance(number, ast.Constant) else None
    return None


def is_open(cell: NotebookNode) -> bool:
    """Whether the cell says `answer = ...` and checks that."""
    match ast.parse(cell.source).body:
        case [*_, ast.Assign([ast.Name("answer")], ast.Constant(value)), ast.Expr(ast.Call() as c)]:
            return value is ... and isinstance(c.args[-1], ast.Name) and c.args[-1].id == "answer"
    return False


def exercises_are_complete(notebook: NotebookNode, name: str) -> Iterator[str]:
    """`### Exercise 3.1`, `3.2` …: each with the reader's cell and a hidden solution, in order."""
    position = 0
    for where, heading, code in sections(notebook):
        solutions = [(place, cell) for place, cell in code if "solution" in tags(cell)]
        if not re.match(r"#+ Exercise\b", heading):
            for place, _ in solutions:
                yield f"{place} is tagged solution, and belongs to no exercise."
            continue
        position += 1
        number = f"{int(name[:2])}.{position}"
        if not re.match(rf"### Exercise {re.escape(number)}(?![\d.]*\d)", heading):
            yield f'{where} must have the heading "### Exercise {number}".'
        before = takewhile(lambda cell: "solution" not in tags(cell[1]), code)
        if not any(is_open(cell) and checked(cell) == number for _, cell in before):
            yield (
                f"exercise {number} has no reader's cell before its solution: `answer = ...`, "
                f'then `exercises.check("{number}", answer)`.'
            )
        if number not in [checked(cell) for _, cell in solutions]:
            yield f'no solution of exercise {number} ends with `exercises.check("{number}", …)`.'
        for place, cell in solutions:
            form = cell.source.startswith("# @title Solution") and cell.metadata.get("cellView")
            if not set(tags(cell)) >= SOLUTION_TAGS or form != "form":
                yield (
                    f"{place} is a solution: tag it hide-input and hide-output, begin it with "
                    '"# @title Solution", and give it the metadata "cellView": "form".'
                )


def solutions_can_be_removed(notebook: NotebookNode, name: str) -> Iterator[str]:
    """A copy without solutions runs: no cell uses what a solution has set last."""
    from_solution: dict[str, str] = {}
    for where, cell in cells(notebook, "code"):
        sets, uses = names(cell)
        if "solution" in tags(cell):
            from_solution |= dict.fromkeys(sets, where)
            if any("widget-view" in kind for o in cell.outputs for kind in o.get("data", {})):
                yield f"{where} is a solution that shows a widget: its state would stay behind."
            continue
        for used in sorted((uses - sets) & from_solution.keys()):
            yield f"{where} uses {used}, which the solution in {from_solution[used]} has set."
        for name_set in sets:
            from_solution.pop(name_set, None)


def names(cell: NotebookNode) -> tuple[set[str], set[str]]:
    """The names that a cell sets, and those that it uses, for the notebook as a whole."""
    tables = [symtable.symtable(cell.source, "cell", "exec")]
    sets = {s.get_name() for s in tables[0].get_symbols() if s.is_assigned() or s.is_imported()}
    uses = {s.get_name() for s in tables[0].get_symbols() if s.is_referenced()}
    for table in tables:  # grows while it is walked
        tables += table.get_children()
        uses |= {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    return sets, uses
