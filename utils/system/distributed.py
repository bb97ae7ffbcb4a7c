"""One training in several processes, as torchrun starts them: who this one is, what all agree on.

Each process, called a rank, has the whole network and works on its share of every batch (data
parallelism). `DistributedDataParallel` averages the gradients, so that all make the same step;
gloo carries them between processors, NCCL between graphics cards. The messages between the ranks
are torch.distributed's, and torchrun is who starts and ends them.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
START = "start with torchrun --nproc-per-node N -m utils.train …"
PATIENCE = 300  # seconds to wait for another rank
PADDING = -100  # the label that PyTorch's cross-entropy leaves out (its `ignore_index`)
# What gloo, NCCL and the store say when the other side has gone.
GONE = (
    "closed by peer", "reset by peer", "socket closed", "broken pipe", "timed out", "timeout",
    "failed to recv", "connection refused", "remote process",
)  # fmt: skip
LOST = (
    "Another process of this training has ended or does not answer, so this one ends too: the same "
    "command goes on from the last checkpoint."
)


class ProcessGroupError(Exception):
    """The processes of a training do not fit together, or one has ended; says what to do."""


@dataclass(frozen=True)
class ProcessGroup:
    """This process is number `rank`, from 0, of `world_size`; `SINGLE` is alone."""

    rank: int = 0
    world_size: int = 1
    store: dist.Store | None = None

    @property
    def is_main(self) -> bool:
        """Whether this is rank 0, which prints and writes."""
        return self.rank == 0

    def share(self, chosen: torch.Tensor) -> torch.Tensor:
        """This rank's share of a batch of indices (N,): every `world_size`-th.

        All shares are equally long, N / world_size rounded up: -1 fills up those that are shorter.
        """
        if self.world_size == 1:
            return chosen
        mine = chosen[self.rank :: self.world_size]
        missing = -(-len(chosen) // self.world_size) - len(mine)
        return torch.cat([mine, mine.new_full((missing,), -1)])

    def connect(self, model: nn.Module) -> nn.Module:
        """The model as it learns: its gradients are the mean over all ranks."""
        return model if self.world_size == 1 else DistributedDataParallel(model)

    def total(self, *numbers: float) -> tuple[float, ...]:
        """The sum of each number over all ranks, the same on each."""
        if self.world_size == 1:
            return numbers
        sums = torch.tensor(numbers, dtype=torch.float64)
        with _someone_may_be_gone():
            dist.all_reduce(sums)
        return tuple(sums.tolist())

    def gather(self, tensor: torch.Tensor) -> list[torch.Tensor]:
        """The tensors of all ranks, in their order; they are on the CPU and of one shape."""
        if self.world_size == 1:
            return [tensor]
        parts = [torch.empty_like(tensor) for _ in range(self.world_size)]
        with _someone_may_be_gone():
            dist.all_gather(parts, tensor)
        return parts

    @contextmanager
    def main_first(self) -> Iterator[None]:
        """Rank 0 does what is inside, then the others: what it has fetched, they find."""
        if not self.is_main:
            self.total(0)
        yield
        if self.is_main:
            self.total(0)

    def first_to_report(self) -> bool:
        """Whether this rank says how the job ended: the first that asks."""
        try:
            return self.store is None or self.store.add("said", 1) == 1
        except RuntimeError:  # the store went with the process that had it
            return True


SINGLE = ProcessGroup()


@contextmanager
def process_group() -> Iterator[ProcessGroup]:
    """All processes that torchrun has started, for as long as they train; else `SINGLE`.

    Raises ProcessGroupError if some of torchrun's variables are missing or make no sense, if there
    are more processes than graphics cards, or if the others do not come.
    """
    given = {name: os.environ[name] for name in VARIABLES if name in os.environ}
    if not given.keys() & {"RANK", "WORLD_SIZE", "LOCAL_RANK"}:
        yield SINGLE
        return
    rank, world, local = _numbers(given)
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if cards:
        if local >= cards:
            raise ProcessGroupError(
                f"There are {cards} graphics card(s) and more processes: use --nproc-per-node "
                f"{cards}, or hide the cards (CUDA_VISIBLE_DEVICES=) to train on the processor."
            )
        torch.cuda.set_device(local)
    wait = timedelta(seconds=PATIENCE)
    try:
        store, _, _ = next(dist.rendezvous("env://", timeout=wait))
        backend = "cpu:gloo,cuda:nccl" if cards else "gloo"
        dist.init_process_group(backend, store=store, rank=rank, world_size=world, timeout=wait)
    except (RuntimeError, ValueError):
        raise ProcessGroupError(
            f"The {world} processes did not all meet at {given['MASTER_ADDR']}:"
            f"{given['MASTER_PORT']} within {PATIENCE} s: {START}."
        ) from None
    before = signal.signal(signal.SIGTERM, _terminated)
    try:
        with _someone_may_be_gone():
            yield ProcessGroup(rank, world, store)
    except BaseException:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # there is a sentence to be said first
        raise
    else:
        signal.signal(signal.SIGTERM, before)
    finally:
        dist.destroy_process_group()


def torchrun(processes: int, command: str) -> str:
    """What `torchrun --standalone --nproc-per-node PROCESSES -m COMMAND` prints.

    It runs in an empty folder, which is gone afterwards, with one thread a process. If it fails,
    its report is what it prints.
    """
    start = f"-m torch.distributed.run --standalone --nproc-per-node={processes} -m {command}"
    package = Path(__file__).parents[2]  # where `utils` is found
    variables = os.environ | {"PYTHONPATH": str(package), "OMP_NUM_THREADS": "1"}
    with TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, *start.split()],
            cwd=folder, env=variables, capture_output=True, text=True,
        )  # fmt: skip
    return done.stdout or done.stderr


def _numbers(given: dict[str, str]) -> tuple[int, int, int]:
    """Rank, number of ranks, rank on this machine; ProcessGroupError if something is wrong."""
    if missing := [name for name in VARIABLES if name not in given]:
        raise ProcessGroupError(
            f"{', '.join(given)} is set, but not {', '.join(missing)}: {START}, which sets them "
            "all, or unset them all to train in one process."
        )
    try:
        rank, world, local = (int(given[name]) for name in VARIABLES[:3])
    except ValueError:
        rank, world, local = -1, 0, 0
    if not (0 <= rank < world and local >= 0):
        values = ", ".join(f"{name}={given[name]}" for name in VARIABLES[:3])
        raise ProcessGroupError(f"{values} make no sense: {START}, which sets them.")
    return rank, world, local


@contextmanager
def _someone_may_be_gone() -> Iterator[None]:
    """One sentence when another rank has ended, or does not answer."""
    try:
        yield
    except RuntimeError as error:
        if not any(words in str(error).lower() for words in GONE):
            raise
        raise ProcessGroupError(LOST) from None


def _terminated(number: int, frame: object) -> None:
    """What torchrun's SIGTERM does before and after the training: it ends what is left of a job."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise ProcessGroupError(LOST)
