"""Files that are too large for a notebook, and that a widget in a page asks for by name.

    page.safetensors    the network of chapter 11 with 200 images (utils/nets/live_net)
    engine              the program of the Worker in which networks train (utils/widgets/engine)
    clothes             10,000 images of the bundled subset, which networks train on

The last two are gzip, with its checksum. The build writes each as a script beside the pages that
need it; with a kernel Python sends it. Pages are built where PyTorch may be missing: nothing here
imports it.
"""

import base64
import gzip
import lzma
import re
from functools import cache
from importlib.abc import Traversable
from importlib.resources import files

HERE = files("utils")
NAMES = ("page.safetensors", "engine", "clothes")
ENGINE = HERE / "widgets" / "engine"
IMPORT = re.compile(r'^import \{[^}]*\} from "\./((?:engine/)?\w+\.js)";\n', re.MULTILINE)
COUNTS = {"train": 8000, "t10k": 2000}  # images in the page, of each part


@cache
def page_file(name: str) -> bytes:
    """The content of one of the files above.

    Raises OSError if what it is made of is missing or damaged.
    """
    try:
        if name == "engine":
            wasm = base64.b64encode((ENGINE / "engine.wasm").read_bytes()).decode()
            text = f'"use strict";\nconst WASM = "{wasm}";\n{script(ENGINE, "worker.js")}'
            return gzip.compress(text.encode(), mtime=0)
        if name == "clothes":
            return gzip.compress(_clothes(), mtime=0)
        return (HERE / "nets" / "live_net" / name).read_bytes()
    except (OSError, lzma.LZMAError) as error:
        raise OSError(f"The page's file {name} cannot be made: install the book anew.") from error


def script(folder: Traversable, name: str) -> str:
    """The JavaScript of a module behind that of the modules it imports, as one without imports.

    Raises ValueError if it imports anything but files beside it or in `./engine/`, or these import.
    """
    source = (folder / name).read_text(encoding="utf-8")
    shared = [(folder / other).read_text(encoding="utf-8") for other in IMPORT.findall(source)]
    whole = "".join(shared) + IMPORT.sub("", source)
    if re.search(r"(?m)^import ", whole):
        raise ValueError(
            f"{name} must import nothing but files beside it that import nothing: a page can load "
            "no other."
        )
    return re.sub(r"(?m)^export (?!default)", "", whole)


def _clothes() -> bytes:
    """Of each part the first images, 28 x 28, and their labels: uint8.

    The subset has its classes in turn, so the first images are balanced.
    """
    folder = HERE / "data" / "fashion_mnist_subset"
    content = b""
    for part, count in COUNTS.items():
        for kind, start, size in (("images-idx3", 16, 28 * 28), ("labels-idx1", 8, 1)):
            whole = lzma.decompress((folder / f"{part}-{kind}-ubyte.xz").read_bytes())
            content += whole[start : start + size * count]
    return content
