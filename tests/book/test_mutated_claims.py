"""Break one quantity of the book at a time: the claim that rests on it must no longer hold.

Each mutation is made in a copy of `utils`; a process of its own runs the chapter's code cells
there, until the claim has been checked, and reports which claims failed. Nothing is drawn, no live
panel trains, and cells with quizzes or exercises are left out: no claim rests on them.
"""

import json
import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import pytest

from tools.pages import ROOT  # nothing here may import utils: a mutated one comes later

pytestmark = pytest.mark.slow

# A process is copied from one that has imported the libraries, which takes longest, and no more.
FRESH = get_context("forkserver")
FRESH.set_forkserver_preload(["torch", "torchvision", "pandas", "scipy.stats"])
SKIPPED = ("# Setup:", "ask(", "keras_models.draw", "exercises.check")

MUTATIONS = {  # file, text, its mutation, chapter, a claim that must fail
    "conv1's width": ("models.py", "] = (96, 256, 384, 384, 256)", "] = (64, 256, 384, 384, 256)",
                      "03", "P-conv1-kernels"),
    "conv1's stride": ("models.py", "CeilConv2d(in_channels, c1, kernel_size=11, stride=4)",
                       "CeilConv2d(in_channels, c1, kernel_size=11, stride=5)", "03", "P-neurons"),
    "the ceil rule": ("models.py", 'conv_out(n, k, s, p, "ceil")', 'conv_out(n, k, s, p, "floor")',
                      "03", "P-figure2"),
    "the groups": ("models.py", "groups: int = 2", "groups: int = 1", "03", "P-groups"),
    "the pooling": ("models.py", "pool1=nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)",
                    "pool1=nn.MaxPool2d(kernel_size=2, stride=2, ceil_mode=True)",
                    "03", "T1-23"),
    "the count of MACs": ("shapes.py", "layer.weight.numel() * output[0, 0].numel()",
                          "layer.weight.numel()", "03", "T1-40"),
    "k of LRN": ("models.py", "k: float = 2.0", "k: float = 1.0", "09", "P-lrn-constants"),
    "k of LRN, measured": ("models.py", '"k": k}', '"k": 1.0}', "05", "T0-12"),
    "d2l's padding": ("models.py", "kernel_size=11, stride=4, padding=1)",
                      "kernel_size=11, stride=4, padding=2)", "09", "D-shapes"),
    "the program's order": ("relatives.py", '("conv1", "norm1", "pool1", "relu1")',
                            '("conv1", "relu1", "norm1", "pool1")', "09", "P-relu-before-lrn"),
    "the tutorial's third LRN": ("models.py", "nn.MaxPool2d(kernel_size=3, stride=2), *norm(),\n"
                                 "    )  # fmt: skip", "nn.MaxPool2d(kernel_size=3, stride=2),\n"
                                 "    )  # fmt: skip", "09", "T0-7"),
    "Keras's l2": ("keras_models.py", "keras.regularizers.l2(0.0005)",
                   "keras.regularizers.l2(0.00025)", "09", "T4-22"),
    "a batch normalisation": ("keras_models.py", "*conv(256, 3),\n            "
                              "layers.BatchNormalization(),", "*conv(256, 3),", "09", "T4-20"),
    "a dropout of AlexNet": ("models.py", "drop6=nn.Dropout(dropout)", "drop6=nn.Dropout(0.4)",
                             "06", "T4-8"),
    "LeNet's width": ("lenet.py", "(6, 16, 120, 84)", "(6, 18, 120, 84)", "09", "D-lenet-params"),
}  # fmt: skip


class Settled(BaseException):
    """The last claim that matters has been checked; no chapter catches this."""


def settle(chapter: str, package: Path, last: str) -> dict[str, list[str]]:
    """The claims of a chapter that fail and that are reached, with `package` as `utils`.

    Nothing behind the claim `last` is run. To be called in a fresh process.
    """
    (path,) = (ROOT / "book").glob(f"{chapter}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]

    os.environ |= {"BOOK_BATCH": "1", "MPLBACKEND": "agg"}
    os.chdir(package.parent)
    sys.path.insert(0, str(package.parent))
    from utils import claims, figures, live

    assert Path(claims.__file__).parent == package
    check, found = claims.check, {"failed": [], "reached": [], "errors": []}

    def record(name, value, live=None):
        found["reached"].append(name)
        try:
            check(name, value, live)
        except claims.ClaimError:
            found["failed"].append(name)
        if name == last:
            raise Settled

    claims.check, claims.display = record, lambda bundle, raw: None
    figures.show = lambda figure, alt, photo=False: None
    live.live = lambda experiment, steps, **choices: None
    namespace = {"display": print}  # as a notebook has it
    with suppress(Settled):
        for source in sources:
            if any(word in source for word in SKIPPED):
                continue
            try:
                exec(source, namespace)
            except Exception as error:
                found["errors"].append(f"{type(error).__name__}: {error}"[:300])
    return found


def settle_afresh(chapter: str, package: Path, last: str = "") -> dict[str, list[str]]:
    with ProcessPoolExecutor(1, mp_context=FRESH) as pool:
        return pool.submit(settle, chapter, package, last).result()


@pytest.mark.parametrize(("chapter", "claims"), [("03", 21), ("05", 7), ("06", 9), ("09", 21)])
def test_nothing_fails_without_a_mutation(chapter, claims):
    found = settle_afresh(chapter, ROOT / "utils")
    assert (found["failed"], found["errors"]) == ([], [])
    assert len(found["reached"]) >= claims


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_fails_its_claim(name, tmp_path):
    file, text, mutated, chapter, claim = MUTATIONS[name]
    package = tmp_path / "utils"
    shutil.copytree(ROOT / "utils", package, ignore=shutil.ignore_patterns("__pycache__"))
    source = (package / file).read_text(encoding="utf-8")
    assert source.count(text) == 1, f"{file} has no longer exactly one: {text}"
    (package / file).write_text(source.replace(text, mutated), encoding="utf-8")
    found = settle_afresh(chapter, package, claim)
    assert claim in found["failed"], found
