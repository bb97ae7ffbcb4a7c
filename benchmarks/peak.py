"""What the machine can do at best: products of matrices, and copies in memory."""

import time
from collections.abc import Callable, Iterator
from functools import partial

import torch
import torch.nn.functional as F

from utils.system import default_profile

# Rows, inner size, columns: large squares, fc7 of 256 images, conv2 of 256 images as a product.
SHAPES = ((1024,) * 3, (2048,) * 3, (4096,) * 3, (256, 4096, 4096), (12_544, 2400, 256))
REPEATS = 5
FLOAT = 4  # bytes


class Peak:
    """The fastest product of a search over shapes, layouts and precisions, in operations a second.

    Search before a measurement, repeat the best between its steps, search again behind it: the
    speed of a machine that others share changes from minute to minute, and the peak is the best
    of all.
    """

    def __init__(self) -> None:
        self.best, self.name = 0.0, ""
        self._product: Callable[[], object] = lambda: None
        self._operations = 0

    def search(self) -> None:
        for name, operations, product in _products():
            product()  # kernels are chosen and compiled
            for _ in range(REPEATS):
                if self._time(operations, product):
                    self.name, self._operations, self._product = name, operations, product

    def again(self) -> None:
        """The best product once more."""
        self._time(self._operations, self._product)

    def fraction(self, operations: float) -> float:
        """Of the peak; ends the program if it is above 1, because then it was none."""
        if operations > self.best:
            raise SystemExit(
                f"{operations / 1e12:.2f} TFLOP/s is more than the peak of {self.best / 1e12:.2f} "
                "that was searched for: measure again, with nothing else running."
            )
        return operations / self.best

    def _time(self, operations: int, product: Callable[[], object]) -> bool:
        """Whether it is the best so far."""
        start = time.perf_counter()
        product()
        speed = operations / (time.perf_counter() - start)
        better = speed > self.best
        self.best = max(self.best, speed)
        return better


def _products() -> Iterator[tuple[str, int, Callable[[], object]]]:
    """Name, operations, and the product, for each shape, layout and precision."""
    for dtype in dict.fromkeys((default_profile().dtype, torch.float32)):
        for rows, inner, columns in SHAPES:
            a, b = torch.randn(rows, inner).to(dtype), torch.randn(columns, inner).to(dtype)
            b_plain, kernel = b.T.contiguous(), b[:, :, None, None]
            maps = a.T[None, :, :, None].contiguous(memory_format=torch.channels_last)
            layouts = {
                "rows by columns": partial(torch.mm, a, b_plain),
                "rows by rows": partial(F.linear, a, b),
                "convolution of 1×1": partial(F.conv2d, maps, kernel),  # by oneDNN on any processor
            }
            for layout, product in layouts.items():
                precision = str(dtype).removeprefix("torch.")
                name = f"{rows}×{inner} by {inner}×{columns}, {layout}, {precision}"
                yield name, 2 * rows * inner * columns, product


def bandwidth() -> float:
    """Bytes a second that a copy reads and writes, from memory to memory, the best of ten."""
    a = torch.ones(64 * 2**20)
    b = torch.empty_like(a)
    best = 0.0
    for _ in range(10):
        start = time.perf_counter()
        b.copy_(a)
        best = max(best, 2 * FLOAT * len(a) / (time.perf_counter() - start))
    return best
