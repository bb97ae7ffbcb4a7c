"""The helpers behind the book: one import for every notebook.

`BOOK` tells this package from a stranger's that is also called `utils`.
"""

BOOK = "alexnet"
__version__ = "0.1.0"
