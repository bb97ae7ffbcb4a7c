"""Fashion-MNIST's files, really damaged, and the network, really gone: one sentence each."""

import gzip
import re
import shutil
import socket
from pathlib import Path

import pytest
import torch

from tests.support.trainings import failing
from tools.make_subset import idx
from utils.data import DataError, download, fashion_mnist

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = download.CHECKSUMS


def cut(packed: bytes) -> bytes:
    return packed[:-20]


def flip(packed: bytes) -> bytes:
    middle = len(packed) // 2
    return packed[:middle] + bytes([packed[middle] ^ 0xFF]) + packed[middle + 1 :]


OTHER = r"is damaged or not Fashion-MNIST's \(wrong checksum\)"
MNIST = gzip.compress(idx(torch.zeros(10).numpy()))  # its files have the same names and format
DAMAGE = {
    cut: r"is damaged \(it ends too early\)",
    flip: "is damaged",
    lambda packed: MNIST: OTHER,
    lambda packed: b"<html>Please log in</html>": OTHER,
}


def damage(path: Path, how=cut) -> Path:
    path.write_bytes(how(path.read_bytes()))
    return path


no_permission = failing(PermissionError(13, "Permission denied"))


def refuse(place, method: str, locked: Path) -> None:
    """From now on there is no permission for this method of this path."""
    allowed = getattr(Path, method)
    place.patch.setattr(
        Path, method, lambda path: no_permission() if path == locked else allowed(path)
    )


def snapshot(folder: Path) -> dict[Path, tuple[bytes, int]]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in found}


def is_an_error_and_stays(place, sentence: str) -> None:
    """In a folder that the reader has named, as an argument or in the environment."""
    before = snapshot(place.mine.parent)
    for folder in (place.mine, None):
        with pytest.raises(DataError, match=f"^{sentence}"):
            fashion_mnist(folder)
        place.patch.setenv("BOOK_DATA_DIR", str(place.mine))
    place.patch.delenv("BOOK_DATA_DIR")
    assert snapshot(place.mine.parent) == before


def falls_back(capsys, reason: str) -> None:
    """The subset comes, after one sentence that says why; no traceback."""
    subset = fashion_mnist()
    captured = capsys.readouterr()
    assert not subset.complete
    assert subset.source.endswith("the subset that comes with the book.")
    said = captured.out.splitlines()
    assert said[-1].startswith("Fashion-MNIST could not be fetched (http://127.0.0.1:")
    assert re.search(reason, said[-1])
    assert "using the 12,000 images that come with the book" in said[-1]
    assert sum("could not be fetched" in line for line in said) == 1
    assert captured.err == ""


@pytest.mark.parametrize(("how", "words"), DAMAGE.items())
def test_a_damaged_file_in_a_named_folder_in_the_cache_and_on_the_mirror(place, capsys, how, words):
    place.serve()
    mine = damage(place.fill(place.mine) / f"{TRAIN_LABELS}.gz", how)
    is_an_error_and_stays(place, f"{mine} {words}.*: put a good copy there")

    bad = damage(place.fill(place.cache) / f"{TRAIN_IMAGES}.gz", how)
    before = snapshot(place.cache)
    damaged, _ = before.pop(bad)
    assert fashion_mnist().complete
    aside, fetching = capsys.readouterr().out.splitlines()
    assert re.match(f"{bad} {words}.*: it is now called {bad.name}.damaged.$", aside)
    assert fetching == f"Fetching Fashion-MNIST (31 MB in all): {TRAIN_IMAGES}."
    assert bad.with_name(f"{bad.name}.damaged").read_bytes() == damaged
    assert gzip.decompress(bad.read_bytes()) == place.contents[TRAIN_IMAGES]
    assert before.items() <= snapshot(place.cache).items()  # good files are left alone

    shutil.rmtree(place.cache)
    damage(place.mirror / f"{TRAIN_IMAGES}.gz", how)
    falls_back(capsys, words)
    assert not place.cache.exists()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (lambda place: shutil.rmtree(place.mine), "There is no data folder {}: correct its name"),
        (lambda place: refuse(place, "is_dir", place.mine),
         r"The data folder {} cannot be read \(Permission denied\): put a good copy"),
        (lambda place: (place.mine / f"{TEST_IMAGES}.gz").unlink(),
         f"The data folder {{}} lacks {TEST_IMAGES} "),
    ],
)  # fmt: skip
def test_a_named_folder_that_is_gone_locked_or_not_whole(place, fault, sentence):
    place.fill(place.mine)
    place.fill(place.cache)
    place.serve()
    fault(place)
    is_an_error_and_stays(place, sentence.format(place.mine))


def cannot_be_renamed(place, bad):
    (damage(bad).with_name(f"{bad.name}.damaged") / "in the way").mkdir(parents=True)


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (lambda place, bad: damage(bad), "is damaged (it ends too early): it is now called "
         f"{TEST_LABELS}.gz.damaged."),
        (cannot_be_renamed, "is damaged (it ends too early): it is passed over."),
        (lambda place, bad: refuse(place, "read_bytes", bad),
         "cannot be read (Permission denied): it is passed over."),
    ],
)  # fmt: skip
def test_without_a_network_debians_package_stands_in(place, capsys, fault, sentence):
    place.fill(place.debian)
    bad = place.fill(place.cache) / f"{TEST_LABELS}.gz"
    fault(place, bad)
    assert fashion_mnist().complete
    assert capsys.readouterr().out == f"{bad} {sentence}\n"
    assert bad.exists() == sentence.endswith("passed over.")


def test_a_damaged_file_of_debians_is_named_and_never_touched(place, capsys):
    place.serve()
    bad = damage(place.fill(place.debian) / f"{TRAIN_LABELS}.gz", flip)
    before = snapshot(place.debian)
    assert fashion_mnist().complete
    assert f"{bad} is damaged" in capsys.readouterr().out
    assert snapshot(place.debian) == before


def test_a_damaged_subset_asks_for_a_new_installation(place):
    damage(place.subset / f"{TEST_IMAGES}.xz")
    with pytest.raises(DataError, match="is damaged: install the book anew"):
        fashion_mnist()


def test_a_cache_that_cannot_be_written_is_one_sentence(place, capsys):
    place.serve()
    place.cache.parent.touch()  # a file where the folder should be
    assert fashion_mnist().complete
    assert f"The cache {place.cache} cannot be written (" in capsys.readouterr().out
    place.cache.parent.unlink()
    place.patch.setattr(download, "TemporaryDirectory", no_permission)
    assert fashion_mnist().complete
    _, said = capsys.readouterr().out.splitlines()
    assert said.startswith(f"The cache {place.cache} cannot be written (Permission denied)")


# --- no network


def breaks(request):
    """Announces more bytes than it sends, as a broken connection does."""
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.write(b"too short")


def stops(request):
    breaks(request)
    request.server.over.wait(2)  # whoever is that patient hears something else in the end


@pytest.mark.parametrize(
    ("fault", "patience", "reason"),
    [
        (lambda place: None, 8, "Connection refused"),
        (lambda place: place.patch.setattr(socket, "getaddrinfo", lambda *args, **kwargs:
         place.over.wait(2)), 0.2, "no answer for 0.2 seconds"),
        (lambda place: place.serve(stops), 0.2, "timed out"),
        (lambda place: place.serve(breaks), 8, "IncompleteRead"),
    ],
)  # fmt: skip
def test_a_network_that_is_gone(place, capsys, fault, patience, reason):
    place.patch.setattr(download, "PATIENCE", patience)
    fault(place)
    falls_back(capsys, reason)
    assert not place.cache.exists()


def test_what_arrived_before_a_file_was_missing_is_kept(place, capsys):
    (place.mirror / f"{TEST_LABELS}.gz").unlink()
    place.serve()
    falls_back(capsys, f"{TEST_LABELS}.gz: File not found")
    assert {path.name for path in place.cache.iterdir()} == {
        f"{name}.gz" for name in (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES)
    }


def test_quiet_says_nothing(place, capsys):
    assert not fashion_mnist(quiet=True).complete
    assert capsys.readouterr() == ("", "")
