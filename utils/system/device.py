"""What this machine can do, decided in one place: device, precision, and how much to run.

Three environment variables: `BOOK_BATCH=1` silences progress bars (set by `make notebooks` and the
tests), `BOOK_PROFILE=quick` or `full` overrides how much a notebook runs, and
`BOOK_PRECISION=float32` or `bfloat16` the precision (set for the seeds of one record: a probe on a
busy machine could choose another for each).
"""

import ctypes
import os
import platform
import sys
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
import torch.nn.functional as F


@dataclass(frozen=True)
class Profile:
    """How to run: `name` is "quick" or "full"; `dtype` is the precision of the matrix products."""

    name: str
    device: torch.device
    dtype: torch.dtype

    def __str__(self) -> str:
        return f"{self.name} profile on {self.device.type}, {self.precision}"

    @property
    def precision(self) -> str:
        """The precision in a word: "float32" or "bfloat16"."""
        return str(self.dtype).removeprefix("torch.")

    def autocast(self) -> torch.autocast:
        """Mixed precision where the machine gains by it, plain float32 elsewhere."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32)


# For experiments that are to be the same on every machine.
CPU = Profile("quick", torch.device("cpu"), torch.float32)


def batch_mode() -> bool:
    """True when a notebook is executed by a program, not by a person."""
    return os.environ.get("BOOK_BATCH") == "1"


@cache
def default_profile() -> Profile:
    """Choose for this machine: a GPU gets the full profile, a CPU the quick one.

    Raises ValueError if BOOK_PROFILE or BOOK_PRECISION is set to anything else.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    name = _asked("BOOK_PROFILE", "quick", "full") or ("full" if device.type == "cuda" else "quick")
    precision = _asked("BOOK_PRECISION", "float32", "bfloat16")
    dtype = getattr(torch, precision) if precision else _fastest_dtype(device)
    return Profile(name, device, dtype)


def _asked(variable: str, one: str, other: str) -> str | None:
    """What an environment variable asks for, if it is set."""
    value = os.environ.get(variable)
    if value and value not in (one, other):
        raise ValueError(f'{variable} is "{value}": set it to "{one}" or "{other}", or unset it.')
    return value


def keep_freed_memory() -> None:
    """Let the program keep the memory that it frees, so that the next step finds it there.

    The GNU C library gives every large block back to Linux at once, and Linux clears each page when
    it is asked for again, thousands a step: `make bench` prints what that costs a training. Other
    systems are left alone. Numbers from malloc.h: M_TRIM_THRESHOLD -1, M_MMAP_MAX -4.
    """
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(libc, "mallopt"):
        libc.mallopt(-4, 0)
        libc.mallopt(-1, 2**31 - 1)


def _fastest_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where it is really faster, measured on a convolution of AlexNet's conv3 shape.

    Most CPUs support bfloat16 only by emulation, and their names do not tell: so a probe decides.
    It takes about half a second on a CPU.
    """
    if device.type == "cuda":  # older GPUs, Colab's T4 among them, emulate it as well, slowly
        real = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if real else torch.float32
    x = torch.ones(8, 256, 13, 13).to(memory_format=torch.channels_last)
    weight = torch.ones(384, 256, 3, 3).to(memory_format=torch.channels_last)

    def seconds(dtype: torch.dtype) -> float:
        best = float("inf")
        for _ in range(5):  # the first runs also choose and compile the kernel
            start = time.perf_counter()
            F.conv2d(x.to(dtype), weight.to(dtype), padding=1)
            best = min(best, time.perf_counter() - start)
        return best

    faster = seconds(torch.bfloat16) < 0.7 * seconds(torch.float32)
    return torch.bfloat16 if faster else torch.float32


def processor() -> str:
    """The processor's name; Linux keeps it in /proc/cpuinfo, other systems tell `platform`."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def device_name(device: torch.device) -> str:
    """The graphics card's name, or just "cpu"."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
