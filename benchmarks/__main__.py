"""`make bench`: how much sooner the book's AlexNet reaches d2l's accuracy, and what it costs.

Everything is measured in this one run, on the processor, one part after the other, each in a
process of its own. The last line is JSON. `--record` also stores all of it for chapter 8, in
`utils/records/runs/bench.json`.
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
from utils.data import fashion_mnist
from utils.experiments import fast_training
from utils.nets import fast

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
        words = done.stderr.strip().splitlines() or [f"it ended with code {done.returncode}"]
        sys.exit(f"The part {part} {settings} failed: {words[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--record", action="store_true", help="store the numbers for chapter 8")
    record = parser.parse_args().record
    if not fashion_mnist().complete:
        sys.exit("The bench needs all 70,000 images: go online, or set BOOK_DATA_DIR.")
    os.environ["CUDA_VISIBLE_DEVICES"] = ""  # d2l's cell and ours on the same processor
    hardware = records.hardware()
    print(", ".join(f"{name}: {value}" for name, value in hardware.items()), flush=True)
    results = {"hardware": hardware, **speed(), "ladder": ladder(), "growth": growth()}
    last = summary(results)
    if min(last["accuracies"]) < TARGET:
        print(f"Not reached: {TARGET}. Nothing is stored.")
    elif record:
        print(store(results))
    print(json.dumps(last))


def speed() -> dict:
    """d2l's cell and ours, LeNet, both without bfloat16, and how much of the machine is used."""
    before = measure("d2l")
    ours = {seed: measure("ours", seed=seed) for seed in SEEDS}
    small = {seed: measure("lenet", seed=seed) for seed in SEEDS}
    theirs = min(before, measure("d2l"), key=lambda part: part["ten_epochs"])  # the faster time
    say("d2l's cell", theirs)
    print(f"  so its ten epochs take {theirs['ten_epochs']:,.0f} s, without its evaluations")
    for seed, run in ours.items():
        print(
            f"ours, seed {seed}: test accuracy {run['accuracy']:.4f} (validation "
            f"{run['validation']:.4f}) after {run['seconds']:.0f} s, {gigabytes(run)}"
        )
    accuracies = sorted(run["accuracy"] for run in ours.values())
    print(f"  worst {accuracies[0]:.4f}, best {accuracies[-1]:.4f}; d2l prints {TARGET}")
    slowest = max(run["seconds"] for run in ours.values())
    print(f"  d2l's ten epochs take {theirs['ten_epochs'] / slowest:.0f} times as long", flush=True)
    for seed, run in small.items():
        print(
            f"LeNet, seed {seed}: test accuracy {run['accuracy']:.4f} after {run['seconds']:.0f} s"
        )
    old = {"d2l": measure("d2l", AVX2), "ours": measure("ours_in_part", AVX2)}
    print(f"With AVX2 only, in {old['ours']['precision']}, estimated from some steps:")
    for name, part in old.items():
        say(f"  {name}", part)
    ratio = old["d2l"]["ten_epochs"] / old["ours"]["seconds"]
    print(f"  d2l's ten epochs would take {ratio:.0f} times as long as ours")
    peak = measure("peak")
    say(f"224 px, batches of {peak['batch_size']}", peak)
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
        say(f"  {name}", rungs[name])
    return rungs


def growth() -> dict[str, dict]:
    """What an image costs, against the size of images, batches and network."""
    found = {}
    for name, values in SIZES.items():
        found[name] = {value: measure("growth", **{name: value}) for value in values}
        row = ", ".join(f"{value}: {run['ms_per_image']:.2f}" for value, run in found[name].items())
        print(f"Milliseconds an image, by {name}: {row}", flush=True)
        row = ", ".join(f"{value}: {gigabytes(run)}" for value, run in found[name].items())
        print(f"  most memory: {row}", flush=True)
    return found


def say(what: str, part: dict) -> None:
    print(
        f"{what}: {part['examples_per_second']:,.0f} images a second, {gigabytes(part)}", flush=True
    )


def gigabytes(part: dict) -> str:
    """The most memory that a part had."""
    return "memory unknown" if part["memory_gb"] is None else f"{part['memory_gb']:.1f} GB"


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


def source() -> str:
    """Hash of what decides the numbers: this module, the parts, the network and its recipe."""
    return records.source_hash(sys.modules[__name__], parts, fast, fast_training)


def store(results: dict) -> Path:
    """Keep the results among the book's records."""
    about = {"command": "make bench RECORD=yes", "source_sha256": source()}
    return records.write("bench", about | results, Path(records.RUNS))


if __name__ == "__main__":
    main()
