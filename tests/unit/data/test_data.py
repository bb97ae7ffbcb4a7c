"""Where Fashion-MNIST comes from and what happens when a file is damaged; batches; photographs.

Damage is real: files are truncated, flipped and replaced in a temporary folder. The mirror is a
small HTTP server on this machine; no test needs the network.
"""

import gzip
import hashlib
import re
import socket
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from tools import make_subset
from utils import data, files
from utils.data import DataError, batches, fashion_mnist, photograph, split

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = files.CHECKSUMS
DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
full_data = pytest.mark.skipif(
    not files.DEBIAN.is_dir(), reason="needs the full data: apt-get install dataset-fashion-mnist"
)


class Place:
    """A temporary folder with the places that files may come from: cache, Debian, mirror."""

    def __init__(self, folder: Path):
        labels = torch.arange(20) % 10
        images = torch.arange(20 * 28 * 28).reshape(20, 28, 28) % 251
        self.contents = {
            TRAIN_IMAGES: make_subset.idx(images.numpy()),
            TRAIN_LABELS: make_subset.idx(labels.numpy()),
            TEST_IMAGES: make_subset.idx(images[:10].numpy()),
            TEST_LABELS: make_subset.idx(labels[:10].numpy()),
        }
        self.root = folder
        self.cache = folder / "cache" / "alexnet-book" / "fashion-mnist"
        self.debian = folder / "debian"
        self.mirror = folder / "mirror"

    def fill(self, folder: Path, packed: bool = True) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.contents.items():
            if packed:
                (folder / f"{name}.gz").write_bytes(gzip.compress(content))
            else:
                (folder / name).write_bytes(content)
        return folder


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Four tiny files instead of the real ones, and no place that has them yet."""
    place = Place(tmp_path)
    for name, content in place.contents.items():
        monkeypatch.setitem(files.CHECKSUMS, name, hashlib.sha256(content).hexdigest())
    monkeypatch.setattr(files, "cache_folder", lambda: place.cache.parent)
    monkeypatch.setattr(files, "DEBIAN", place.debian)
    monkeypatch.setattr(files, "MIRRORS", [f"http://127.0.0.1:{closed_port()}/"])
    monkeypatch.delenv("BOOK_DATA_DIR", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return place


@pytest.fixture
def serve(monkeypatch):
    """Start a mirror: serve(folder) or serve(handler), and make it torchvision's."""
    servers = []

    def start(folder=None, handler=None):
        handler = handler or partial(Quiet, directory=folder)
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        monkeypatch.setattr(files, "MIRRORS", [f"http://127.0.0.1:{server.server_port}/"])

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class CutShort(Quiet):
    """Announces more bytes than it sends, as a broken connection does."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"too short")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    found = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in found}


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def replace(path: Path) -> None:
    path.write_bytes(gzip.compress(b"another file"))


def empty(path: Path) -> None:
    path.write_bytes(b"")


def web_page(path: Path) -> None:
    path.write_bytes(b"<html>Please log in</html>")


DAMAGE = [truncate, flip, replace, empty, web_page]


# --- the real data


@full_data
def test_the_full_data_is_fashion_mnist(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(files, "cache_folder", lambda: tmp_path)
    monkeypatch.delenv("BOOK_DATA_DIR", raising=False)
    full = fashion_mnist()
    assert full.complete
    assert "Debian" in full.source
    assert full.train_images.shape == (60_000, 28, 28)
    assert full.test_images.shape == (10_000, 28, 28)
    assert full.train_images.dtype == full.test_images.dtype == torch.uint8
    assert full.train_labels.dtype == full.test_labels.dtype == torch.int64
    assert torch.bincount(full.train_labels).tolist() == [6000] * 10
    assert torch.bincount(full.test_labels).tolist() == [1000] * 10
    assert full.classes[full.train_labels[0]] == "Ankle boot"
    assert capsys.readouterr().out == ""
    pixels = full.train_images.double() / 255
    assert pixels.mean().item() == pytest.approx(data.MEAN, abs=1e-7)
    assert pixels.std(correction=0).item() == pytest.approx(data.STD, abs=1e-7)


@full_data
def test_the_subset_is_made_from_the_full_data():
    assert files.bundled() == make_subset.subset()


def test_the_subset_is_balanced_at_every_length(place):
    subset = fashion_mnist()
    assert not subset.complete
    assert len(subset.train_labels) == 10_000
    assert len(subset.test_labels) == 2_000
    assert subset.train_labels.tolist() == list(range(10)) * 1000
    assert subset.test_labels.tolist() == list(range(10)) * 200
    assert subset.train_images.shape == (10_000, 28, 28)


def test_the_subset_has_checksums_and_its_licence():
    sums = (make_subset.FOLDER / "SHA256SUMS").read_text().splitlines()
    assert len(sums) == 4
    for line in sums:
        checksum, name = line.split()
        packed = (make_subset.FOLDER / name).read_bytes()
        assert hashlib.sha256(packed).hexdigest() == checksum
    licence = (make_subset.FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert "MIT License" in licence
    assert "© 2017 Zalando SE" in licence


@pytest.mark.parametrize("damage", [truncate, flip, empty])
def test_a_damaged_subset_is_one_sentence(place, tmp_path, monkeypatch, damage):
    copy = tmp_path / "datasets" / "fashion_mnist"
    copy.mkdir(parents=True)
    for path in make_subset.FOLDER.glob("*.xz"):
        (copy / path.name).write_bytes(path.read_bytes())
    damage(copy / f"{TEST_IMAGES}.xz")
    monkeypatch.setattr(files, "files", lambda package: tmp_path)
    with pytest.raises(DataError, match="is damaged: install the book anew"):
        fashion_mnist()


# --- the order of search


def test_the_named_folder_comes_before_the_environment_and_that_before_the_rest(
    place, tmp_path, monkeypatch, capsys
):
    place.fill(place.cache)
    place.fill(place.debian)
    named = place.fill(tmp_path / "named")
    assert fashion_mnist(named).source.endswith("from the folder you named.")
    monkeypatch.setenv("BOOK_DATA_DIR", str(named))
    assert fashion_mnist().source.endswith("from the folder you named.")
    assert fashion_mnist(named).complete
    monkeypatch.setenv("BOOK_DATA_DIR", str(tmp_path / "wrong"))
    assert fashion_mnist(named).complete
    monkeypatch.delenv("BOOK_DATA_DIR")
    assert fashion_mnist().source.endswith("from the book's cache.")
    (place.cache / f"{TEST_LABELS}.gz").unlink()
    assert fashion_mnist().source.endswith(
        "from the book's cache and Debian's package dataset-fashion-mnist."
    )
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("below", [".", "FashionMNIST/raw"])
def test_a_named_folder_may_be_packed_or_not_and_torchvisions(place, tmp_path, packed, below):
    place.fill(tmp_path / "mine" / below, packed)
    mine = fashion_mnist(tmp_path / "mine")
    assert mine.train_labels.tolist() == list(range(10)) * 2
    assert mine.test_images.shape == (10, 28, 28)
    assert mine.train_images.flatten().tolist() == [i % 251 for i in range(20 * 28 * 28)]


def test_the_mirror_is_asked_last_and_only_once(place, serve, capsys):
    serve(place.fill(place.mirror))
    first = fashion_mnist()
    assert first.complete
    assert first.source.endswith("from torchvision's mirror.")
    assert capsys.readouterr().out.startswith("Fetching Fashion-MNIST (31 MB in all): train-images")
    before = snapshot(place.cache)
    assert len(before) == 4
    second = fashion_mnist()
    assert second.source.endswith("from the book's cache.")
    assert torch.equal(first.train_images, second.train_images)
    assert snapshot(place.cache) == before
    assert capsys.readouterr().out == ""


@pytest.mark.skipif(sys.platform != "linux", reason="XDG_CACHE_HOME is Linux's")
def test_the_cache_is_where_the_system_wants_it(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert files.cache_folder() == tmp_path / "alexnet-book"


# --- bad files, cache


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_in_the_cache_is_set_aside_and_fetched_anew(place, serve, capsys, damage):
    serve(place.fill(place.mirror))
    place.fill(place.cache)
    bad = place.cache / f"{TRAIN_IMAGES}.gz"
    good = snapshot(place.cache)
    del good[str(bad)]
    damage(bad)
    damaged = bad.read_bytes()

    assert fashion_mnist().complete

    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2
    assert said[0].startswith(f"{bad} is damaged")
    assert said[0].endswith(f"it is now called {bad.name}.damaged.")
    assert said[1] == f"Fetching Fashion-MNIST (31 MB in all): {TRAIN_IMAGES}."
    aside = bad.with_name(f"{bad.name}.damaged")
    assert aside.read_bytes() == damaged
    assert gzip.decompress(bad.read_bytes()) == place.contents[TRAIN_IMAGES]
    after = snapshot(place.cache)
    assert {path: after[path] for path in good} == good  # good files are left alone


def test_a_damaged_file_is_replaced_by_debians_without_a_network(place, capsys):
    place.fill(place.debian)
    truncate(place.fill(place.cache) / f"{TEST_LABELS}.gz")
    assert fashion_mnist().complete
    assert "it ends too early" in capsys.readouterr().out


def test_a_damaged_file_that_cannot_be_renamed_is_passed_over(place, capsys):
    place.fill(place.debian)
    bad = place.fill(place.cache) / f"{TEST_LABELS}.gz"
    truncate(bad)
    (bad.with_name(f"{bad.name}.damaged") / "in the way").mkdir(parents=True)
    assert fashion_mnist().complete
    assert capsys.readouterr().out == f"{bad} is damaged (it ends too early): it is passed over.\n"


def test_an_unreadable_file_in_the_cache_is_passed_over_and_kept(place, monkeypatch, capsys):
    place.fill(place.debian)
    locked = place.fill(place.cache) / f"{TEST_LABELS}.gz"
    read_bytes = Path.read_bytes

    def refuse(path):
        if path == locked:
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert fashion_mnist().complete
    said = capsys.readouterr().out
    assert said == f"{locked} cannot be read (Permission denied): it is passed over.\n"
    assert locked.exists()


def test_a_damaged_system_file_is_named_and_never_touched(place, serve, capsys):
    serve(place.fill(place.mirror))
    flip(place.fill(place.debian) / f"{TRAIN_LABELS}.gz")
    before = snapshot(place.debian)
    assert fashion_mnist().complete
    assert f"{place.debian / TRAIN_LABELS}.gz is damaged" in capsys.readouterr().out
    assert snapshot(place.debian) == before


def test_a_cache_that_cannot_be_written_is_one_sentence(place, serve, capsys):
    serve(place.fill(place.mirror))
    place.cache.parent.parent.mkdir()
    place.cache.parent.write_text("a file where the folder should be")
    assert fashion_mnist().complete
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 2
    assert said[1].startswith(f"The cache {place.cache} cannot be written (")


def test_a_cache_without_write_permission_is_one_sentence(place, serve, capsys):
    serve(place.fill(place.mirror))
    place.cache.mkdir(parents=True)
    place.cache.chmod(0o500)
    try:
        (place.cache / "probe").touch()
    except PermissionError:
        pass
    else:
        pytest.skip("this user may write everywhere")
    assert fashion_mnist().complete
    assert "cannot be written (Permission denied)" in capsys.readouterr().out


# --- bad files, named folder


def test_a_wrong_data_dir_is_an_error(place, tmp_path, monkeypatch):
    place.fill(place.cache)
    wrong = tmp_path / "wrong"
    with pytest.raises(DataError, match=f"There is no data folder {wrong}: correct its name"):
        fashion_mnist(wrong)
    monkeypatch.setenv("BOOK_DATA_DIR", str(wrong))
    with pytest.raises(DataError, match=f"There is no data folder {wrong}"):
        fashion_mnist()


def test_a_data_dir_that_may_not_be_entered_is_an_error(place, tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "is_dir", refuse)
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\): put a good copy"):
        fashion_mnist(tmp_path / "locked")


def test_a_data_dir_without_a_file_is_an_error(place, tmp_path):
    mine = place.fill(tmp_path / "mine")
    (mine / f"{TEST_IMAGES}.gz").unlink()
    with pytest.raises(DataError, match=f"data folder {mine} lacks {TEST_IMAGES} "):
        fashion_mnist(mine)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_in_a_data_dir_is_an_error_and_stays(place, serve, tmp_path, damage):
    serve(place.fill(place.mirror))
    mine = place.fill(tmp_path / "mine")
    damage(mine / f"{TRAIN_LABELS}.gz")
    before = snapshot(tmp_path)
    with pytest.raises(DataError, match=f"{TRAIN_LABELS}.gz is damaged .*: put a good copy there"):
        fashion_mnist(mine)
    assert snapshot(tmp_path) == before


@full_data
def test_mnist_under_the_same_file_names_is_refused(tmp_path, monkeypatch):
    for name in files.CHECKSUMS:
        (tmp_path / f"{name}.gz").write_bytes((files.DEBIAN / f"{name}.gz").read_bytes())
    digits = make_subset.idx(torch.zeros(10_000).numpy())
    (tmp_path / f"{TEST_LABELS}.gz").write_bytes(gzip.compress(digits))
    with pytest.raises(DataError, match=r"or not Fashion-MNIST's \(wrong checksum\)"):
        fashion_mnist(tmp_path)


# --- no network


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


def test_nobody_answers(place, capsys):
    falls_back(capsys, "Connection refused")
    assert not place.cache.exists()


def test_names_cannot_be_looked_up(place, monkeypatch, capsys):
    def no_network(*args, **kwargs):
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    falls_back(capsys, "Temporary failure in name resolution")


def test_looking_up_a_name_never_ends(place, monkeypatch, capsys):
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: over.wait(60))
    monkeypatch.setattr(files, "PATIENCE", 0.2)
    falls_back(capsys, "no answer for 0.2 seconds")
    over.set()


def test_the_mirror_accepts_and_stays_silent(place, monkeypatch, capsys):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(files, "MIRRORS", [f"http://127.0.0.1:{silent.getsockname()[1]}/"])
        monkeypatch.setattr(files, "PATIENCE", 0.2)
        falls_back(capsys, "timed out|no answer for 0.2 seconds")


def test_the_mirror_stops_in_the_middle(place, serve, monkeypatch, capsys):
    class Stops(CutShort):
        def finish(self):
            time.sleep(2)  # keep the connection open without sending anything more
            super().finish()

    serve(handler=Stops)
    monkeypatch.setattr(files, "PATIENCE", 0.2)
    falls_back(capsys, "timed out")


def test_the_mirror_does_not_have_the_file(place, serve, tmp_path, capsys):
    serve(tmp_path)
    falls_back(capsys, "File not found")


def test_the_connection_breaks(place, serve, capsys):
    serve(handler=CutShort)
    falls_back(capsys, "IncompleteRead")


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_mirror_sends_something_else(place, serve, capsys, damage):
    damage(place.fill(place.mirror) / f"{TRAIN_IMAGES}.gz")
    serve(place.mirror)
    falls_back(capsys, "is damaged")
    assert not place.cache.exists()


def test_what_arrived_before_the_network_broke_is_kept(place, serve, capsys):
    (place.fill(place.mirror) / f"{TEST_LABELS}.gz").unlink()
    serve(place.mirror)
    falls_back(capsys, f"{TEST_LABELS}.gz: File not found")
    assert [path.name for path in sorted(place.cache.iterdir())] == sorted(
        f"{name}.gz" for name in (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES)
    )


def test_quiet_says_nothing(place, capsys):
    assert not fashion_mnist(quiet=True).complete
    assert capsys.readouterr() == ("", "")


# --- batches and split


@pytest.fixture
def examples():
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (70, 28, 28), dtype=torch.uint8, generator=generator)
    return images, torch.arange(70)


@pytest.mark.parametrize("device", DEVICES)
def test_batches_are_the_normalised_images_in_order(examples, device):
    images, labels = examples
    made = list(batches(images, labels, 32, device=device))
    assert [len(y) for _, y in made] == [32, 32, 6]  # the last, smaller one is kept
    x = torch.cat([x for x, _ in made])
    assert x.device.type == device
    assert x.dtype == torch.float32
    expected = (images.unsqueeze(1) / 255 - 0.2860406) / 0.3530242
    torch.testing.assert_close(x.cpu(), expected)
    assert torch.cat([y for _, y in made]).tolist() == list(range(70))


@pytest.mark.parametrize("device", DEVICES)
def test_shuffled_batches_follow_the_generator_and_keep_pairs(examples, device):
    images, labels = examples

    def order(seed):
        generator = torch.Generator().manual_seed(seed)
        made = batches(images, labels, 32, device=device, generator=generator)
        return [(x, y.cpu()) for x, y in made]

    first, again, other = (torch.cat([y for _, y in order(seed)]) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert torch.equal(first, torch.randperm(70, generator=torch.Generator().manual_seed(0)))
    assert not torch.equal(first, other)
    assert sorted(first.tolist()) == list(range(70))
    plain = torch.cat([x for x, _ in batches(images, labels, 70, device=device)])
    assert torch.equal(torch.cat([x for x, _ in order(0)]).cpu(), plain.cpu()[first])


@pytest.mark.parametrize("size", [14, 64])
def test_batches_are_resized(examples, size):
    images, labels = examples
    ((x, _),) = batches(images, labels, 70, image_size=size)
    pixels = images.unsqueeze(1) / 255
    resized = F.interpolate(pixels, (size, size), mode="bilinear", antialias=True)
    torch.testing.assert_close(x, (resized - data.MEAN) / data.STD)


def test_batches_are_augmented_between_resizing_and_normalising(examples):
    seen = []

    def crop(x):
        seen.append((x.shape, x.dtype, x.min().item() >= 0, x.max().item() <= 1))
        return x[..., :24, :24]

    made = list(batches(*examples, 40, image_size=32, augment=crop))
    assert [tuple(x.shape) for x, _ in made] == [(40, 1, 24, 24), (30, 1, 24, 24)]
    assert seen[0] == ((40, 1, 32, 32), torch.float32, True, True)


def test_batches_in_another_memory_format(examples):
    ((x, _),) = batches(*examples, 70, channels_last=True)
    assert x.is_contiguous(memory_format=torch.channels_last)


def test_batches_refuse_other_images(examples):
    images, labels = examples
    with pytest.raises(ValueError, match=r"made from uint8 images .* 70 images of torch.float32"):
        next(batches(images.float(), labels, 32))
    with pytest.raises(ValueError, match=r"as many labels, not from 70 images .* and 60 labels"):
        next(batches(images, labels[:60], 32))


def test_split_by_seed(examples):
    images, labels = examples
    (rest, rest_labels), (apart, apart_labels) = split(images, labels, 20, seed=3)
    assert len(rest) == len(rest_labels) == 50
    assert len(apart) == len(apart_labels) == 20
    assert sorted([*rest_labels.tolist(), *apart_labels.tolist()]) == list(range(70))
    assert torch.equal(rest, images[rest_labels])
    assert torch.equal(apart, images[apart_labels])
    again = split(images, labels, 20, seed=3)
    assert torch.equal(again[1][1], apart_labels)
    assert not torch.equal(split(images, labels, 20, seed=4)[1][1], apart_labels)


@pytest.mark.parametrize("held_out", [0, -1, 70, 71])
def test_split_refuses_an_empty_part(examples, held_out):
    with pytest.raises(ValueError, match=f"Cannot hold out {held_out} of 70 examples"):
        split(*examples, held_out)


# --- photographs


@pytest.mark.parametrize(
    ("name", "height", "width"),
    [
        ("astronaut", 512, 512),
        ("cat", 300, 451),
        ("coffee", 400, 600),
        ("rocket", 427, 640),
        ("motorcycle", 500, 741),
        ("china", 427, 640),
        ("flower", 427, 640),
    ],
)
def test_photographs_need_no_network(monkeypatch, name, height, width):
    def no_network(*args):
        raise OSError("a photograph asked for the network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    original = photograph(name)
    assert original.shape == (3, height, width)
    for picture in (original, photograph(name, 227)):
        assert picture.dtype == torch.float32
        assert 0 <= picture.min() < 0.1
        assert 0.8 < picture.max() <= 1
    assert photograph(name, 227).shape == (3, 227, 227)


def test_a_resized_photograph_is_the_centre_square():
    wide = photograph("coffee")
    square = wide[:, :, 100:500]  # 400 x 600: the middle 400 columns
    torch.testing.assert_close(photograph("coffee", 400), square)


def test_an_unknown_photograph_lists_the_names():
    with pytest.raises(ValueError, match='No photograph "dog": choose one of astronaut, cat, '):
        photograph("dog")
