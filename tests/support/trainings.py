"""A small training whose files are compared bit for bit, and a program run in this process."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import pytest
import safetensors
import torch
from torch import nn

from utils.data import Labelled


def images(count: int, seed: int) -> Labelled:
    random = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=random)
    return Labelled(pixels, torch.randint(0, 10, (count,), generator=random))


DATA = images(90, seed=1), images(40, seed=2)  # in batches of 16 an epoch has 6 steps


def network(seed: int = 0, channels: int = 6, inner: Callable = nn.ReLU) -> nn.Module:
    """A convolution whose layout in memory matters, statistics that are saved, and dropout."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 4, 5, stride=2), nn.BatchNorm2d(4), inner(),
        nn.Conv2d(4, channels, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Dropout(),
        nn.Linear(25 * channels, 10),
    )  # fmt: skip


def read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """The tensors of a safetensors file, and what it says of itself."""
    with safetensors.safe_open(path, framework="pt") as file:
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        return tensors, file.metadata()


def contents(folder: Path) -> tuple[dict[str, torch.Tensor], dict, bytes]:
    """All that a training's folder holds, but for the time that it took and how often it saves."""
    tensors, about = read(folder / "checkpoint.safetensors")
    history = json.loads(about["history"])
    del history["seconds"]
    history["recipe"].pop("save_seconds", None)
    return tensors, history, (folder / "metrics.jsonl").read_bytes()


def assert_equal(one: Path, other: Path) -> None:
    """Same weights, statistics, optimiser's memory, random numbers, history, metrics: each bit."""
    (tensors, *history), (others, *other_history) = contents(one), contents(other)
    assert tensors.keys() == others.keys()
    assert [name for name in tensors if not torch.equal(tensors[name], others[name])] == []
    assert history == other_history


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def failing(error: BaseException) -> Callable:
    """A function that does nothing but fail."""

    def fail(*arguments, **options):
        raise error

    return fail


def end_of(main: Callable[[], None], *arguments: object) -> SimpleNamespace:
    """How a program ends with these arguments: its exit code, and what it printed where."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr("sys.argv", ["program", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code
    said = err.getvalue()
    assert "Traceback" not in said
    if isinstance(code, str):  # Python prints it and ends with 1
        code, said = 1, f"{said}{code}\n"
    return SimpleNamespace(code=code, out=out.getvalue(), err=said)
