"""Runs an experiment's seeds side by side, keeps each that is done, and writes the record.

A process of its own for each seed makes a seed independent of those before it, and as many
processes of one thread each do more than one process with all of them.
"""

import inspect
import json
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib import import_module
from pathlib import Path

import torch

from utils import records
from utils.checkpoint import Checkpoints, write_whole
from utils.settings import profile


def record(name: str, seeds: int, jobs: int | None, folder: Path) -> Path:
    """Run the seeds that are not done yet, then write the record and return its path."""
    cores = torch.get_num_threads()
    jobs = jobs or (1 if profile().device.type == "cuda" else min(seeds, cores))
    threads = max(1, cores // jobs)  # more would slow all of them down, several times
    module = import_module(f"utils.experiments.{name}")
    source = records.source_hash(module)  # now: the file may change while the seeds run
    kept = folder / "unfinished" / name
    fits = {"source": source, "hardware": records.hardware() | {"threads": threads}}
    done = {run["seed"]: run for run in _done(kept, fits) if run["seed"] < seeds}
    print(f"{len(done)} of {seeds} seeds are done; {jobs} at a time, {threads} thread(s) each.")
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        left = [seed for seed in range(seeds) if seed not in done]
        work = [pool.submit(_one, name, seed, threads, kept) for seed in left]
        for ready in as_completed(work):
            run = ready.result()
            done[run["seed"]] = run
            write_whole(kept / f"seed-{run['seed']}.json", json.dumps(fits | {"run": run}).encode())
            print(f"seed {run['seed']} done in {run['seconds'] / 60:.1f} minutes", flush=True)
    settings = {
        name: parameter.default
        for name, parameter in inspect.signature(module.run).parameters.items()
        if name not in ("seed", "keep")
    }
    runs = [done[seed] for seed in sorted(done)]
    path = records.save(name, source, settings, fits["hardware"], runs, folder)
    for file in kept.glob("seed-*.json"):
        file.unlink()
    return path


def _one(name: str, seed: int, threads: int, kept: Path) -> dict:
    """One seed, in a process of its own."""
    torch.set_num_threads(threads)
    run = import_module(f"utils.experiments.{name}").run
    kept.mkdir(parents=True, exist_ok=True)
    start = time.perf_counter()
    if "keep" in inspect.signature(run).parameters:
        with Checkpoints(kept / f"seed-{seed}") as keep:
            arms = run(seed, keep=keep)
    else:
        arms = run(seed)
    return {"seed": seed, "seconds": round(time.perf_counter() - start, 1), "arms": arms}


def _done(kept: Path, fits: dict) -> Iterator[dict]:
    """The seeds that the same code has done under the same conditions."""
    for file in sorted(kept.glob("seed-*.json")):
        stored = json.loads(file.read_text(encoding="utf-8"))
        if all(stored.get(key) == value for key, value in fits.items()):
            yield stored["run"]
        else:
            print(f"{file.stem} was made by other code or on other hardware: it is made anew.")
