"""Four tiny files in place of Fashion-MNIST's, the places they may come from, and a mirror here."""

import gzip
import hashlib
import lzma
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from tests.support.processes import free_port
from tools.make_subset import idx
from utils.data import download


class Place:
    """A temporary folder with the places that files may come from; only mirror and book have them.

    `serve` starts the mirror, which may answer in another way, and makes it torchvision's.
    """

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch):
        (folder / "cache").mkdir()
        self.cache = folder / "cache" / "alexnet-book" / "fashion-mnist"
        self.debian, self.mine = folder / "debian", folder / "mine"
        self.subset = folder / "fashion_mnist_subset"
        self.subset.mkdir(parents=True)
        labels = torch.arange(20) % 10
        images = torch.arange(20 * 28 * 28).reshape(20, 28, 28) % 251
        self.contents = {}
        arrays = images, labels, images[:10], labels[:10]
        for name, array in zip(download.CHECKSUMS, arrays, strict=True):
            self.contents[name] = content = idx(array.numpy())
            patch.setitem(download.CHECKSUMS, name, hashlib.sha256(content).hexdigest())
            (self.subset / f"{name}.xz").write_bytes(lzma.compress(content))
        self.mirror = self.fill(folder / "mirror")
        self.patch, self.server = patch, None
        self.over = threading.Event()  # the test: whoever still waits may go on

    def fill(self, folder: Path, packed: bool = True) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.contents.items():
            path = folder / (f"{name}.gz" if packed else name)
            path.write_bytes(gzip.compress(content) if packed else content)
        return folder

    def serve(self, answer: Callable = SimpleHTTPRequestHandler.do_GET) -> None:
        class Mirror(SimpleHTTPRequestHandler):
            do_GET = answer

            def log_message(self, *args):
                pass

        handler = partial(Mirror, directory=self.mirror)
        self.server = server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads, server.over = True, self.over
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.patch.setattr(download, "MIRRORS", [f"http://127.0.0.1:{server.server_port}/"])


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Tiny files, no network, and nothing yet in the cache, in Debian's package or in `mine`."""
    place = Place(tmp_path, monkeypatch)
    monkeypatch.setattr(
        download.platformdirs, "user_cache_path", lambda name, **_: tmp_path / "cache" / name
    )
    monkeypatch.setattr(download, "DEBIAN", place.debian)
    monkeypatch.setattr(download, "MIRRORS", [f"http://127.0.0.1:{free_port()}/"])
    monkeypatch.setattr(download, "files", lambda package: tmp_path)
    monkeypatch.delenv("BOOK_DATA_DIR", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    yield place
    place.over.set()
    if place.server:
        place.server.shutdown()
        place.server.server_close()
