"""Claims are settled by what a notebook computes: nothing typed, and each card by its own code.

That a card is the ledger's, and is there once, in its chapter, is asked by the build.
"""

import ast
from collections.abc import Iterator

import nbformat
import pytest
from nbformat import NotebookNode, v4

from tools.notebooks import NOTEBOOKS, cards, cells
from utils import claims
from utils.claims import CARD

BUILTINS = {"round", "int", "float", "str", "len", "sum", "abs", "list", "tuple", "dict", "sorted"}


def assignments(tree: ast.Module) -> dict[str, list[ast.expr | None]]:
    """What each name is set to: expressions, and None where it is something else."""
    nodes = [*ast.walk(tree)]
    assigned = [node for node in nodes if isinstance(node, ast.Assign)]
    simple = {id(target): node.value for node in assigned for target in node.targets}
    found: dict[str, list[ast.expr | None]] = {}
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, []).append(simple.get(id(node)))
    return found


def typed(expression: ast.expr | None, names: dict[str, list[ast.expr | None]]) -> bool:
    """Whether an expression is nothing but what somebody has typed."""
    if expression is None:
        return False
    used = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)} - BUILTINS
    for name in used:
        values = names.get(name, [None])
        others = {other: values for other, values in names.items() if other != name}
        filled_later = any(ast.unparse(value) in ("[]", "{}") for value in values if value)
        if filled_later or not all(typed(value, others) for value in values):
            return False
    return True


def breaches(notebook: NotebookNode) -> Iterator[str]:
    """One sentence for each thing that is wrong with the claims of a notebook."""
    tree = ast.parse("\n".join(cell.source for _, cell in cells(notebook, "code")))
    names, written = assignments(tree), []
    for call in ast.walk(tree):
        if not (isinstance(call, ast.Call) and ast.unparse(call.func) == "claims.check"):
            continue
        name, value = call.args
        claim = claims.ledger()[ast.literal_eval(name)]
        written.append(claim.id)
        if typed(value, names):
            yield f"{claim.id} is checked with a typed value: let the cell compute it."
        if call.keywords and claim.kind != "measured":
            yield f"{claim.id} is checked with a live run, and it is {claim.kind}."
    if sorted(written) != sorted(fields["id"] for fields in cards(notebook)):
        yield "the stored cards are not those of the code: run `make notebooks`."


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_claims_are_settled_by_what_is_computed(path):
    found = list(breaches(nbformat.read(path, as_version=4)))
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("sources", "problem"),
    [
        (["n = count(model)", 'claims.check("P-params", n)'], None),
        (["n = 1", "for n in counts:\n    pass", 'claims.check("P-params", n)'], None),
        (["n = []", "n.append(model.size)", 'claims.check("P-params", n)'], None),
        (['claims.check("P-params", 60_965_224)'], "typed value"),
        (['claims.check("P-params", {"all": [60_965_224, "b"]})'], "typed value"),
        (['claims.check("P-params", round(60_965_224.4))'], "typed value"),
        (["n = 60_965_224", 'claims.check("P-params", n)'], "typed value"),
        (["n = m = 1 + 2", 'claims.check("P-params", (n, m))'], "typed value"),
        (['claims.check("P-params", x.size, live=x)'], "live run"),
        (["pass"], "stored cards"),
        (['claims.check("P-params", x.size)'] * 2, "stored cards"),
    ],
)
def test_a_computed_value_is_accepted_and_a_breach_is_found(sources, problem):
    card = {"id": "P-params", "value": "60,965,224 parameters"}
    notebook = v4.new_notebook(cells=[*map(v4.new_code_cell, sources)])
    notebook.cells[-1].outputs = [v4.new_output("display_data", {CARD: card})]
    found = list(breaches(notebook))
    assert len(found) == (problem is not None)
    assert all(problem in breach for breach in found)
