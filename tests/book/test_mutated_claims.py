"""Break one quantity of the book at a time: the claim that rests on it must no longer hold.

Each mutation is made in a copy of `utils`; the chapter runs beside it, up to the claim.
"""

import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from tools.pages import ROOT

pytestmark = pytest.mark.slow

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


# Several claims are checked in one cell: each says that it fails, and the next one is checked.
ALL_ARE_CHECKED = """
_check = check


def check(claim_id, value, live=None):
    try:
        _check(claim_id, value, live)
    except ClaimError as error:
        print(error)
"""


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_fails_its_claim(name, tmp_path):
    file, text, mutated, chapter, claim = MUTATIONS[name]
    package = tmp_path / "utils"
    shutil.copytree(ROOT / "utils", package, ignore=shutil.ignore_patterns("__pycache__"))
    source = (package / file).read_text(encoding="utf-8")
    assert source.count(text) == 1, f"{file} has no longer exactly one: {text}"
    (package / file).write_text(source.replace(text, mutated), encoding="utf-8")
    with (package / "claims.py").open("a", encoding="utf-8") as claims:
        claims.write(ALL_ARE_CHECKED)
    (path,) = (ROOT / "book").glob(f"{chapter}_*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    last = next(i for i, cell in enumerate(notebook.cells) if f'"{claim}"' in cell.source)
    notebook.cells = notebook.cells[: last + 1]
    place = {"metadata": {"path": str(tmp_path)}}  # where the setup cell finds the copy
    NotebookClient(notebook, kernel_name="python3", allow_errors=True, resources=place).execute()
    said = "".join(output.get("text", "") for output in notebook.cells[-1].outputs)
    assert f"Claim {claim} no longer holds" in said, said
