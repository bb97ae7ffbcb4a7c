"""How soon does a recipe reach d2l's accuracy? `python -m benchmarks.record FILE`.

Five trainings with seeds that follow from the file, d2l's own cell before and after them, on this
machine's processor or, with `--gpu`, on its GPU. Each training has a process of its own; its time
runs from the first training image that is read to the last answer about a test image. Every look at
the test images is kept in `benchmarks/attempts.jsonl`: to choose settings there are the validation
images (`--try`). The rules are those of book/record.md.
"""

import argparse
import json
import sys
from datetime import date
from pathlib import Path

import torch

from benchmarks import rules
from benchmarks.measuring import AVX2, GPU, gigabytes, hardware, measure
from utils import records
from utils.data import fashion_mnist

HERE = Path(__file__).parent
RECIPES = HERE / "recipes"
ATTEMPTS = HERE / "attempts.jsonl"
TARGET = 0.883  # printed by d2l-zh 2.0.0 after ten epochs


def five(file: Path, environment: dict[str, str] | None = None) -> dict[int, dict]:
    """Train and test with each seed of the recipe; prints and keeps what came out, and returns it.

    Raises RecipeError if the file breaks a rule before it trains, or its seeds decide nothing.
    """
    rules.load(file)
    runs, sha256 = {}, rules.code_hash(file)
    for seed in rules.seeds(file):
        run = measure("recipe", environment, file=str(file), seed=seed, sha256=sha256)
        runs[seed] = run
        _keep(file.name, sha256, seed, run)
        if "broken rule" in run:
            raise rules.RecipeError(run["broken rule"])
        print(
            f"{file.stem}, seed {seed}: test accuracy {run['accuracy']:.4f} (validation "
            f"{run['validation']:.4f}) after {run['seconds']:.1f} s, {gigabytes(run)}",
            flush=True,
        )
    rules.different(runs.values())
    accuracies = sorted(run["accuracy"] for run in runs.values())
    print(f"  worst {accuracies[0]:.4f}, best {accuracies[-1]:.4f}; d2l prints {TARGET}")
    return runs


def _keep(recipe: str, sha256: str, seed: int, run: dict) -> None:
    """One more line of ATTEMPTS."""
    named = ("network", "device", "instructions", "precision", "validation", "accuracy", "seconds")
    attempt = {
        "date": f"{date.today()}",
        "recipe": recipe,
        "sha256": sha256,
        "seed": seed,
        "processor": records.hardware()["processor"],
    } | {name: run[name] for name in (*named, "broken rule") if name in run}
    with ATTEMPTS.open("a", encoding="utf-8") as attempts:
        attempts.write(json.dumps(attempt) + "\n")


def slowest(runs: dict[int, dict]) -> float:
    """Seconds of the training that took longest."""
    return max(run["seconds"] for run in runs.values())


def against_d2l(file: Path, environment: dict[str, str] | None = None) -> dict:
    """The recipe between two measurements of d2l's cell, of which the quicker counts."""
    rules.load(file)  # before minutes are spent
    before = measure("d2l", environment)
    runs = five(file, environment)
    d2l = min(before, measure("d2l", environment), key=lambda part: part["ten_epochs"])
    print(
        f"  d2l's ten epochs take {d2l['ten_epochs']:,.0f} s, without its evaluations: "
        f"{d2l['ten_epochs'] / slowest(runs):.0f} times as long",
        flush=True,
    )
    return {"d2l": d2l, "ours": runs}


def _five_against_d2l(file: Path, environment: dict[str, str] | None) -> None:
    runs = against_d2l(file, environment)["ours"]
    if min(run["accuracy"] for run in runs.values()) < TARGET:
        sys.exit(f"Not reached: every one of the {len(runs)} seeds must have at least {TARGET}.")


def _try(file: Path, seed: int, environment: dict[str, str] | None) -> None:
    """One training, of which nothing is kept, because the test images are not looked at."""
    rules.load(file)
    how = {"file": str(file), "seed": seed, "sha256": rules.code_hash(file), "tested": False}
    run = measure("recipe", environment, **how)
    if "broken rule" in run:
        raise rules.RecipeError(run["broken rule"])
    took = f"{run['seconds']:.1f} s, without the tests, {gigabytes(run)}"
    print(f"{file.stem}, seed {seed}: validation {run['validation']:.4f} after {took}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record", description=__doc__)
    parser.add_argument("file", type=Path, help="the recipe, e.g. benchmarks/recipes/lenet.py")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--avx2", action="store_true", help="without AVX-512 and AMX, in float32")
    where.add_argument("--gpu", action="store_true", help="d2l's cell and the recipe on the GPU")
    parser.add_argument(
        "--try", dest="seed", type=int, help="only this seed, and only the validation images"
    )
    options = parser.parse_args()
    environment = GPU if options.gpu else AVX2 if options.avx2 else None
    if options.gpu and not torch.cuda.is_available():
        sys.exit("PyTorch finds no GPU here: leave --gpu out.")
    if not fashion_mnist(quiet=True).complete:
        sys.exit("The record needs all 70,000 images: go online, or set BOOK_DATA_DIR.")
    about = hardware(environment)
    print(", ".join(f"{name}: {value}" for name, value in about.items()), flush=True)
    try:
        if options.seed is None:
            _five_against_d2l(options.file, environment)
        else:
            _try(options.file, options.seed, environment)
    except rules.RecipeError as error:
        sys.exit(f"Not accepted. {error}")


if __name__ == "__main__":
    main()
