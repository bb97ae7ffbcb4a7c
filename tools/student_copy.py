"""Copy the book without its solutions, for a class.

    python -m tools.student_copy      # writes _build/student/book

Everything in book/ is copied; from the notebooks the cells tagged `solution` are left out, with
their outputs. The copies can be executed where they are: they find the clone's `utils`.
"""

import shutil
from pathlib import Path

import nbformat
from nbformat import NotebookNode

BOOK = Path(__file__).resolve().parents[1] / "book"
STUDENT = BOOK.parent / "_build" / "student" / "book"


def without_solutions(notebook: NotebookNode) -> NotebookNode:
    """The notebook without the cells that are tagged `solution`."""
    notebook.cells = [c for c in notebook.cells if "solution" not in c.metadata.get("tags", [])]
    return notebook


def copy(book: Path, folder: Path) -> None:
    """Write the book without its solutions to `folder`, in place of what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(book, folder, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for path in folder.glob("*.ipynb"):
        notebook = without_solutions(nbformat.read(path, as_version=4))
        path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    copy(BOOK, STUDENT)
    print(f"The notebooks without solutions: {STUDENT}")
