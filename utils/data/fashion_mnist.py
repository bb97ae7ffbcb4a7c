"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017): 28 x 28 grey images of ten kinds of clothes.

It is four files. Each is taken from the first of these places that has it whole: the book's cache,
Debian's package `dataset-fashion-mnist`, torchvision's mirror. If one is nowhere to be had, a
class-balanced subset that comes with the book stands in.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torchvision.datasets import FashionMNIST

from utils.data import download
from utils.data.download import DataError
from utils.data.labelled import Labelled


@dataclass(frozen=True, eq=False)
class Dataset:
    """Fashion-MNIST: 28 x 28 grey images and the number (0 to 9) of each one's class.

    Images are uint8 (N, 28, 28), labels int64 (N,). `source` is a sentence that says where they
    came from; `complete` is False if they are the bundled subset.
    """

    train: Labelled = field(repr=False)
    test: Labelled = field(repr=False)
    source: str
    complete: bool
    classes: tuple[str, ...] = tuple(FashionMNIST.classes)


def fashion_mnist(data_dir: str | Path | None = None, quiet: bool = False) -> Dataset:
    """Fashion-MNIST, 60,000 training and 10,000 test images, every file checked.

    `data_dir`, or else the environment variable BOOK_DATA_DIR, names a folder that must hold the
    four files, packed (.gz) or not, or torchvision's `FashionMNIST/raw` with them; nothing in it
    is ever changed. Without either, the book searches by itself, fetches what is missing into its
    cache (31 MB) and sets damaged files in the cache aside. What happened on the way is printed
    (a warning would add the path of a temporary file to a notebook), unless `quiet`.

    Raises DataError if the folder that was named does not exist or lacks a file, or if a file in
    it is damaged or cannot be read.
    """
    report = (lambda sentence: None) if quiet else print
    if named := data_dir or os.environ.get("BOOK_DATA_DIR"):
        contents = download.from_named_folder(Path(named).expanduser())
        return _dataset(contents, "All 70,000 images of Fashion-MNIST, from the folder you named.")
    try:
        contents, places = download.search(report)
    except DataError as error:
        report(
            f"Fashion-MNIST could not be fetched ({error}): using the 12,000 images that come with "
            "the book, so accuracies will be lower than in the text."
        )
        return _dataset(
            download.bundled(),
            "10,000 + 2,000 images of Fashion-MNIST, the subset that comes with the book.",
            complete=False,
        )
    return _dataset(contents, f"All 70,000 images of Fashion-MNIST, from {' and '.join(places)}.")


def _dataset(contents: dict[str, bytes], source: str, complete: bool = True) -> Dataset:
    """Turn the contents of the four files, in the order of CHECKSUMS, into tensors."""
    images, labels, *test = (_tensor(contents[name]) for name in download.CHECKSUMS)
    train, test = Labelled(images, labels.long()), Labelled(test[0], test[1].long())
    return Dataset(train, test, source, complete)


def _tensor(content: bytes) -> torch.Tensor:
    """The array in an idx file: 4 bytes, the last the number of axes, each size, the bytes."""
    axes = content[3]
    sizes = np.frombuffer(content, ">u4", axes, offset=4).astype(int)
    values = np.frombuffer(content, np.uint8, offset=4 + 4 * axes)
    return torch.from_numpy(values.reshape(sizes).copy())
