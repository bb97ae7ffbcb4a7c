"""The rooms of `utils`: who may import from whom, and what stays light."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import nbformat
import pytest

from tools.notebooks import NOTEBOOKS, cells
from utils.experiments import NAMES

UTILS = Path(__file__).parents[2] / "utils"
# From the ground up: a room imports from those before it, and from itself.
ROOMS = (
    "system", "records", "data", "nets", "training", "analysis", "figures", "experiments",
    "claims", "quiz", "exercises", "page_files", "widgets", "live", "train", "evaluate",
)  # fmt: skip
# Rooms whose files are handed out one by one, and the file that is too heavy for its room.
BY_FILE = {f"utils.experiments.{name}" for name in NAMES} | {"utils.nets.keras_models"}


def imported(code: str) -> Iterator[tuple[str, str]]:
    """What a text of Python imports from `utils`, as (module, name)."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if "utils." in alias.name)
        elif isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith("utils."):
            yield from ((node.module, alias.name) for alias in node.names)


def target(module: str, name: str) -> str:
    """The module that an import leads to: `utils.nets` for a name, `utils.nets.shapes` for that."""
    inner = UTILS.joinpath(*module.split(".")[1:], name)
    is_module = inner.with_suffix(".py").exists() or (inner / "__init__.py").exists()
    found = getattr(import_module(module), name, None) if name else None
    return f"{module}.{name}" if is_module and not callable(found) else module


def modules() -> dict[str, Path]:
    files = sorted(UTILS.rglob("*.py"))
    return {".".join(f.relative_to(UTILS.parent).with_suffix("").parts): f for f in files}


def test_every_file_stands_in_a_room():
    there = {p.stem for p in UTILS.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert there - {"__init__"} == set(ROOMS)


def test_rooms_import_from_those_before_them_and_files_in_no_circle():
    graph = {}
    for module, file in modules().items():
        found = {target(*pair) for pair in imported(file.read_text(encoding="utf-8"))}
        for other in found - {"utils"}:
            own, theirs = (ROOMS.index(name.split(".")[1]) for name in (module, other))
            assert theirs <= own, f"{module} imports {other}, which comes after it in ROOMS"
        graph[module.removesuffix(".__init__")] = found - {"utils"}
    list(TopologicalSorter(graph).static_order())  # CycleError names a circle


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_imports_only_what_a_room_hands_out(path):
    for where, cell in cells(nbformat.read(path, 4), "code"):
        code = "\n".join(line for line in cell.source.split("\n") if line[:1] not in "%!")
        for source, name in imported(code):
            assert f"{source}.{name}" in BY_FILE or handed_out(source, name), f"{where}: {name}"


def handed_out(source: str, name: str) -> bool:
    """Whether a room, or a module that a room hands out as a whole, has this name of its own."""
    if source.count(".") < 2:
        return hasattr(import_module(source), name)
    room, _, module = source.rpartition(".")
    whole = (room, module) in set(imported((UTILS / room[6:] / "__init__.py").read_text()))
    borrowed = {name for _, name in imported(inspect.getsource(import_module(source)))}
    return (whole or source in BY_FILE) and name not in borrowed


LIGHT = """
import sys
import utils.claims, utils.page_files, utils.quiz
assert "torch" not in sys.modules, "these build pages, where PyTorch may be missing"
import utils.nets
assert "keras" not in sys.modules, "Keras takes seconds, and only chapter 9 needs it"
"""


def test_imports_stay_light():
    subprocess.run([sys.executable, "-c", LIGHT], check=True, cwd=UTILS.parent)
