"""`make bench`: how much sooner the book's AlexNet reaches d2l's accuracy, and what it costs.

Everything is measured in this one run, one part after the other, each in a process of its own. The
last line is JSON. `--record` also stores all of it for chapter 8, in `utils/runs/bench.json`.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks import parts
from benchmarks.parts import RUNGS, TARGET
from utils import records

# What a processor without AVX-512 and AMX would do, as far as the libraries let it be asked for.
AVX2 = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
}
SEEDS = (101, 102, 103)  # none of them was used to choose the settings
SIZES = {
    "image_size": (65, 97, 145, 224),
    "batch_size": (32, 64, 128, 256, 512),
    "width": (0.25, 0.5, 1.0),
}


def measure(part: str, environment: dict[str, str] | None = None, **settings) -> dict:
    """One part in a process of its own. Ends the program with the part's last words if it fails."""
    command = [sys.executable, "-m", "benchmarks.parts", part, json.dumps(settings)]
    environment = os.environ | {"BOOK_BATCH": "1"} | (environment or {})
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"The part {part} {settings} failed: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--record", action="store_true", help="store the numbers for chapter 8")
    record = parser.parse_args().record
    hardware = records.hardware()
    print(", ".join(f"{name}: {value}" for name, value in hardware.items()), flush=True)
    results = {"hardware": hardware, **speed(), "ladder": ladder(), "growth": growth()}
    if record:
        print(store(results))
    print(json.dumps(summary(results)))


def speed() -> dict:
    """d2l's cell and ours, LeNet, both without bfloat16, and how much of the machine is used."""
    theirs = measure("d2l")
    say("d2l's cell", theirs["examples_per_second"], theirs["memory_gb"])
    print(f"  so its ten epochs take {theirs['ten_epochs']:,.0f} s")
    ours = {seed: measure("ours", seed=seed) for seed in SEEDS}
    slowest = max(run["seconds"] for run in ours.values())
    for seed, run in ours.items():
        print(
            f"ours, seed {seed}: test accuracy {run['accuracy']:.4f} after {run['seconds']:.0f} s, "
            f"{run['memory_gb']:.1f} GB"
        )
    accuracies = sorted(run["accuracy"] for run in ours.values())
    print(f"  worst {accuracies[0]:.4f}, best {accuracies[-1]:.4f}; d2l prints {TARGET}")
    print(f"  d2l's ten epochs take {theirs['ten_epochs'] / slowest:.0f} times as long", flush=True)
    small = {seed: measure("lenet", seed=seed) for seed in SEEDS}
    for seed, run in small.items():
        print(
            f"LeNet, seed {seed}: test accuracy {run['accuracy']:.4f} after {run['epochs']} "
            f"epoch(s), {run['seconds']:.1f} s",
            flush=True,
        )
    old = {"d2l": measure("d2l", AVX2), "ours": measure("ours_in_part", AVX2)}
    print("With AVX2 only, no bfloat16:")
    for name, part in old.items():
        say(f"  {name}", part["examples_per_second"], part["memory_gb"])
    ratio = old["d2l"]["ten_epochs"] / old["ours"]["seconds"]
    print(f"  d2l's ten epochs would take {ratio:.0f} times as long as ours")
    peak = measure("peak")
    say("224 px, batches of 512", peak["examples_per_second"], peak["memory_gb"])
    print(
        f"  {peak['training_tflops']:.2f} of {peak['matrix_tflops']:.2f} TFLOP/s that a matrix "
        f"product reaches ({peak['precision']}): {peak['fraction']:.0%}",
        flush=True,
    )
    return {"d2l": theirs, "ours": ours, "lenet": small, "AVX2 only": old, "peak": peak}


def ladder() -> dict[str, dict]:
    """Images a second, from d2l's cell to ours, one change at a time."""
    print("The ladder, images a second, each line with those above it:")
    rungs = {}
    for name in RUNGS:
        rungs[name] = measure("rung", name=name)
        say(f"  {name}", rungs[name]["examples_per_second"], rungs[name]["memory_gb"])
    return rungs


def growth() -> dict[str, dict]:
    """What an image costs, against the size of images, batches and network."""
    found = {}
    for name, values in SIZES.items():
        found[name] = {value: measure("growth", **{name: value}) for value in values}
        row = ", ".join(f"{value}: {run['ms_per_image']:.2f}" for value, run in found[name].items())
        print(f"Milliseconds an image, by {name}: {row}", flush=True)
        row = ", ".join(f"{value}: {run['memory_gb']:.1f}" for value, run in found[name].items())
        print(f"  most memory, GB: {row}", flush=True)
    return found


def say(what: str, speed: float, memory: float) -> None:
    print(f"{what}: {speed:,.0f} images a second, {memory:.1f} GB", flush=True)


def summary(results: dict) -> dict:
    """The last line."""
    ours = max(run["seconds"] for run in results["ours"].values())
    theirs = results["d2l"]["ten_epochs"]
    old = results["AVX2 only"]
    return {
        "ours_s": round(ours, 1),
        "d2l_s": round(theirs),
        "ratio": round(theirs / ours, 1),
        "ratio_avx2": round(old["d2l"]["ten_epochs"] / old["ours"]["seconds"], 1),
        "accuracies": [run["accuracy"] for run in results["ours"].values()],
        "peak_fraction": round(results["peak"]["fraction"], 3),
    }


def store(results: dict) -> Path:
    """Keep the results among the book's records."""
    about = {"command": "make bench RECORD=yes", "source_sha256": records.source_hash(parts)}
    return records.write("bench", about | results, Path(records.RUNS))


if __name__ == "__main__":
    main()
