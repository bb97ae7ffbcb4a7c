"""Train an AlexNet, or a LeNet: `python -m utils.train --help`.

The loop is chapter 8's, `utils.training.train`. The folder that is named receives checkpoints,
metrics.jsonl and, at the end, weights.safetensors. The same command goes on where the training
stopped, whatever stopped it. `torchrun --nproc-per-node N -m utils.train FOLDER ...` does the same
in N processes, which share every batch (`utils.system.distributed`). The images are
Fashion-MNIST's, or, with `--data imagefolder:PATH`, the photographs of a tree like ImageNet's
(`utils.data.imagefolder`).
"""

import argparse
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import safetensors.torch
import torch
from torch import nn

from utils.data import DataError, fashion_mnist, photograph_folders
from utils.nets import SCHEMES, AlexNet, D2LAlexNet, FastAlexNet, LeNet, initialise
from utils.system import (
    SINGLE,
    ProcessGroup,
    ProcessGroupError,
    Profile,
    default_profile,
    process_group,
    shown_elsewhere,
)
from utils.training import (
    CheckpointError,
    Checkpoints,
    History,
    ImageData,
    Recipe,
    report_top_k,
    setting,
    train,
)

# Ends of the program, beside 0 (trained to the end) and argparse's 2 (settings that do not exist).
STOPPED, INTERRUPTED = 1, 130
EXITS = (
    "Exit codes: 0 trained to the end; 1 stopped, with a sentence that says why; 2 wrong settings; "
    "130 interrupted (Ctrl-C, SIGTERM) and saved."
)

IMAGEFOLDER = "imagefolder:"

# Made from the number of classes, the channels of an image, its side in px, and the width.
NETWORKS: dict[str, Callable[[int, int, int, float], nn.Module]] = {
    "alexnet": partial(AlexNet, lrn=None),
    "paper": partial(AlexNet, lrn="columns"),
    "d2l": D2LAlexNet,
    "fast": FastAlexNet,
    "lenet": lambda *settings: LeNet(activation=nn.ReLU, pool=nn.MaxPool2d),
}


@dataclass(frozen=True)
class Settings(Recipe):
    """A recipe, and what it is applied to."""

    network: str = setting(
        "alexnet", f"{', '.join(NETWORKS)} (paper: with LRN; fast: d2l's, faster)"
    )
    width: float = setting(0.25, "channels and hidden units, as a multiple of the full network's")
    weights: str = setting("he", f"initial weights: {', '.join(SCHEMES)}")
    data: str = setting("fashion-mnist", "fashion-mnist, or imagefolder:PATH with train/ and val/")
    workers: int = setting(2, "processes that decode photographs")
    data_dir: str = setting("", "folder with Fashion-MNIST (none: searched, then fetched)")
    save_seconds: float = setting(60.0, "seconds between two checkpoints")
    threads: int = setting(0, "threads of the processor (0: all)")
    deterministic: bool = setting(False, "on CUDA: only operations that repeat to the bit")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.network not in NETWORKS:
            raise ValueError(f'Network "{self.network}" is unknown: use {", ".join(NETWORKS)}.')
        if self.data != "fashion-mnist" and not self.tree:
            raise ValueError(f'data is "{self.data}": use fashion-mnist or {IMAGEFOLDER}PATH.')
        if self.tree and self.network == "lenet":
            raise ValueError("LeNet reads grey images of 28 px: choose another network.")
        if not self.width > 0:
            raise ValueError(f"width is {self.width}: it must be above zero.")
        for name, most in (("seed", 2**63 - 1), ("threads", 1024), ("workers", 1024),
                           ("save_seconds", math.inf)):  # fmt: skip
            if not 0 <= getattr(self, name) <= most:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be from 0 to {most}.")
        with torch.device("meta"):  # no numbers, no time: do network, weights and images fit?
            self.model()(torch.empty(1, self.channels, self.image_size, self.image_size))

    @property
    def tree(self) -> str:
        """Where the photographs are; empty for Fashion-MNIST."""
        return self.data.removeprefix(IMAGEFOLDER) if self.data.startswith(IMAGEFOLDER) else ""

    @property
    def channels(self) -> int:
        """Of an image: photographs have three."""
        return 3 if self.tree else 1

    @property
    def unit(self) -> bool:
        """Whether the initial weights ask for pixels of standard deviation 1."""
        return self.weights not in ("paper", "program")

    def model(self, generator: torch.Generator | None = None, classes: int = 10) -> nn.Module:
        """The network with its initial weights."""
        size = classes, self.channels, self.image_size, self.width
        return initialise(NETWORKS[self.network](*size), self.weights, generator)


def run(settings: Settings, folder: Path, group: ProcessGroup = SINGLE) -> History:
    """Train, or go on with what `folder` has; at the end the weights lie there too."""
    if settings.batch_size < group.world_size:
        raise ValueError(
            f"A batch of {settings.batch_size} cannot be shared by {group.world_size} processes."
        )
    _prepare(settings)
    profile = _same(default_profile(), group)
    processes = "" if group.world_size == 1 else f"{group.world_size} processes of "
    print(f"Seed {settings.seed}, {profile}, {processes}{torch.get_num_threads()} thread(s).")
    with group.main_first():
        train_set, test_set, classes = _data(settings)
    model = settings.model(torch.Generator().manual_seed(settings.seed), classes)
    with Checkpoints(folder, settings.save_seconds) as checkpoints:
        how = {"profile": profile, "checkpoints": checkpoints, "group": group}
        history = train(model, train_set, test_set, settings, **how)
    weights = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    about = {"settings": json.dumps(asdict(settings))}
    checkpoints.write("weights.safetensors", safetensors.torch.save(weights, about))
    print(f"Test accuracy {history.test_accuracy:.4f} after {settings.epochs} epoch(s).")
    if settings.tree:
        report_top_k(model, test_set, settings.image_size, profile, group)
    print(f"Weights and metrics: {folder}")
    return history


def _data(settings: Settings) -> tuple[ImageData, ImageData, int]:
    """Images to train and to test with, and the number of their classes; says where they are."""
    if settings.tree:
        size, workers = settings.image_size, settings.workers
        train_set, test_set = photograph_folders(settings.tree, size, workers, settings.unit)
        classes = len(train_set.classes)
        counts = f"{len(train_set)} + {len(test_set)} photographs of {classes} classes"
        print(f"{counts} in {settings.tree}.")
        return train_set, test_set, classes
    data = fashion_mnist(settings.data_dir or None)
    print(data.source)
    return data.train, data.test, len(data.classes)


def _same(profile: Profile, group: ProcessGroup) -> Profile:
    """The precision of rank 0 for all: a probe on a busy machine could choose another for each."""
    fast = torch.tensor(profile.dtype == torch.bfloat16, dtype=torch.uint8)
    return replace(profile, dtype=torch.bfloat16 if group.gather(fast)[0] else torch.float32)


def _prepare(settings: Settings) -> None:
    """Threads and determinism: to be said before the first computation."""
    if settings.threads:
        torch.set_num_threads(settings.threads)
    if settings.deterministic:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    elif default_profile().device.type == "cuda":
        print("On CUDA two runs can differ in the last digits; --deterministic makes them equal.")


def parse(arguments: list[str]) -> tuple[Settings, Path]:
    """The settings and the folder. Ends the program with code 2 if they make no sense."""
    parser = argparse.ArgumentParser(
        "python -m utils.train",
        description=__doc__.partition("\n\n")[2],
        epilog=EXITS,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="where checkpoints, metrics and weights go")
    for field in fields(Settings):
        option, words = f"--{field.name.replace('_', '-')}", field.metadata["help"]
        if field.type is bool:
            parser.add_argument(option, action="store_true", help=words)
        else:
            parser.add_argument(option, type=field.type, default=field.default, help=words)
    options = vars(parser.parse_args(arguments))
    folder = options.pop("folder")
    try:
        return Settings(**options), folder
    except ValueError as error:
        return parser.error(str(error))


def main() -> None:
    """Whatever goes wrong is one sentence; what was saved stays."""
    first = os.environ.get("RANK", "0") == "0"
    with nullcontext() if first else redirect_stderr(None):  # one complaint is enough
        settings, folder = parse(sys.argv[1:])
    group = SINGLE
    try:
        with process_group() as group, _quiet(group):
            run(settings, folder, group)
    except KeyboardInterrupt as stop:
        _end(str(stop) or "Ended at once; the last checkpoint is whole.", INTERRUPTED, group)
    except (
        CheckpointError, DataError, FloatingPointError, MemoryError, ProcessGroupError, ValueError,
    ) as error:  # fmt: skip
        _end(str(error), STOPPED, group)


@contextmanager
def _quiet(group: ProcessGroup) -> Iterator[None]:
    """Only rank 0 prints and shows a bar."""
    if group.is_main:
        yield
        return
    shown_elsewhere.set(True)
    with redirect_stdout(None):
        yield


def _end(sentence: str, code: int, group: ProcessGroup) -> NoReturn:
    """End the program; of several processes the first one says why."""
    if group.first_to_report():
        print(sentence, file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
