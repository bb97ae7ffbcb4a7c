"""Run records: what an experiment measured, with all that is needed to judge it and repeat it.

A record is one JSON file in `utils/runs/`. Its keys:

    name, command, date          which experiment, how it was started, when (UTC, to the day)
    source_sha256                hash of the statements of the experiment's module, and of the
                                 experiments it imports: a test fails when it is stale
    settings                     the arguments that all seeds shared
    hardware, versions           processor, cores, threads, device, precision; Python, torch, …
                                 (precision: this machine's; an experiment may fix its own)
    seconds                      of all seeds, added up: no measure of speed
    runs                         one entry a seed: {"seed", "seconds", "arms": {arm: measurements}}
"""

import ast
import base64
import datetime
import hashlib
import io
import json
import platform
import re
import tokenize
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from utils.checkpoint import write_whole
from utils.settings import device_name, processor, profile

RUNS = files("utils") / "runs"


def load(name: str) -> dict:
    """The stored record called `name`. Raises FileNotFoundError with the names that exist."""
    record = RUNS / f"{name}.json"
    if not record.is_file():
        names = sorted(p.name.removesuffix(".json") for p in RUNS.iterdir() if p.suffix == ".json")
        raise FileNotFoundError(f'No record "{name}" is stored. There are: {", ".join(names)}.')
    return json.loads(record.read_text(encoding="utf-8"))


def save(
    name: str, source: str, settings: dict, hardware: dict, runs: list[dict], folder: Path
) -> Path:
    """Write a record to `folder` and return the file's path.

    `source` is the hash of the experiment's module, taken before the first seed ran.
    """
    record = {
        "command": f"python -m utils.experiments {name} --seeds {len(runs)}",
        "source_sha256": source,
        "settings": settings,
        "hardware": hardware,
        "seconds": round(sum(run["seconds"] for run in runs), 1),
        "runs": runs,
    }
    return write(name, record, folder)


def write(name: str, record: dict, folder: Path) -> Path:
    """Write a record, with its name, the date and the versions, and return the file's path."""
    packages = ("torch", "torchvision", "numpy")
    about = {
        "name": name,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in packages}},
    }
    path = folder / f"{name}.json"
    write_whole(path, (json.dumps(about | record, indent=1) + "\n").encode())
    return path


def pack(array: np.ndarray) -> dict:
    """A small array of whole numbers for a record: JSON would need a line for every one of them."""
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "base64": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode(),
    }


def unpack(packed: dict) -> np.ndarray:
    """The array that `pack` was given."""
    content = base64.b64decode(packed["base64"])
    return np.frombuffer(content, packed["dtype"]).reshape(packed["shape"])


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
    for node in sorted(filter(_says_nothing, ast.walk(tree)), key=_start, reverse=True):
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


def _start(node: ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


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
    where = profile()
    return {
        "processor": processor(),
        "vector instructions": torch.backends.cpu.get_cpu_capability(),
        "threads": torch.get_num_threads(),
        "device": device_name(where.device),
        "precision": str(where.dtype).removeprefix("torch."),
    }
