"""Give every record the hash of today, if it is fresh by the hash of the whole source text.

    python -m tools.restamp_records
"""

import hashlib
import sys
from importlib import import_module
from pathlib import Path

from benchmarks import __main__ as bench
from benchmarks import augmentation as bench_augmentation
from benchmarks import cluster, live_net, parts
from utils import augmentation, columns, experiments, fast, imagenet, quantised, ranks, records
from utils.experiments import fast_training

BENCHES = {
    "bench": ([bench, parts, fast, fast_training], bench.source),
    "bench_augmentation": ([bench_augmentation, augmentation], bench_augmentation.source),
    "bench_cluster": ([cluster, columns, imagenet, ranks], cluster.source),
}


def whole_text(*modules) -> str:
    """SHA-256 of the modules' whole source text."""
    text = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in modules)
    return hashlib.sha256(text.encode()).hexdigest()


def restamp(name: str, old: str, new: str) -> None:
    path = records.RUNS / f"{name}.json"
    text = path.read_text(encoding="utf-8")
    if records.load(name)["source_sha256"] != old or text.count(old) != 1:
        sys.exit(f"{name} is older than its code: nothing was written for it.")
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")
    print(f"{name}: {old[:8]} to {new[:8]}")


if __name__ == "__main__":
    for name in experiments.NAMES:
        module = import_module(f"utils.experiments.{name}")
        restamp(name, whole_text(module), records.source_hash(module))
    for name, (modules, source) in BENCHES.items():
        restamp(name, whole_text(*modules), source())
    rest = live_net.source().encode() + quantised.page_file()
    old = hashlib.sha256(whole_text(live_net).encode() + rest).hexdigest()
    restamp("bench_live_net", old, live_net.measured())
