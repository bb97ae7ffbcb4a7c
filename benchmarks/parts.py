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
import zlib
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stdout, suppress
from dataclasses import replace
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks import rules, where
from benchmarks.peak import Peak, bandwidth
from benchmarks.recipes import alexnet_muon
from utils import records
from utils.data import Labelled, fashion_mnist
from utils.nets import CoinDropout, D2LAlexNet, FastAlexNet, initialise
from utils.nets.base import reordered
from utils.nets.fast import ORDER
from utils.system import default_profile, device_name, keep_freed_memory
from utils.training import History, Recipe, evaluate, train
from utils.training.muon import Muon

D2L_BATCHES, D2L_EPOCH = 12, 469  # measured here; in an epoch of d2l's cell
WARM_UP = 3  # batches in which kernels are chosen and worker processes started
VALIDATION = 5_000  # of the training images


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
        d2l.train_ch6(D2LAlexNet(), timed, _a_test_batch(), 1, 0.01, default_profile().device)
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


def recipe(file: str, seed: int, sha256: str, tested: bool = True) -> dict:
    """One training of the record, from the first training image to the last answer.

    Afterwards d2l's network as the book has it gets the weights and answers as well: that is the
    accuracy which counts.
    """
    if rules.code_hash(Path(file)) != sha256:
        raise rules.RecipeError(f"{Path(file).name} was changed while it was being measured.")
    start = time.perf_counter()
    trained = rules.load(Path(file))
    images, validation, test = _sets()
    parts = {"validation": validation} | ({"accuracy": test} if tested else {})
    network = trained(images, seed)
    name = rules.network_name(network)
    answered = _accuracies(network, parts)
    found: dict = {"seconds": round(time.perf_counter() - start, 2), "memory_gb": peak_memory()}
    plain = rules.plain(network)
    counted = _accuracies(plain, parts)
    try:
        rules.same_answers(name, answered, counted)
    except rules.RecipeError as error:  # the test images have been looked at: the line is kept
        found["broken rule"] = str(error)
    found["weights"] = 0
    for p in plain.parameters():
        found["weights"] = zlib.crc32(p.detach().cpu().flatten().numpy(), found["weights"])
    return found | {
        **counted,
        "network": name,
        "device": device_name(default_profile().device),
        "precision": _precision(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def _accuracies(network: nn.Module, parts: dict[str, Labelled]) -> dict[str, float]:
    settings = Recipe(batch_size=250, image_size=network.image_size)
    return {name: round(evaluate(network, part, settings)[1], 4) for name, part in parts.items()}


def _sets() -> tuple[Labelled, Labelled, Labelled]:
    """Images to train on, to validate with and to test with; nothing else stays in memory."""
    data = fashion_mnist(quiet=True)
    return *data.train.split(VALIDATION), data.test


def peak(image_size: int) -> dict:
    """Operations a second in training, and those of the fastest product of matrices.

    At 65 px the recipe is the record's; at 224 px it has batches of 512. The operations are those
    that d2l's network needs, neither zeros that `UnshuffledConv2d` adds nor those of the padding.
    """
    settings = replace(alexnet_muon.RECIPE, image_size=image_size)
    if image_size == 224:
        settings = Recipe(epochs=1, batch_size=512, image_size=224, lr=0.001)
    best = Peak()
    best.search()
    network = FastAlexNet(image_size=image_size)
    speed = examples_per_second(network, settings, seconds=20, between=best.again)
    best.search()
    training = speed * sum(where.training_operations(image_size).values())
    return {
        "precision": _precision(),
        "batch_size": settings.batch_size,
        "examples_per_second": speed,
        "training_tflops": training / 1e12,
        "matrix_tflops": best.best / 1e12,
        "best product": best.name,
        "fraction": best.fraction(training),
    }


def step() -> dict:
    """Where the time of one step of the record goes, and what the machine could do at best."""
    settings = alexnet_muon.RECIPE
    network = FastAlexNet(image_size=settings.image_size)
    initialise(network, "he", torch.Generator().manual_seed(0))
    images, watch = where.Watched(*fashion_mnist(quiet=True).train), where.StepProfile(network)
    best = Peak()
    best.search()
    with suppress(where.Enough):
        train(network, images, None, settings, callback=watch)
    best.search()
    rates = best.best, bandwidth()
    element = torch.empty((), dtype=default_profile().dtype).element_size()
    moved = where.bytes_moved(settings.image_size, settings.batch_size, element)
    layers = {}
    for name, count in where.training_operations(settings.image_size).items():
        operations, milliseconds = count * settings.batch_size, watch.found["layers"][name]
        at_best = max(operations / rates[0], moved[name] / rates[1])
        layers[name] = {
            "operations": operations,
            "bytes": moved[name],
            "ms": round(milliseconds, 2),
            "ms at best": round(1000 * at_best, 2),
        }
    return {
        "layers": layers,
        "kinds": {kind: round(ms, 2) for kind, ms in watch.found["kinds"].items()},
        "matrix_tflops": rates[0] / 1e12,
        "copied_gb_per_second": rates[1] / 1e9,
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
    model = rearranged(now["image_size"], now["rearranged"])
    layout = torch.channels_last if now["channels_last"] else torch.contiguous_format
    model.to(memory_format=layout)
    dtype = default_profile().dtype if now["half"] else torch.float32
    if now["muon"]:
        how = {"momentum": 0.9, "weight_decay": 0.0005, "dtype": dtype}
        optimizer: torch.optim.Optimizer = Muon(model.parameters(), 0.0001, **how)
    else:
        optimizer = torch.optim.SGD(
            model.parameters(), lr=0.001, momentum=now["momentum"],
            weight_decay=now["weight_decay"], fused=now["fused"],
        )  # fmt: skip
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


def rearranged(image_size: int, changes: int) -> D2LAlexNet:
    """d2l's network with the first so many rearrangements of `FastAlexNet`, of four."""
    fast, net = FastAlexNet(image_size=image_size), D2LAlexNet(image_size=image_size)
    if changes == 4:
        return fast
    if changes >= 1:
        net.features.conv1 = fast.features.conv1
    if changes >= 2:
        net.features = reordered(net.features, ORDER.replace("inside ", ""))
    if changes >= 3:
        net.classifier.drop6, net.classifier.drop7 = CoinDropout(), CoinDropout()
    return net


# Each rung is the one before it with one change.
RUNGS: dict[str, dict] = {
    "images kept in memory": {
        "rearranged": 0,
        "image_size": 224,
        "batch_size": 128,
        "channels_last": False,
        "keep memory": False,
        "half": False,
        "momentum": 0.0,
        "weight_decay": 0.0,
        "fused": False,
        "muon": False,
    },
    "channels_last": {"channels_last": True},
    "bfloat16, where it is faster": {"half": True},
    "freed memory kept": {"keep memory": True},
    "momentum": {"momentum": 0.9},
    "weight decay": {"weight_decay": 0.0005},
    "fused update": {"fused": True},
    "conv1 unshuffled": {"rearranged": 1},
    "ReLU behind the pooling": {"rearranged": 2},
    "dropout by coins": {"rearranged": 3},
    "65 px instead of 224": {"image_size": 65},
    "images inside the maps": {"rearranged": 4},
    "batches of 256": {"batch_size": 256},
    "Muon for the kernels": {"muon": True},
}


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
            raise where.Enough
        between()
        start = time.perf_counter()

    data = fashion_mnist(quiet=True)
    initialise(model, "he", torch.Generator().manual_seed(0))
    with suppress(where.Enough):
        train(model, data.train, data.test, replace(recipe, epochs=1), callback=callback)
    return recipe.batch_size / median(times[1 + WARM_UP :])


def _precision() -> str:
    return default_profile().precision


PARTS: dict[str, Callable[..., dict]] = {
    part.__name__: part for part in (records.hardware, d2l, recipe, peak, step, growth, rung)
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
    try:
        found = PARTS[sys.argv[1]](**settings)
        print(json.dumps({"memory_gb": peak_memory()} | found))
    except rules.RecipeError as error:
        sys.exit(str(error))
