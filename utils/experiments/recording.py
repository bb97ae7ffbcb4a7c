"""Runs an experiment's seeds side by side, keeps each that is done, and writes the record.

Each seed has a process of its own, which makes it independent of those before it; and as many
processes of one thread each do more than one process with all of them.
"""

import hashlib
import inspect
import json
import multiprocessing
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from multiprocessing.connection import wait
from pathlib import Path

import torch

from utils import records
from utils.data import DataError
from utils.system import default_profile, write_whole
from utils.training import CheckpointError, Checkpoints


class RecordingError(Exception):
    """A seed ended without a result. The message says which; the others are kept."""


def record(name: str, seeds: int, jobs: int | None, folder: Path) -> Path:
    """Run the seeds that are not done yet, then write the record and return its path.

    Raises RecordingError if a seed fails; those that run beside it are finished first. What is
    done is kept for the next call, for as long as the experiment's code and the hardware stay.
    """
    cores = torch.get_num_threads()
    jobs = jobs or (1 if default_profile().device.type == "cuda" else min(seeds, cores))
    threads = max(1, cores // jobs)  # more would slow all of them down, several times
    module = import_module(f"utils.experiments.{name}")
    source = records.source_hash(module)  # now: the file may change while the seeds run
    hardware = records.hardware() | {"threads": threads}
    kept = _folder_for(folder / "unfinished" / name, [source, hardware, torch.__version__])
    files = {seed: _result(kept, seed) for seed in range(seeds)}
    left = [seed for seed, file in files.items() if not file.exists()]
    done = seeds - len(left)
    print(f"{done} of {seeds} seeds are done; {jobs} at a time, {threads} thread(s) each.")
    _run(left, jobs, (name, threads, hardware["precision"], kept))
    parameters = inspect.signature(module.run).parameters.values()
    settings = {p.name: p.default for p in parameters if p.name not in ("seed", "checkpoints")}
    runs = [json.loads(file.read_text(encoding="utf-8")) for file in files.values()]
    path = records.save(name, source, settings, hardware, runs, folder)
    shutil.rmtree(kept.parent)
    return path


def _folder_for(unfinished: Path, made_by: list) -> Path:
    """The folder for seeds of just this code and hardware; says if there are others."""
    kept = unfinished / hashlib.sha256(json.dumps(made_by).encode()).hexdigest()[:12]
    kept.mkdir(parents=True, exist_ok=True)
    if others := sorted(file.stem for file in unfinished.rglob("seed-*") if kept != file.parent):
        print(
            f"{', '.join(dict.fromkeys(others))} in {unfinished}: made by other code or on other "
            "hardware, so made anew."
        )
    return kept


def _result(kept: Path, seed: int) -> Path:
    return kept / f"seed-{seed}.json"


def _run(left: list[int], jobs: int, how: tuple[str, int, str, Path]) -> None:
    """Work on the seeds, `jobs` at a time; whatever ends this ends the processes too."""
    context, waiting, running, failed = multiprocessing.get_context("spawn"), left[:], {}, []
    try:
        while running or (waiting and not failed):
            while waiting and not failed and len(running) < jobs:
                seed = waiting.pop(0)
                process = context.Process(target=_process, args=(seed, *how), daemon=True)
                with _ignoring_interrupts():
                    process.start()
                running[process.sentinel] = seed, process
            for sentinel in wait(running):
                seed, process = running.pop(sentinel)
                process.join()
                if process.exitcode:
                    failed.append(f"Seed {seed} ended without a result (code {process.exitcode}).")
                else:
                    print(f"seed {seed} done", flush=True)
    finally:
        for _, process in running.values():
            process.terminate()  # on Linux and macOS, one that keeps its training saves it
        for _, process in running.values():
            process.join()
    if failed:
        raise RecordingError(" ".join(failed))


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    """A process begun in here does not hear Ctrl-C, which the terminal sends to all of them."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _process(*seed_and_how: object) -> None:
    """One seed in a process of its own, which leaves nothing behind when it is ended."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        _one(*seed_and_how)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it is ending


def _one(seed: int, name: str, threads: int, precision: str, kept: Path) -> None:
    """One seed: its result becomes a file."""
    torch.set_num_threads(threads)
    os.environ["BOOK_PRECISION"] = precision
    run = import_module(f"utils.experiments.{name}").run
    start = time.perf_counter()
    try:
        if "checkpoints" in inspect.signature(run).parameters:
            with Checkpoints(kept / f"seed-{seed}") as checkpoints:
                arms = run(seed, checkpoints=checkpoints)
        else:
            arms = run(seed)
        seconds = round(time.perf_counter() - start, 1)
        result = {"seed": seed, "seconds": seconds, "arms": arms}
        write_whole(_result(kept, seed), json.dumps(result).encode())
    except (CheckpointError, DataError, FloatingPointError, MemoryError, OSError) as error:
        sys.exit(f"Seed {seed}: {error}")


def _end_with_parent() -> None:
    """Nobody would wait for this process's result: end it, saving what it can save."""
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGTERM)
