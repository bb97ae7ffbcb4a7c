"""What `make bench` measures, one part a process: `python -m benchmarks.parts NAME [JSON]`.

A part prints one line of JSON. Parts do not share a process, because what one of them asks of the
processor or of the memory would help or hurt the next.
"""

import itertools
import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stdout, suppress
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from utils.data import fashion_mnist
from utils.experiments import fast_training, short_training_lenet
from utils.nets import D2LAlexNet, FastAlexNet, initialise
from utils.system import default_profile, keep_freed_memory
from utils.training import History, Recipe, train

D2L_BATCHES, D2L_EPOCH = 12, 469  # measured here; in an epoch of d2l's cell
WARM_UP = 3  # batches in which kernels are chosen and worker processes started
TARGET = 0.883  # printed by d2l-zh 2.0.0 after ten epochs


def d2l() -> dict:
    """d2l's own cell, for a few batches: its loader, its `train_ch6`, 224 px, batches of 128."""
    os.environ["MPLBACKEND"] = "agg"
    warnings.filterwarnings("ignore")
    from d2l import torch as d2l

    class Timed:
        """The training batches, and when each was asked for."""

        def __init__(self, loader):
            self.loader, self.times = loader, []

        def __len__(self) -> int:
            return len(self.loader)

        def __iter__(self) -> Iterator:
            for batch in itertools.islice(self.loader, D2L_BATCHES + WARM_UP + 1):
                self.times.append(time.perf_counter())
                yield batch

    with _folder_as_d2l_wants_it(), redirect_stdout(sys.stderr):
        train_batches, _ = d2l.load_data_fashion_mnist(128, resize=224)
        timed = Timed(train_batches)
        d2l.train_ch6(D2LAlexNet(), timed, _a_test_batch(), 1, 0.01, torch.device("cpu"))
    seconds = (timed.times[-1] - timed.times[WARM_UP]) / D2L_BATCHES
    return {"examples_per_second": 128 / seconds, "ten_epochs": seconds * D2L_EPOCH * 10}


@contextmanager
def _folder_as_d2l_wants_it() -> Iterator[None]:
    """A folder to stand in, with the files where d2l's `root="../data"` finds them."""
    data = fashion_mnist(quiet=True)
    with tempfile.TemporaryDirectory() as folder:
        raw, here = Path(folder, "data/FashionMNIST/raw"), Path(folder, "here")
        raw.mkdir(parents=True)
        here.mkdir()
        for kind, (images, labels) in {"train": data.train, "t10k": data.test}.items():
            _write_idx(raw / f"{kind}-images-idx3-ubyte", images)
            _write_idx(raw / f"{kind}-labels-idx1-ubyte", labels.to(torch.uint8))
        with chdir(here):
            yield


def _write_idx(path: Path, values: torch.Tensor) -> None:
    """The format of MNIST's files: unsigned bytes, the number of axes, each size, the values."""
    header = b"".join(n.to_bytes(4, "big") for n in (0x800 + values.ndim, *values.shape))
    path.write_bytes(header + values.numpy().tobytes())


def _a_test_batch() -> list:
    """One image, so that `train_ch6`'s evaluation takes no time."""
    return [(torch.zeros(1, 1, 224, 224), torch.zeros(1, dtype=torch.int64))]


def ours(seed: int) -> dict:
    """The fast training from the first batch to the last test image, with its accuracy."""
    run = fast_training.run(seed)["AlexNet"]
    return {
        "seconds": run["wall seconds"],
        "validation": run["epochs"][-1]["test accuracy"],
        "accuracy": run["final test accuracy"],
    }


def ours_in_part() -> dict:
    """An estimate of the fast training's seconds from some of its steps, for slow machines."""
    recipe = fast_training.RECIPE
    speed = examples_per_second(FastAlexNet(image_size=recipe.image_size), recipe, seconds=15)
    images = recipe.epochs * (60_000 - fast_training.VALIDATION)
    # Evaluation: 5,000 images twice and 10,000 once, a forward pass each, a third of a step.
    seconds = (images + 20_000 / 3) / speed
    return {"examples_per_second": speed, "seconds": seconds, "precision": _precision()}


def lenet(seed: int) -> dict:
    """Chapter 8's recipe with LeNet, four epochs: its ten recorded seeds all pass the target."""
    start = time.perf_counter()
    history = short_training_lenet.run(seed)["LeNet"]
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "accuracy": history["epochs"][-1]["test accuracy"]}


def peak(batch_size: int = 512) -> dict:
    """Operations a second when training at 224 px, and those of one large matrix product.

    The training's are those that the network as d2l writes it needs, not the zeros that
    `UnshuffledConv2d` adds. Products are measured between the steps, because the speed of a machine
    that others share changes from minute to minute.
    """
    n, dtype = 4096, default_profile().dtype
    a, b, product = (torch.randn(n, n).to(dtype) for _ in range(3))
    products: list[float] = []

    def multiply() -> None:
        for _ in range(4):
            start = time.perf_counter()
            torch.mm(a, b, out=product)
            products.append(time.perf_counter() - start)

    recipe = Recipe(epochs=1, batch_size=batch_size, image_size=224, lr=0.001)
    speed = examples_per_second(FastAlexNet(), recipe, seconds=25, between=multiply)
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        D2LAlexNet()(torch.ones(1, 1, 224, 224)).sum().backward()
    training, matrix = speed * counter.get_total_flops(), 2 * n**3 / median(products)
    return {
        "precision": _precision(),
        "batch_size": batch_size,
        "examples_per_second": speed,
        "training_tflops": training / 1e12,
        "matrix_tflops": matrix / 1e12,
        "fraction": training / matrix,
    }


def growth(image_size: int = 65, batch_size: int = 256, width: float = 1) -> dict:
    """Milliseconds an image takes in training, and the most memory, for one size."""
    recipe = Recipe(batch_size=batch_size, image_size=image_size, lr=0.001)
    model = FastAlexNet(image_size=image_size, width=width)
    return {"ms_per_image": 1000 / examples_per_second(model, recipe, seconds=5)}


def rung(name: str) -> dict:
    """Images a second on one rung of the ladder from d2l's cell to ours."""
    keys = list(RUNGS)
    now = {
        key: value for rung in keys[: keys.index(name) + 1] for key, value in RUNGS[rung].items()
    }
    if now["keep memory"]:
        keep_freed_memory()
    model = now["network"](image_size=now["image_size"])
    layout = torch.channels_last if now["channels_last"] else torch.contiguous_format
    model.to(memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, **now["optimiser"])
    dtype = default_profile().dtype if now["half"] else torch.float32
    data = fashion_mnist(quiet=True).train.batches(
        now["batch_size"],
        image_size=now["image_size"],
        channels_last=now["channels_last"],
    )
    times: list[float] = []
    for x, y in data:
        with torch.autocast("cpu", dtype, enabled=dtype != torch.float32):
            loss = F.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        times.append(time.perf_counter())
        if len(times) > 2 * WARM_UP and times[-1] - times[WARM_UP] > 10:
            break
    seconds = median(b - a for a, b in itertools.pairwise(times[WARM_UP:]))
    return {"examples_per_second": now["batch_size"] / seconds}


# Each rung is the one before it with one change.
RUNGS: dict[str, dict] = {
    "images kept in memory": {
        "network": D2LAlexNet,
        "image_size": 224,
        "batch_size": 128,
        "channels_last": False,
        "keep memory": False,
        "half": False,
        "optimiser": {},
    },
    "channels_last": {"channels_last": True},
    "bfloat16, where it is faster": {"half": True},
    "freed memory kept": {"keep memory": True},
    "momentum and weight decay": {"optimiser": {"momentum": 0.9, "weight_decay": 0.0005}},
    "fused update": {"optimiser": {"momentum": 0.9, "weight_decay": 0.0005, "fused": True}},
    "layers rearranged": {"network": FastAlexNet},
    "65 px instead of 224": {"image_size": 65},
    "batches of 256": {"batch_size": 256},
}


class Enough(Exception):
    """As many steps as were wanted."""


def examples_per_second(
    model: nn.Module, recipe: Recipe, seconds: float, between: Callable[[], None] = lambda: None
) -> float:
    """Speed of the book's own loop after the warm-up; `between` is called outside the steps."""
    times: list[float] = []
    start = 0.0

    def callback(history: History, model: nn.Module) -> None:
        nonlocal start
        times.append(time.perf_counter() - start)
        if len(times) > 2 * WARM_UP and sum(times[1 + WARM_UP :]) > seconds:
            raise Enough
        between()
        start = time.perf_counter()

    data = fashion_mnist(quiet=True)
    initialise(model, "he", torch.Generator().manual_seed(0))
    with suppress(Enough):
        train(model, data.train, data.test, replace(recipe, epochs=1), callback=callback)
    return recipe.batch_size / median(times[1 + WARM_UP :])


def _precision() -> str:
    return default_profile().precision


PARTS: dict[str, Callable[..., dict]] = {
    part.__name__: part for part in (d2l, ours, ours_in_part, lenet, peak, growth, rung)
}


def peak_memory() -> float | None:
    """The most memory that this process has had, in GB; None where Linux is not there to tell.

    Worker processes, as d2l's loader has, do not count.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e9


if __name__ == "__main__":
    settings = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
    print(json.dumps(PARTS[sys.argv[1]](**settings) | {"memory_gb": peak_memory()}))
