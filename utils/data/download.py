"""The files of Fashion-MNIST: found, fetched and checked. Notebooks go through `utils.data`.

A file counts only if its content has the right checksum, wherever it comes from. A damaged file in
the book's own cache is renamed and fetched anew; in any other folder nothing is ever changed.
"""

import gzip
import hashlib
import lzma
import queue
import threading
import zlib
from collections.abc import Callable
from http.client import HTTPException
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import platformdirs
from torchvision.datasets import FashionMNIST

# SHA-256 of the unpacked files. A packed file's own checksum says nothing: Debian packs them anew.
CHECKSUMS = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
MIRRORS = FashionMNIST.mirrors
PATIENCE = 8  # seconds to wait for a silent network

Contents = dict[str, bytes]  # of the four files, unpacked, by name
Complain = Callable[[Path, "DataError"], None]


class DataError(Exception):
    """Data that was asked for is missing, damaged or cannot be read; the message says which."""


class _Damaged(DataError):
    """A file that is there and readable, but not what it should be."""


def cache_folder() -> Path:
    """Where the book keeps what it fetched, e.g. ~/.cache/alexnet-book on Linux."""
    return platformdirs.user_cache_path("alexnet-book", appauthor=False)


def from_named_folder(folder: Path) -> Contents:
    """The files from a folder that the reader named, packed (.gz) or not.

    Raises DataError if the folder or a file is missing, damaged or cannot be read.
    """

    def refuse(path: Path, error: DataError) -> None:
        raise DataError(f"{error}: put a good copy there, or name no folder.") from None

    try:
        exists = folder.is_dir()
    except OSError as error:
        refuse(folder, DataError(f"The data folder {folder} cannot be read ({_reason(error)})"))
    if not exists:
        raise DataError(f"There is no data folder {folder}: correct its name, or name none.")
    contents = {name: _look(folder, name, refuse) for name in CHECKSUMS}
    if missing := [name for name, content in contents.items() if content is None]:
        raise DataError(
            f"The data folder {folder} lacks {', '.join(missing)} (packed as .gz or not): "
            "put the files of Fashion-MNIST there, or name no folder."
        )
    return contents


def search(report: Callable[[str], None]) -> tuple[Contents, list[str]]:
    """The files and the places they were found in: cache, Debian's package, torchvision's mirror.

    `report` gets a sentence about whatever is not as it should be. Raises DataError if a file is
    nowhere on this machine and cannot be fetched.
    """

    def set_aside(path: Path, error: DataError) -> None:
        if not isinstance(error, _Damaged):
            return pass_over(path, error)
        aside = path.with_name(f"{path.name}.damaged")
        try:
            path.replace(aside)
        except OSError:
            return pass_over(path, error)
        return report(f"{error}: it is now called {aside.name}.")

    def pass_over(path: Path, error: DataError) -> None:
        report(f"{error}: it is passed over.")

    own = cache_folder() / "fashion-mnist"
    shelves: list[tuple[str, Path, Complain]] = [
        ("the book's cache", own, set_aside),
        ("Debian's dataset-fashion-mnist", DEBIAN, pass_over),
    ]
    contents, places = {}, []
    for name in CHECKSUMS:
        for place, folder, complain in shelves:
            if (content := _look(folder, name, complain)) is not None:
                contents[name] = content
                places.append(place)
                break
    if missing := [name for name in CHECKSUMS if name not in contents]:
        report(f"Fetching Fashion-MNIST (31 MB in all): {', '.join(missing)}.")
        contents |= _fetch_into(own, missing, report)
        places.append("torchvision's mirror")
    return contents, list(dict.fromkeys(places))


def bundled() -> Contents:
    """The files of the subset that comes with the book (see utils/data/fashion_mnist_subset)."""
    folder = files("utils.data") / "fashion_mnist_subset"
    try:
        return {name: lzma.decompress((folder / f"{name}.xz").read_bytes()) for name in CHECKSUMS}
    except (OSError, lzma.LZMAError):
        raise DataError(f"The subset in {folder} is damaged: install the book anew.") from None


def _look(folder: Path, name: str, complain: Complain) -> bytes | None:
    """The content of file `name` in `folder` or below it, where torchvision would put it."""
    for path in (
        folder / f"{name}.gz",
        folder / name,
        folder / "FashionMNIST" / "raw" / f"{name}.gz",
        folder / "FashionMNIST" / "raw" / name,
    ):
        try:
            if path.is_file():
                return _unpack(path.read_bytes(), name, str(path))
        except _Damaged as error:
            complain(path, error)
        except OSError as error:
            complain(path, DataError(f"{path} cannot be read ({_reason(error)})"))
    return None


def _unpack(packed: bytes, name: str, origin: str) -> bytes:
    """The checked content of file `name`, packed by gzip or not; raises _Damaged."""
    try:
        content = gzip.decompress(packed) if packed.startswith(b"\x1f\x8b") else packed
    except EOFError:
        raise _Damaged(f"{origin} is damaged (it ends too early)") from None
    except (gzip.BadGzipFile, zlib.error):
        raise _Damaged(f"{origin} is damaged (it cannot be unpacked)") from None
    if hashlib.sha256(content).hexdigest() != CHECKSUMS[name]:
        raise _Damaged(f"{origin} is damaged or not Fashion-MNIST's (wrong checksum)")
    return content


def _fetch_into(folder: Path, names: list[str], report: Callable[[str], None]) -> Contents:
    """Fetch the files `names` and keep each in `folder`; raises DataError if one does not come."""
    contents, unkept = {}, None
    for name in names:
        packed, contents[name] = _fetch(name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=folder) as scratch:  # a half-written file never counts
                whole = Path(scratch) / name
                whole.write_bytes(packed)
                whole.replace(folder / f"{name}.gz")
        except OSError as error:
            unkept = error
    if unkept:
        report(
            f"The cache {folder} cannot be written ({_reason(unkept)}), so Fashion-MNIST will be "
            "fetched again next time: make room, or allow yourself to write there."
        )
    return contents


def _fetch(name: str) -> tuple[bytes, bytes]:
    """File `name` from the first mirror that has it, packed and unpacked; raises DataError."""
    for mirror in MIRRORS:
        url = f"{mirror}{name}.gz"
        try:
            packed = _download(url)
            return packed, _unpack(packed, name, url)
        except _Damaged as error:
            failure = error
        except (OSError, HTTPException) as error:
            failure = DataError(f"{url}: {_reason(error)}")
    raise failure


def _download(url: str) -> bytes:
    """The bytes at `url`. In a thread, because the look-up of a host's name has no timeout."""
    answers: queue.Queue = queue.Queue()

    def ask() -> None:
        try:
            answers.put(urlopen(url, timeout=PATIENCE))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=PATIENCE)
    except queue.Empty:
        raise TimeoutError(f"no answer for {PATIENCE} seconds") from None
    if isinstance(answer, Exception):
        raise answer
    with answer:
        return answer.read()


def _reason(error: Exception) -> str:
    """The system's words for what went wrong, without numbers and wrappers."""
    error = getattr(error, "reason", error)
    return getattr(error, "strerror", None) or str(error)
