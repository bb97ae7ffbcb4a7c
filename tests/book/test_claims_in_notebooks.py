"""Claims are settled by what a notebook computes: nothing typed, nothing stale.

That a claim is settled once, and in its chapter, is asked by the build.
"""

import ast
import json
from collections import Counter
from collections.abc import Iterator

import pytest
from nbformat import v4

from tools.notebooks import NOTEBOOKS, cards
from utils import claims
from utils.claims import CARD, CHAPTERS, KINDS, VERDICTS, card

BUILTINS = {"round", "int", "float", "str", "len", "sum", "abs", "list", "tuple", "dict", "sorted"}


def code(notebook: dict) -> Iterator[tuple[str, ast.Module]]:
    """The id of each code cell and its parsed source."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            yield cell["id"], ast.parse("".join(cell["source"]))


def checks(notebook: dict) -> Iterator[tuple[str, ast.Call]]:
    """The id of the cell and the call, for every `claims.check(…)`."""
    for cell_id, tree in code(notebook):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "claims.check":
                yield cell_id, node


def assignments(notebook: dict) -> dict[str, list[ast.expr | None]]:
    """What each name of a notebook is set to: expressions, and None where it is something else."""
    found: dict[str, list[ast.expr | None]] = {}
    for _, tree in code(notebook):
        simple = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                simple |= {id(target): node.value for target in node.targets}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.setdefault(node.id, []).append(simple.get(id(node)))
    return found


def typed(node: ast.expr | None, names: dict[str, list[ast.expr | None]]) -> bool:
    """Whether an expression is nothing but what somebody has typed."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Name):
        values = names.get(node.id, [None])
        others = {name: value for name, value in names.items() if name != node.id}
        filled_later = any(ast.unparse(value) in ("[]", "{}") for value in values if value)
        return not filled_later and all(typed(value, others) for value in values)
    if isinstance(node, ast.Call):
        known = isinstance(node.func, ast.Name) and node.func.id in BUILTINS
        return known and all(typed(argument, names) for argument in node.args)
    if isinstance(node, (ast.List, ast.Tuple, ast.Set, ast.BinOp, ast.UnaryOp, ast.Dict)):
        parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        return all(typed(part, names) for part in parts)
    return False


def breaches(notebook: dict) -> Iterator[str]:
    """One sentence for each thing that is wrong with the claims of a notebook."""
    names, written = assignments(notebook), []
    for cell_id, call in checks(notebook):
        name, value = call.args
        claim = claims.ledger().get(getattr(name, "value", None))
        if claim is None:
            yield f"cell {cell_id} checks {ast.unparse(name)}, which is not in the ledger."
            continue
        written.append(claim.id)
        if typed(value, names):
            yield f"cell {cell_id} checks {claim.id} with a typed value: let the cell compute it."
        if call.keywords and claim.kind != "measured":
            yield f"cell {cell_id} checks {claim.id} with a live run, and it is {claim.kind}."
    if sorted(written) != sorted(fields["id"] for fields in cards(notebook)):
        yield "the stored cards are not those of the code: run `make notebooks`."
    for output in (output for cell in notebook["cells"] for output in cell.get("outputs", [])):
        fields = output.get("data", {}).get(CARD)
        shown = fields and "".join(output["data"]["text/html"])
        if fields and shown != card(claims.ledger()[fields["id"]], fields):
            yield f"the card of {fields['id']} is stale: run `make notebooks`."


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_claims_are_settled_by_what_is_computed(path):
    found = list(breaches(load(path)))
    assert not found, "\n".join(found)


def found_in(*sources: str, added: str = "") -> list[str]:
    """The breaches in a notebook of these cells, with the card that P-params would show."""
    fields = {"id": "P-params", "value": "60,965,224 parameters"}
    data = {CARD: fields, "text/html": card(claims.ledger()["P-params"], fields) + added}
    notebook = v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])
    notebook.cells[-1].outputs = [v4.new_output("display_data", data)]
    return list(breaches(notebook))


@pytest.mark.parametrize(
    "sources",
    [
        ('claims.check("P-params", totals(table)["parameters"])',),
        ("n = count(model)", 'claims.check("P-params", n)'),
        ("n = 1", "for n in counts:\n    pass", 'claims.check("P-params", n)'),
        ("n = []", "n.append(model.size)", 'claims.check("P-params", n)'),
        ('claims.check("P-params", {"all": [2 * model.size]})',),
    ],
)
def test_a_computed_value_is_accepted(sources):
    assert found_in(*sources) == []


@pytest.mark.parametrize(
    ("sources", "problem"),
    [
        (['claims.check("P-params", 60_965_224)'], "typed value"),
        (['claims.check("P-params", -(4 * 15_241_306))'], "typed value"),
        (['claims.check("P-params", {"all": [60_965_224, "b"]})'], "typed value"),
        (['claims.check("P-params", round(60_965_224.4))'], "typed value"),
        (["n = 60_965_224", 'claims.check("P-params", n)'], "typed value"),
        (["n = m = 1 + 2", 'claims.check("P-params", (n, m))'], "typed value"),
        (['claims.check("P-params", x.size, live=x)'], "live run"),
        (["pass"], "stored cards"),
        (['claims.check("P-params", x.size)'] * 2, "stored cards"),
        (['claims.check("P-params", x.size)', 'claims.check("T9-9", x.size)'], "not in the ledger"),
        (['claims.check("P-params", x.size)', "claims.check(name, x.size)"], "not in the ledger"),
    ],
)
def test_a_breach_is_found(sources, problem):
    (breach,) = found_in(*sources)
    assert problem in breach


def test_a_stale_card_is_found():
    (breach,) = found_in('claims.check("P-params", x.size)', added=" ")
    assert "stale" in breach


def test_counts(capsys):
    """What the ledger holds and how much of it a stored notebook shows; 45 at least."""
    entries = claims.ledger().values()
    shown = [fields["id"] for path in NOTEBOOKS for fields in cards(load(path))]
    assert len(shown) == len(set(shown)), "a claim is settled in two chapters"
    assert len(shown) >= 45
    with capsys.disabled():
        print(f"\nThe ledger has {len(entries)} claims; {len(shown)} are shown by a cell:")
        for name, values in {"verdict": VERDICTS, "kind": KINDS, "chapter": CHAPTERS}.items():
            total = Counter(getattr(entry, name) for entry in entries)
            proved = Counter(getattr(claims.ledger()[i], name) for i in shown)
            print(f"  {name}: " + ", ".join(f"{v} {proved[v]} of {total[v]}" for v in values))
