"""What the tests of notebooks share: which there are, and how to walk through one."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbformat import NotebookNode

from utils.claims import CARD

NOTEBOOKS = sorted((Path(__file__).parents[1] / "book").glob("*.ipynb"))
MARKDOWN = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)


def cells(notebook: NotebookNode, kind: str) -> Iterator[tuple[str, NotebookNode]]:
    """The cells of one kind, each with words that name it."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == kind:
            yield f"cell {number} ({cell.get('id')})", cell


def tokens(cell: NotebookNode) -> Iterator[Token]:
    """A cell's Markdown read as CommonMark with tables and $…$: each block, then its parts."""
    for block in MARKDOWN.parse(cell.source):
        yield block
        yield from block.children or []


def tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def headings(cell: NotebookNode) -> Iterator[tuple[str, str]]:
    """Level ("h1" …) and text of the headings in a Markdown cell."""
    for block, following in pairwise(MARKDOWN.parse(cell.source)):
        if block.type == "heading_open":
            yield block.tag, following.content


def cards(notebook: dict) -> Iterator[dict[str, str]]:
    """The fields of each claim's card that a notebook has stored."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if CARD in output.get("data", {}):
                yield output["data"][CARD]
