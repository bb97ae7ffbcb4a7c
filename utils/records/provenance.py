"""What a record says of its making: hash of the code, and the machine."""

import ast
import hashlib
import io
import re
import tokenize
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import torch

from utils.system import default_profile, device_name, processor


def source_hash(*modules: ModuleType) -> str:
    """SHA-256 of what the modules compute, and of the experiments that they import.

    A module that moves, imports from elsewhere or is explained in other words has measured the
    same: its name, import statements, docstrings and comments do not count.
    """
    statements, waiting = {}, list(modules)
    while waiting:
        path = Path(waiting.pop().__file__)
        if path not in statements:
            source = path.read_text(encoding="utf-8")
            tree = ast.parse(source)
            statements[path] = _statements(source, tree)
            waiting += _imported_experiments(tree)
    return hashlib.sha256("\n".join(sorted(statements.values())).encode()).hexdigest()


def _statements(source: str, tree: ast.Module) -> str:
    """The source without import statements, docstrings, comments and blank lines.

    They are cut out by position: `ast.unparse` differs between versions of Python.
    """
    lines = [line.encode() for line in source.split("\n")]  # a node's columns are bytes
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = token.line[:column].encode()
    silent = filter(_says_nothing, ast.walk(tree))
    for node in sorted(silent, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        first, last = node.lineno - 1, node.end_lineno - 1
        rest = lines[first][: node.col_offset] + lines[last][node.end_col_offset :]
        lines[first : last + 1] = [rest]
    return b"\n".join(line.rstrip() for line in lines if line.strip()).decode()


def _says_nothing(node: ast.AST) -> bool:
    """Whether a node is an import statement, or a text that stands alone, as docstrings do."""
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Expr(ast.Constant(str())):
            return True
    return False


def _imported_experiments(tree: ast.Module) -> list[ModuleType]:
    """The modules of `utils.experiments` that a module imports, or imports from."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    candidates = {name for name in names if re.fullmatch(r"utils\.experiments\.\w+", name or "")}
    return [import_module(name) for name in sorted(candidates) if find_spec(name)]


def hardware() -> dict[str, str | int]:
    """The machine, in the words that it uses for itself."""
    profile = default_profile()
    return {
        "processor": processor(),
        "vector instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "device": device_name(profile.device),
        "precision": profile.precision,
    }
