"""Execute the book's notebooks, one after another, and store their outputs.

    python -m tools.execute_notebooks [NAME ...]      # default: every notebook in book/

A notebook is written only if it ran without error, its outputs keep the rules below, and something
in it changed. What differs from run to run without saying anything (time stamps, widget ids, memory
addresses of widgets, the Python version) is taken out, so that running an arithmetic chapter twice
gives the same bytes.
"""

import base64
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, NbvalKernelspecManager

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
SETUP = (ROOT / "tools" / "setup_cell.py").read_text(encoding="utf-8").rstrip("\n")

CELL_TIMEOUT = 750  # seconds: five times what a training cell may take
NOTEBOOK_BYTES = 1_500_000
IMAGE_BYTES = {"image/png": 80_000, "image/svg+xml": 80_000, "image/jpeg": 150_000}

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"

# The same for everyone, whatever the kernel that ran the notebook is called.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "pygments_lexer": "ipython3",
    },
}

# Folders of this machine, and the usual ones of other machines.
PRIVATE_PATH = re.compile(
    r"(?<![\w.~])(?:"
    + "|".join(
        re.escape(str(folder))
        for folder in (Path.home(), ROOT, Path.cwd(), sys.prefix, tempfile.gettempdir())
        if len(str(folder)) > 1  # a home of "/" says nothing
    )
    + r"|/home/\w+|/Users/\w+|/root|/tmp|/content|[A-Z]:\\Users)(?![\w-])"
)
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def execute(notebook: NotebookNode, folder: Path) -> None:
    """Run all cells in a fresh kernel of the running Python, in `folder`, and keep the outputs.

    Raises RuntimeError with the cell and its traceback if one fails, hangs or kills the kernel.
    """
    manager = AsyncKernelManager(
        kernel_name=CURRENT_ENV_KERNEL_NAME, kernel_spec_manager=NbvalKernelspecManager()
    )
    client = NotebookClient(
        notebook,
        km=manager,
        extra_arguments=["--log-level=ERROR"],  # no word about how the kernel is reached
        timeout=CELL_TIMEOUT,
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
    )
    with tempfile.TemporaryDirectory() as settings:  # nobody's own settings leak into the outputs
        rc = Path(settings, "matplotlibrc")
        rc.write_text("svg.hashsalt: alexnet-book\n")
        environment = os.environ | {
            "BOOK_BATCH": "1",
            "BOOK_PROFILE": "quick",  # as the text promises, on a machine with a GPU too
            "IPYTHONDIR": settings,
            "MATPLOTLIBRC": str(rc),
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": "0",  # the date in an SVG
        }
        try:
            client.execute(env=environment, cleanup_kc=True)
        except (CellControlSignal, DeadKernelError) as error:
            raise RuntimeError(f"code cell {client.code_cells_executed}: {error}") from None


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Take out of an executed notebook what differs between runs and machines."""
    widgets = notebook.metadata.get("widgets")
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        folded = cell.source.startswith("# @title")
        form = {"cellView": "form"} if folded else {}  # Colab hides the source
        cell.metadata = nbformat.from_dict(({"tags": tags} if tags else {}) | form)
    for output in outputs(notebook):
        if WIDGET_VIEW in output.get("data", {}):
            output.data["text/plain"] = ADDRESS.sub("", output.data.get("text/plain", ""))
    if widgets and any(views(notebook)):
        notebook = renumber_widgets(notebook, widgets[WIDGET_STATE])
    return notebook


def renumber_widgets(notebook: NotebookNode, saved: NotebookNode) -> NotebookNode:
    """Store the models of the shown widgets, numbered in the order in which they appear."""
    models = {}

    def keep(model_id: str) -> None:
        if model_id in saved.state and model_id not in models:
            models[model_id] = saved.state[model_id]
            for reference in re.findall(r"IPY_MODEL_(\w+)", json.dumps(models[model_id])):
                keep(reference)

    for view in views(notebook):
        keep(view["model_id"])
    notebook.metadata["widgets"] = {WIDGET_STATE: saved | {"state": models}}
    text = nbformat.writes(notebook)
    for number, model_id in enumerate(models, start=1):
        text = text.replace(model_id, f"{number:032x}")
    return nbformat.reads(text, as_version=4)


def problems(notebook: NotebookNode) -> list[str]:
    """What must not be stored, one sentence each with the cell that shows it."""
    found = []
    state = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for number, cell in enumerate(notebook.cells, start=1):
        where = f"cell {number} ({cell.get('id')})"
        may_fail = "raises-exception" in cell.metadata.get("tags", [])
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if output.output_type == "error" and not may_fail:
                found.append(f"{where} stores an error: {output.ename}: {output.evalue}")
            if output.get("name") == "stderr":
                found.append(f"{where} writes to stderr: {output.text.strip()[:200]}")
            for kind, limit in IMAGE_BYTES.items():
                size = image_bytes(kind, data[kind]) if kind in data else 0
                if size > limit:
                    found.append(f"{where} has a {kind} of {size:,} bytes: at most {limit:,}.")
            view = data.get(WIDGET_VIEW)
            model = state.get(view["model_id"], {}) if view else {}
            if view and model.get("model_module") != "anywidget":
                found.append(
                    f"{where} shows a plain ipywidget, which vanishes in a built page: "
                    "show it only outside batch mode, or make it an anywidget."
                )
            for text in strings([output, model]):
                if path := PRIVATE_PATH.search(text):
                    found.append(f"{where} shows a path of one machine: {path[0]}")
                if address := ADDRESS.search(text):
                    found.append(f"{where} shows a memory address:{address[0]}")
    size = len(nbformat.writes(notebook).encode())
    if size > NOTEBOOK_BYTES:
        found.append(f"the notebook has {size:,} bytes: at most {NOTEBOOK_BYTES:,}.")
    return found


def outputs(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """All stored outputs, in order."""
    for cell in notebook.cells:
        yield from cell.get("outputs", [])


def views(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The widget views among the outputs, in order."""
    for output in outputs(notebook):
        if WIDGET_VIEW in output.get("data", {}):
            yield output.data[WIDGET_VIEW]


def image_bytes(kind: str, data: str) -> int:
    """Size of a stored image: SVG is stored as text, the others in base64."""
    return len(data.encode()) if kind == "image/svg+xml" else len(base64.b64decode(data))


def strings(value: object) -> Iterator[str]:
    """Every text inside nested lists and dictionaries, pixels excepted."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("image/png", "image/jpeg"):
                yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def run(path: Path) -> str:
    """Execute one notebook and store it; returns a line for the report.

    Raises RuntimeError if it fails or shows what must not be stored; the file is then left alone.
    """
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    for cell in notebook.cells:  # the setup cell has one source, tools/setup_cell.py
        if cell.cell_type == "code":
            if cell.source.startswith("# Setup:"):
                cell.source = SETUP
            break
    start = time.perf_counter()
    execute(notebook, path.parent)
    seconds = time.perf_counter() - start
    notebook = normalise(notebook)
    if found := problems(notebook):
        raise RuntimeError("\n".join(found))
    after = nbformat.writes(notebook) + "\n"
    if after != before:
        path.write_text(after, encoding="utf-8", newline="\n")
    state = "unchanged" if after == before else "written"
    return f"{path.name}: {seconds:.1f} s, {len(after.encode()) / 1000:,.0f} kB, {state}"


if __name__ == "__main__":
    names = sys.argv[1:] or sorted(BOOK.glob("*.ipynb"))
    for name in names:
        path = BOOK / Path(name).with_suffix(".ipynb").name
        try:
            print(run(path), flush=True)
        except (OSError, RuntimeError) as error:
            sys.exit(f"{path.name}: {error}")
