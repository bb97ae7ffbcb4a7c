"""The files beside a page: what is in them, how large they may be, what is refused."""

import base64
import gzip

import numpy as np
import pytest

from utils import page_files
from utils.data import download
from utils.nets import live_net
from utils.page_files import page_file, script


@pytest.fixture
def here(monkeypatch, tmp_path):
    """An empty folder in place of `utils`."""
    page_file.cache_clear()
    monkeypatch.setattr(page_files, "HERE", tmp_path)
    monkeypatch.setattr(page_files, "ENGINE", tmp_path)
    yield tmp_path
    page_file.cache_clear()


def test_the_network_is_that_of_chapter_11():
    assert page_file("page.safetensors") == live_net.page_file()


def test_clothes_are_the_first_of_the_subset_balanced_and_light():
    packed = page_file("clothes")
    assert len(base64.b64encode(packed)) < 5_990_000  # with its script 6 MB
    content = np.frombuffer(gzip.decompress(packed), np.uint8)
    parts = zip(*[iter(download.bundled().values())] * 2, (8000, 2000), strict=True)
    for images, labels, count in parts:
        ours, content = np.split(content, [785 * count])
        assert ours[: 784 * count].tobytes() == images[16:][: 784 * count]
        assert ours[784 * count :].tobytes() == labels[8:][:count]
        assert np.bincount(ours[784 * count :]).tolist() == [count // 10] * 10
    assert content.size == 0


def test_the_engine_is_one_program_with_its_module_inside(here):
    (here / "engine.wasm").write_bytes(b"\0asm")
    (here / "network.js").write_text("export function methods() {}\n")
    (here / "worker.js").write_text('import { methods } from "./network.js";\nmethods();\n')
    lines = ['"use strict";', 'const WASM = "AGFzbQ==";', "function methods() {}", "methods();"]
    assert gzip.decompress(page_file("engine")).decode().splitlines() == lines


def test_the_engine_is_light():
    assert len(base64.b64encode(page_file("engine"))) <= 30_000


@pytest.mark.parametrize("name", page_files.NAMES)
def test_a_file_that_cannot_be_made_is_one_sentence(here, name):
    with pytest.raises(OSError, match=f"The page's file {name} cannot be made: install the book"):
        page_file(name)


def test_a_damaged_subset_is_one_sentence(here):
    folder = here / "data" / "fashion_mnist_subset"
    folder.mkdir(parents=True)
    (folder / "train-images-idx3-ubyte.xz").write_bytes(b"damaged")
    with pytest.raises(OSError, match="The page's file clothes cannot be made"):
        page_file("clothes")


@pytest.mark.parametrize(
    ("mine", "other"),
    [
        ('import x from "https://a.org";\n', ""),
        ('import { y } from "../y.js";\n', ""),
        ('import { y } from "./y.js";\n', 'import { z } from "./z.js";\n'),
    ],
)
def test_a_script_with_another_import_is_refused(tmp_path, mine, other):
    (tmp_path / "y.js").write_text(other)
    (tmp_path / "mine.js").write_text(mine)
    with pytest.raises(ValueError, match=r"mine\.js must import nothing but files beside it"):
        script(tmp_path, "mine.js")


def test_a_script_may_share_what_is_in_the_folder_of_the_engine(tmp_path):
    (tmp_path / "engine").mkdir()
    (tmp_path / "engine" / "y.js").write_text("export const y = 1;\n")
    (tmp_path / "mine.js").write_text('import { y } from "./engine/y.js";\nexport default y;\n')
    assert script(tmp_path, "mine.js") == "const y = 1;\nexport default y;\n"
