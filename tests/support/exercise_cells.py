"""The cells of an exercise, and the rules that they keep.

### Exercise 3.2        a heading in a Markdown cell, with the question
the reader's cell       `answer = ...`, then `exercises.check("3.2", answer)`
the solution            tagged, hidden, in Colab a form; it ends with the same check
"""

import ast
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from nbformat import NotebookNode

from tools.notebooks import cells, headings, tags

SOLUTION_TAGS = {"solution", "hide-input", "hide-output"}


@dataclass
class Section:
    """What stands under one heading; `number` is None if it is not the heading of an exercise."""

    where: str
    level: str
    number: str | None
    code: list[tuple[str, NotebookNode]] = field(default_factory=list)


def sections(notebook: NotebookNode) -> list[Section]:
    """The notebook by its headings of the levels h1 to h3, each with its code cells."""
    found = [Section("the beginning", "h1", None)]
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"cell {number} ({cell.get('id')})"
        if cell.cell_type == "code":
            found[-1].code.append((where, cell))
            continue
        for level, text in headings(cell):
            exercise = re.match(r"Exercise\b\s*(\S*)", text)
            if exercise or level <= "h3":
                said = exercise[1].rstrip(".:") if exercise else None
                found.append(Section(where, level, said))
    return found


def checked(cell: NotebookNode) -> str | None:
    """The number of the exercise that the cell's last line checks."""
    match _statements(cell)[-1:]:
        case [ast.Expr(ast.Call(ast.Attribute(ast.Name("exercises"), "check"), [number, _]))]:
            return number.value if isinstance(number, ast.Constant) else None
    return None


def is_open(cell: NotebookNode) -> bool:
    """Whether the cell says `answer = ...` and checks that."""
    match _statements(cell):
        case [*_, ast.Assign([ast.Name("answer")], ast.Constant(value)), ast.Expr(ast.Call() as c)]:
            return value is ... and isinstance(c.args[-1], ast.Name) and c.args[-1].id == "answer"
    return False


def exercises_are_complete(notebook: NotebookNode, name: str) -> Iterator[str]:
    """`### Exercise 3.1`, `3.2` …: each with the reader's cell and a hidden solution, in order."""
    position = 0
    for section in sections(notebook):
        solutions = [(where, cell) for where, cell in section.code if "solution" in tags(cell)]
        if section.number is None:
            for where, _ in solutions:
                yield f"{where} is tagged solution, and belongs to no exercise."
            continue
        position += 1
        number = f"{int(name[:2])}.{position}"
        if section.level != "h3" or section.number != number:
            yield f'{section.where} must have the heading "### Exercise {number}".'
        before = takewhile(lambda cell: "solution" not in tags(cell[1]), section.code)
        if not any(is_open(cell) and checked(cell) == number for _, cell in before):
            yield (
                f"exercise {number} has no reader's cell before its solution: `answer = ...`, "
                f'then `exercises.check("{number}", answer)`.'
            )
        if number not in [checked(cell) for _, cell in solutions]:
            yield f'no solution of exercise {number} ends with `exercises.check("{number}", …)`.'
        for where, cell in solutions:
            form = cell.source.startswith("# @title Solution") and cell.metadata.get("cellView")
            if not set(tags(cell)) >= SOLUTION_TAGS or form != "form":
                yield (
                    f"{where} is a solution: tag it hide-input and hide-output, begin it with "
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


def _statements(cell: NotebookNode) -> list[ast.stmt]:
    return ast.parse(cell.source).body
