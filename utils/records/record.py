"""Run records: what an experiment measured, with all that is needed to judge it and repeat it.

A record is one JSON file in `utils/records/runs/`. Its keys:

    name, command, date          which experiment, how it was started, when (UTC, to the day)
    source_sha256                hash of the statements of the experiment's module, and of the
                                 experiments it imports: a test fails when it is stale
    settings                     the arguments that all seeds shared
    hardware, versions           processor, instructions, threads, device, precision; Python, torch
                                 (precision: this machine's; an experiment may fix its own)
    seconds                      of all seeds, added up: no measure of speed
    runs                         one entry a seed: {"seed", "seconds", "arms": {arm: measurements}}
"""

import base64
import datetime
import json
import platform
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch

from utils.system import write_whole

RUNS = files("utils.records") / "runs"


def load(name: str) -> dict:
    """The stored record called `name`. Raises FileNotFoundError with the names that exist."""
    record = RUNS / f"{name}.json"
    if not record.is_file():
        names = sorted(p.name.removesuffix(".json") for p in RUNS.iterdir() if p.suffix == ".json")
        raise FileNotFoundError(f'No record "{name}" is stored. There are: {", ".join(names)}.')
    return json.loads(record.read_text(encoding="utf-8"))


def laboratory_seeds(preset: str) -> dict[str, list[dict]]:
    """{arm: what each seed did} of a preset of the laboratory: test and training accuracies after
    each epoch, "tests" and "trains", and "losses", means of equal parts of its steps.
    """
    runs = load("laboratory")["runs"]
    return {run["arm"]: run["seeds"] for run in runs if run["preset"] == preset}


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


def pack_filters(weights: torch.Tensor) -> tuple[dict, float]:
    """Filters (N, channels, k, k), packed as int8; and the largest weight, for which 127 stands."""
    weights = weights.detach().float().cpu()
    largest = weights.abs().max().item()
    packed = pack((weights * (127 / largest)).round().to(torch.int8).numpy())
    return packed, round(largest, 5)


def unpack(packed: dict) -> np.ndarray:
    """The array that `pack` was given."""
    content = base64.b64decode(packed["base64"])
    return np.frombuffer(content, packed["dtype"]).reshape(packed["shape"])
