"""Break one quantity of the book at a time: the claim that rests on it must no longer hold.

Each mutation is made in a copy of `utils`. What the claim needs of its chapter runs twice: with the
book's own `utils`, where the claim holds, and beside the copy.
"""

import ast
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from nbformat import NotebookNode

from tests.book.test_notebooks import names
from tools.execute_notebooks import BOOK, ROOT
from tools.notebooks import cells
from utils.claims import ledger

pytestmark = pytest.mark.slow

MUTATIONS = {  # a claim that must fail: text of one file with «what is there→its mutation»
    "P-conv1-kernels": "CHANNELS = («96→64», 256, 384, 384, 256)",
    "P-neurons": "CeilConv2d(in_channels, c1, kernel_size=11, stride=«4→5»)",
    "P-figure2": 'conv_out(n, k, s, p, "«ceil→floor»")',
    "P-groups": "groups: int = «2→1»",
    "T1-23": "partial(nn.MaxPool2d, kernel_size=«3→2», stride=2, ceil_mode=True)",
    "T1-40": "layer.weight.numel()« * output[0, 0].numel()→»",
    "P-lrn-constants": "k: float = «2.0→1.0»",
    "T0-12": "beta=0.75, k=«k→1.0»)",
    "D-shapes": "kernel_size=11, stride=4, padding=«1→2»)",  # d2l's
    "P-relu-before-lrn": "«norm1 pool1 relu1→relu1 norm1 pool1»",
    "T0-7": "«*norm(),→»\n        )  # fmt: skip",  # the tutorial's third
    "T4-22": "keras.regularizers.l2(«0.0005→0.00025»)",
    "T4-20": "conv(256, kernel_size=3), relu(), «norm(), →»pool()",
    "T4-8": "drop6=nn.Dropout(«dropout→0.4»)",
    "D-lenet-params": "(6, «16→18», 120, 84)",
}


# The same with other `utils`: those beside which the setup cell now runs.
OTHER_UTILS = """
os.chdir({folder!r})
for name in [name for name in sys.modules if name.partition(".")[0] == "utils"]:
    del sys.modules[name]
"""


def needed(notebook: NotebookNode, claim: str) -> str:
    """The statements on which a claim rests, its check the last, after the setup cell."""
    setup, *others = (cell.source for _, cell in cells(notebook, "code"))
    found, used = [], set()
    for statement in reversed(ast.parse("\n".join(others)).body):
        source = ast.unparse(statement)
        sets, uses = names(source)
        changed = sets.union(re.findall(r"^ *(\w+)[.[]", source, re.MULTILINE))
        checks = "claims.check(" in source
        if f"claims.check('{claim}'" in source or (used & changed and not checks):
            found.append(source)
            used = used - sets | uses
    return "\n".join([setup, *reversed(found)])


@pytest.mark.parametrize(("claim", "text"), MUTATIONS.items(), ids=MUTATIONS)
def test_a_mutation_fails_its_claim(claim, text, tmp_path):
    before, after = (re.sub("«(.*)→(.*)»", part, text, flags=re.DOTALL) for part in (r"\1", r"\2"))
    package = tmp_path / "utils"
    shutil.copytree(ROOT / "utils", package, ignore=shutil.ignore_patterns("__pycache__"))
    sources = {file: file.read_text(encoding="utf-8") for file in package.rglob("*.py")}
    there = [file for file, source in sources.items() for _ in range(source.count(before))]
    assert len(there) == 1, f"Not exactly one place of `utils` has: {before}"
    there[0].write_text(sources[there[0]].replace(before, after), encoding="utf-8")
    (path,) = BOOK.glob(f"{ledger()[claim].chapter:02}_*.ipynb")
    code = needed(nbformat.read(path, as_version=4), claim)
    twice = "\n".join([code, OTHER_UTILS.format(folder=str(tmp_path)), code])
    done = subprocess.run([sys.executable, "-c", twice], cwd=BOOK, capture_output=True, text=True)
    assert done.stdout.count(f"'id': '{claim}'") == 1, done.stderr  # it holds without the mutation
    assert f"ClaimError: Claim {claim} no longer holds" in done.stderr
