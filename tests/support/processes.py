"""What tests of several processes share: a function called in each of them, and how far one is."""

import json
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import safetensors
import torch

from tools.pages import ROOT
from utils.system import process_group

# Where it can be had, one process imports PyTorch, and every other begins as its copy.
FORKED = "forkserver" in multiprocessing.get_all_start_methods()
CONTEXT = multiprocessing.get_context("forkserver" if FORKED else "spawn")
if FORKED:
    CONTEXT.set_forkserver_preload(["utils.train"])


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def variables(rank: int, world: int, port: int) -> dict[str, str]:
    """What torchrun tells a process."""
    return {
        "RANK": str(rank), "WORLD_SIZE": str(world), "LOCAL_RANK": str(rank),
        "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port),
    }  # fmt: skip


def _call(rank: int, world: int, port: int, work: Callable, arguments: tuple) -> object:
    os.environ |= variables(rank, world, port) | {"CUDA_VISIBLE_DEVICES": ""}
    torch.set_num_threads(1)
    with process_group() as group:
        return work(group, *arguments)


def together(work: Callable, *arguments: object, world: int = 2) -> list:
    """What `work(ranks, *arguments)` returns in each of `world` processes."""
    port = free_port()
    with ProcessPoolExecutor(world, mp_context=CONTEXT) as pool:
        calls = [pool.submit(_call, rank, world, port, work, arguments) for rank in range(world)]
        return [call.result() for call in calls]


def python(*arguments: object, **variables: str) -> subprocess.Popen:
    """A program of Python's, in a group of its own, as a terminal would start it."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def lives(process: int) -> bool:
    """Whether a process exists, be it one that has ended and that nobody has waited for."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until(happens: Callable[[], object], lives: Callable[[], bool] = lambda: True) -> None:
    """Wait until something happens; what should make it happen must live on."""
    deadline = time.monotonic() + 240
    while not happens():
        assert lives(), "it has ended before it happened"
        assert time.monotonic() < deadline, "it has not happened in four minutes"
        time.sleep(0.002)


def saved_losses(folder: Path) -> list[float]:
    """The losses in a training's checkpoint, none without one: it must be whole at any moment."""
    path = folder / "checkpoint.safetensors"
    if not path.exists():
        return []
    with safetensors.safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()["history"])["losses"]


def wait_for_steps(folder: Path, least: int, lives: Callable[[], bool]) -> None:
    wait_until(lambda: len(saved_losses(folder)) >= least, lives)
