"""Fashion-MNIST: what it is, the book's subset of it, and where the files are looked for."""

import hashlib
from importlib import resources

import pytest
import torch

from tools import make_subset
from utils import data
from utils.data import download, fashion_mnist


@pytest.mark.skipif(
    not download.DEBIAN.is_dir(),
    reason="needs the full data: apt-get install dataset-fashion-mnist",
)
def test_the_full_data_is_fashion_mnist_and_the_subset_a_part_of_it(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(download, "cache_folder", lambda: tmp_path)
    monkeypatch.delenv("BOOK_DATA_DIR", raising=False)
    full = fashion_mnist()
    assert full.complete
    assert "Debian" in full.source
    for (images, labels), count in ((full.train, 60_000), (full.test, 10_000)):
        assert (images.shape, images.dtype) == ((count, 28, 28), torch.uint8)
        assert labels.dtype == torch.int64
        assert torch.bincount(labels).tolist() == [count // 10] * 10
    assert full.classes[full.train.labels[0]] == "Ankle boot"
    assert capsys.readouterr().out == ""
    shares = torch.bincount(full.train.images.flatten()).double() / full.train.images.numel()
    values = torch.arange(256).double() / 255
    mean = (shares * values).sum()
    assert mean.item() == pytest.approx(data.MEAN, abs=1e-7)
    deviation = (shares * (values - mean) ** 2).sum().sqrt()
    assert deviation.item() == pytest.approx(data.STD, abs=1e-7)
    monkeypatch.setattr(make_subset, "fashion_mnist", lambda: full)
    assert download.bundled() == make_subset.subset()


def test_the_subset_is_balanced_and_has_checksums_and_its_licence(place, monkeypatch):
    monkeypatch.setattr(download, "files", resources.files)
    subset = fashion_mnist()
    assert not subset.complete
    assert subset.train.labels.tolist() == list(range(10)) * 1000
    assert subset.test.labels.tolist() == list(range(10)) * 200
    assert subset.train.images.shape == (10_000, 28, 28)
    sums = (make_subset.FOLDER / "SHA256SUMS").read_text().splitlines()
    assert len(sums) == 4
    for checksum, name in map(str.split, sums):
        packed = (make_subset.FOLDER / name).read_bytes()
        assert hashlib.sha256(packed).hexdigest() == checksum
    licence = (make_subset.FOLDER / "LICENSE").read_text(encoding="utf-8")
    assert "MIT License" in licence and "© 2017 Zalando SE" in licence


def test_the_order_of_the_places(place, tmp_path, monkeypatch, capsys):
    def source(*folder):
        return fashion_mnist(*folder).source.partition(", from ")[2]

    for folder in (place.cache, place.debian, place.mine):
        place.fill(folder)
    assert source(place.mine) == "the folder you named."
    monkeypatch.setenv("BOOK_DATA_DIR", str(place.mine))
    assert source() == "the folder you named."
    monkeypatch.setenv("BOOK_DATA_DIR", str(tmp_path / "wrong"))
    assert source(place.mine) == "the folder you named."
    monkeypatch.delenv("BOOK_DATA_DIR")
    assert source() == "the book's cache."
    (place.cache / f"{[*download.CHECKSUMS][3]}.gz").unlink()
    assert source() == "the book's cache and Debian's dataset-fashion-mnist."
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("below", [".", "FashionMNIST/raw"])
def test_a_named_folder_may_be_packed_or_not_and_torchvisions(place, packed, below):
    place.fill(place.mine / below, packed)
    mine = fashion_mnist(place.mine)
    assert mine.train.labels.tolist() == list(range(10)) * 2
    assert mine.test.images.shape == (10, 28, 28)
    assert mine.train.images.flatten().tolist() == [i % 251 for i in range(20 * 28 * 28)]


def test_the_mirror_is_asked_last_and_only_once(place, capsys):
    place.serve()
    first = fashion_mnist()
    assert first.complete
    assert first.source.endswith("from torchvision's mirror.")
    assert capsys.readouterr().out.startswith("Fetching Fashion-MNIST (31 MB in all): train-images")
    before = {path: path.stat().st_mtime_ns for path in place.cache.iterdir()}
    assert len(before) == 4
    second = fashion_mnist()
    assert second.source.endswith("from the book's cache.")
    assert torch.equal(first.train.images, second.train.images)
    assert {path: path.stat().st_mtime_ns for path in place.cache.iterdir()} == before
    assert capsys.readouterr().out == ""
