"""Make the bundled subset of Fashion-MNIST from the full data: `python -m tools.make_subset`.

1,000 training and 200 test images of each class, drawn at random with a fixed seed and stored in
the order of the classes, 0 1 2 ... 9 0 1 2 ..., so that the first n images are balanced too. The
files are Fashion-MNIST's own idx format, packed by xz, the smallest of the lossless ways tried.
"""

import hashlib
import lzma
import struct
from pathlib import Path

import numpy as np

from utils.data import fashion_mnist

SEED = 2012
FOLDER = Path(__file__).parents[1] / "utils" / "data" / "fashion_mnist_subset"


def choose(labels: np.ndarray, per_class: int) -> np.ndarray:
    """Indices of `per_class` random examples of each of the ten classes, the classes in turn."""
    random = np.random.RandomState(SEED)  # NumPy promises that its numbers never change
    columns = [random.permutation(np.flatnonzero(labels == c))[:per_class] for c in range(10)]
    return np.stack(columns, axis=1).ravel()


def idx(array: np.ndarray) -> bytes:
    """The idx format of MNIST: type (8, bytes) and number of axes, the sizes, then the bytes."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def subset() -> dict[str, bytes]:
    """The contents of the four files, by name."""
    data = fashion_mnist()
    if not data.complete:
        raise SystemExit("The subset can only be made from the full data: see the line above.")
    contents = {}
    for part, (images, labels), per_class in (
        ("train", data.train, 1000),
        ("t10k", data.test, 200),
    ):
        chosen = choose(labels.numpy(), per_class)
        contents[f"{part}-images-idx3-ubyte"] = idx(images.numpy()[chosen])
        contents[f"{part}-labels-idx1-ubyte"] = idx(labels.numpy()[chosen])
    return contents


if __name__ == "__main__":
    sums = []
    for name, content in subset().items():
        packed = lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)
        (FOLDER / f"{name}.xz").write_bytes(packed)
        sums.append(f"{hashlib.sha256(packed).hexdigest()}  {name}.xz\n")
    (FOLDER / "SHA256SUMS").write_text("".join(sums))
