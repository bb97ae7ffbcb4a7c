"""`python -m benchmarks.cluster`: what processes cost and exchange, and what decoding costs.

Bytes: one step of the paper's network in two processes that torchrun starts, once with a column in
each, once with the whole network in each; counted. Processes: the fastest of some steps of a small
network at the same whole batch, one thread a process. Photographs: CPU seconds of one thread, the
best of several rounds. The last line is JSON; `--record` stores it for chapter 12.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch.nn.functional as F
from PIL import Image
from torchvision.transforms.v2 import functional as transforms

from utils import records
from utils.data import PHOTOGRAPHS, imagefolder, photograph, photograph_folders
from utils.nets import AlexNet, FastAlexNet
from utils.system import ProcessGroup, distributed, process_group
from utils.training import ModelParallelHalf, backward, count_gradients, model_parallel

PROCESSES = (1, 2)
BATCH, STEPS = 128, 30
SIZE, QUALITY = (375, 500), 95  # as ImageNet has many: 500 × 375 px (its files are often larger)
REPEATS, ROUNDS = 5, 5


def torchrun(part: str, processes: int) -> dict:
    """One part in several processes; ends the program with the last words if it fails."""
    command = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    done = subprocess.run(
        [sys.executable, *command, "-m", "benchmarks.cluster", "--part", part],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
    )
    if done.returncode:
        sys.exit(f"The part {part} failed: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def exchanged(here: ProcessGroup) -> dict:
    """Bytes that one of two processes sends in a step of the paper's network on one image."""
    net = AlexNet(lrn="columns")
    x, y = torch.randn(1, 3, 224, 224), torch.tensor([0])
    column = ModelParallelHalf(net, here)
    backward(column, x, y)
    parallel = here.connect(net)
    sizes = count_gradients(parallel)
    F.cross_entropy(parallel(x), y).backward()
    return {
        "columns, an image": column.sent,
        "gradients, a step": sum(sizes),
        "messages of gradients": len(sizes),
        "parameters of a column": sum(p.numel() for p in column.parameters()),
        "parameters": sum(p.numel() for p in net.parameters()),
    }


def step(here: ProcessGroup) -> dict:
    """The fastest of some steps of a small network that all processes make together."""
    torch.manual_seed(0)
    net = FastAlexNet(image_size=65, width=0.25)
    network, optimizer = here.connect(net), torch.optim.SGD(net.parameters(), lr=0.01)
    x = torch.randn(BATCH // here.world_size, 1, 65, 65).to(memory_format=torch.channels_last)
    y = torch.zeros(len(x), dtype=torch.long)
    best = float("inf")
    for _ in range(STEPS):
        here.total(0)  # all begin together
        start = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(network(x), y).backward()
        optimizer.step()
        here.total(0)
        best = min(best, time.perf_counter() - start)
    return {
        "ms_per_image": 1000 * best / BATCH,
        "parameters": sum(p.numel() for p in net.parameters()),
    }


PARTS = {"exchanged": exchanged, "step": step}


def fastest() -> dict[int, dict]:
    """The fastest step for each number of processes; they take turns, in several rounds."""
    rounds = [{n: torchrun("step", n) for n in PROCESSES} for _ in range(ROUNDS)]
    return {n: min((r[n] for r in rounds), key=lambda r: r["ms_per_image"]) for n in PROCESSES}


def decoding() -> dict[str, float]:
    """Milliseconds of one thread for a photograph: decoding and shrinking, then augmentation."""
    with TemporaryDirectory() as folder:
        sizes = []
        for part in ("train", "val"):
            place = Path(folder) / part / "all"
            place.mkdir(parents=True)
            for name in PHOTOGRAPHS:
                pixels = transforms.resize(photograph(name), [SIZE[0]], antialias=True).clamp(0, 1)
                pixels = transforms.resize(transforms.center_crop(pixels, SIZE), SIZE)
                file = io.BytesIO()
                transforms.to_pil_image(pixels).save(file, format="JPEG", quality=QUALITY)
                sizes.append(len(file.getvalue()))
                (place / f"{name}.jpg").write_bytes(file.getvalue())
        assert Image.open(place / f"{name}.jpg").size == SIZE[::-1]
        train_set, _ = photograph_folders(folder, 224)
        train_set = replace(train_set, samples=REPEATS * train_set.samples)
        everything = list(range(len(train_set)))
        decoding = both = float("inf")
        for _ in range(ROUNDS):
            start = time.process_time()
            list(train_set.read([everything]))
            decoding = min(decoding, time.process_time() - start)
            start = time.process_time()
            list(train_set.batches(len(train_set), image_size=224))
            both = min(both, time.process_time() - start)
    times = {"decoding": decoding, "augmentation": both - decoding}
    milliseconds = {name: round(1000 * t / len(everything), 3) for name, t in times.items()}
    return milliseconds | {"bytes": round(sum(sizes) / len(sizes))}


def source() -> str:
    """Hash of what decides the numbers."""
    return records.source_hash(sys.modules[__name__], model_parallel, imagefolder, distributed)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--record", action="store_true", help="store the numbers for chapter 12")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)  # what torchrun starts
    options = parser.parse_args()
    if options.part:
        with process_group() as here:
            found = PARTS[options.part](here)
            if not here.rank:
                print(json.dumps(found))
        return
    busy = os.getloadavg()[0]
    torch.set_num_threads(1)
    found = {
        "exchanged": torchrun("exchanged", 2),
        "processes": fastest(),
        "photograph": decoding(),
        "cores": os.cpu_count(),
        "shared": busy > 0.5,  # whether other programs were running
    }
    if options.record:
        about = {"command": "python -m benchmarks.cluster --record", "source_sha256": source()}
        about |= {"hardware": records.hardware(), **found}
        print(records.write("bench_cluster", about, Path(records.RUNS)))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
