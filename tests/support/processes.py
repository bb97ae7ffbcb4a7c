"""What tests of several processes share: a function called in each of them, and how far one is."""

import json
import os
import socket
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import safetensors
import torch

from utils.ranks import joined


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
    with joined() as ranks:
        return work(ranks, *arguments)


def together(work: Callable, *arguments: object, world: int = 2) -> list:
    """What `work(ranks, *arguments)` returns in each of `world` processes."""
    port = free_port()
    with ProcessPoolExecutor(world, mp_context=get_context("spawn")) as pool:
        calls = [pool.submit(_call, rank, world, port, work, arguments) for rank in range(world)]
        return [call.result() for call in calls]


def saved_steps(folder: Path) -> int:
    """The steps in a training's checkpoint, 0 without one: it must be whole at any moment."""
    path = folder / "checkpoint.safetensors"
    if not path.exists():
        return 0
    with safetensors.safe_open(path, framework="pt") as file:
        return len(json.loads(file.metadata()["history"])["losses"])
