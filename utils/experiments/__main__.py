"""`python -m utils.experiments NAME --seeds N`: run one experiment for N seeds and record it."""

import argparse
import inspect
import sys
import time
from importlib import import_module
from pathlib import Path

from utils import records
from utils.data import fashion_mnist
from utils.experiments import NAMES


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m utils.experiments", description=__doc__)
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds (default: 5)")
    parser.add_argument(
        "--folder", type=Path, default=Path(records.RUNS), help="where the record is written"
    )
    options = parser.parse_args()
    if not fashion_mnist().complete:
        sys.exit(
            "A record needs all 70,000 images of Fashion-MNIST: go online, or set BOOK_DATA_DIR."
        )
    module = import_module(f"utils.experiments.{options.name}")
    source = records.source_hash(module)  # now: the file may change while the seeds run
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(module.run).parameters.items()
        if name != "seed"
    }
    runs, start = [], time.perf_counter()
    for seed in range(options.seeds):
        runs.append({"seed": seed, "arms": module.run(seed)})
        minutes = (time.perf_counter() - start) / 60
        print(f"seed {seed} done, {minutes:.1f} minutes so far", flush=True)
    seconds = time.perf_counter() - start
    print(records.save(options.name, source, defaults, runs, seconds, options.folder))


if __name__ == "__main__":
    main()
