"""`make bench`: how much sooner the book's AlexNet reaches d2l's accuracy, and what it costs.

Everything is measured in this one run, on the processor, one part after the other, each in a
process of its own. The last line is JSON. `--record` also stores all of it for chapter 8, in
`utils/records/runs/bench.json`.
"""

import argparse
import json
import sys
from pathlib import Path

from benchmarks import measuring, parts, peak, record, rules, where
from benchmarks.measuring import AVX2, gigabytes, hardware, measure, say
from benchmarks.parts import RUNGS
from benchmarks.recipes import alexnet_muon, lenet
from benchmarks.record import RECIPES, TARGET, against_d2l, five, slowest
from utils import records
from utils.data import fashion_mnist
from utils.nets import fast
from utils.training import loop, muon

SIZES = {
    "image_size": (65, 97, 145, 224),
    "batch_size": (32, 64, 128, 256, 512),
    "width": (0.25, 0.5, 1.0),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--record", action="store_true", help="store the numbers for chapter 8")
    to_keep = parser.parse_args().record
    if not fashion_mnist().complete:
        sys.exit("The bench needs all 70,000 images: go online, or set BOOK_DATA_DIR.")
    about = hardware()
    print(", ".join(f"{name}: {value}" for name, value in about.items()), flush=True)
    results = {"hardware": about, **speed(), "ladder": ladder(), "growth": growth()}
    last = summary(results)
    if min(last["accuracies"] + last["accuracies_avx2"]) < TARGET:
        print(f"Not reached: {TARGET}. Nothing is stored.")
    elif to_keep:
        print(store(results))
    print(json.dumps(last))


def speed() -> dict:
    """The record beside d2l's cell, also with AVX2 only; LeNet; how much of the machine is used."""
    found = against_d2l(RECIPES / "alexnet_muon.py")
    say("d2l's cell", found["d2l"])
    found["lenet"] = five(RECIPES / "lenet.py")
    print("With AVX2 only:")
    found["AVX2 only"] = against_d2l(RECIPES / "alexnet_muon.py", AVX2)
    found["peak"] = {side: measure("peak", image_size=side) for side in (65, 224)}
    for side, part in found["peak"].items():
        training, best = part["training_tflops"], part["matrix_tflops"]
        print(f"{side} px, batches of {part['batch_size']}: {training:.2f} of {best:.2f} TFLOP/s")
        print(f"  {part['fraction']:.0%} of {part['best product']}", flush=True)
    found["step"] = measure("step")
    for name, layer in found["step"]["layers"].items():
        print(f"  {name}: {layer['ms']:.1f} ms a step, at best {layer['ms at best']:.1f}")
    for kind, milliseconds in found["step"]["kinds"].items():
        print(f"  {kind}: {milliseconds:.1f} ms", flush=True)
    return found


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


def summary(results: dict) -> dict:
    """The last line."""
    ratios = {
        name: round(part["d2l"]["ten_epochs"] / slowest(part["ours"]), 1)
        for name, part in (("ratio", results), ("ratio_avx2", results["AVX2 only"]))
    }
    return ratios | {
        "ours_s": round(slowest(results["ours"]), 1),
        "d2l_s": round(results["d2l"]["ten_epochs"]),
        "accuracies": [run["accuracy"] for run in results["ours"].values()],
        "accuracies_avx2": [run["accuracy"] for run in results["AVX2 only"]["ours"].values()],
        "peak_fraction": {side: round(p["fraction"], 3) for side, p in results["peak"].items()},
    }


def source() -> str:
    """Hash of what decides the numbers: the benches, the network, the training, the recipes."""
    benches = (sys.modules[__name__], measuring, parts, peak, record, rules, where)
    return records.source_hash(*benches, fast, loop, muon, alexnet_muon, lenet)


def store(results: dict) -> Path:
    """Keep the results among the book's records."""
    about = {"command": "make bench RECORD=yes", "source_sha256": source()}
    return records.write("bench", about | results, Path(records.RUNS))


if __name__ == "__main__":
    main()
