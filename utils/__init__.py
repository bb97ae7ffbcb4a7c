"""The package behind the notebooks, in rooms: README.md names every file of each.

`BOOK` tells this package from a stranger's that is also called `utils`.
"""

import sys
from importlib import metadata

BOOK = "alexnet"
__version__ = "0.1.0"

if sys.version_info < (3, 11):  # noqa: UP036  (pip checks it, a clone of the book does not)
    raise ImportError(
        f"This book needs Python 3.11 or newer, and this is {sys.version.split()[0]}: "
        "run it with a newer one."
    )
try:
    _torch = metadata.version("torch")
except metadata.PackageNotFoundError:  # building the pages needs none
    _torch = "2.6"
if tuple(map(int, _torch.split(".")[:2])) < (2, 6):
    raise ImportError(
        f"This book needs PyTorch 2.6 or newer, and here is {_torch}: "
        "run `pip install --upgrade torch torchvision`, then restart."
    )
