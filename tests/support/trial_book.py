"""A small book with the real configuration, for tests of what a build takes and what it refuses."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import yaml
from bs4 import BeautifulSoup
from nbformat import NotebookNode, v4

from tools.pages import ROOT
from utils import claims

# A white pixel.
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8/5+hHgAHggJ/PchI7wAAAABJRU5ErkJg"
    "gg=="
)
BOOK = ("_ext", "_templates", "_vendor", "_static", "references.bib", "references.md", "claims.md")
markdown = v4.new_markdown_cell
NAME = "03_layer_shapes"  # of the notebook
VIEW = "application/vnd.jupyter.widget-view+json"
ENTRY = {
    "id": "T1-25",
    "topic": "memory",
    "claim": "Two layers hold < 1 GB.",
    "kind": "computed",
    "verdict": "false",
    "fact": "They hold 218 million bytes.",
    "source": {"krizhevsky2012": "§3.5"},
    "chapter": 3,
    "expect": {"equal": 218136576},
    "unit": "bytes",
}
OTHER = ENTRY | {"id": "P-224", "chapter": 7, "fact": "The arithmetic needs 227."}


def build(
    folder: Path,
    cells: list[NotebookNode],
    widgets: dict | None = None,
    ledger: str = "[]",
    change: Callable[[str], str] = str,
) -> subprocess.CompletedProcess:
    """Build a book of one notebook, the ledger and the references, with the real configuration.

    `widgets` are the saved models of the notebook, `ledger` is the text of `claims.yml`, and
    `change` changes the text of the configuration. `torch` cannot be imported there, and of
    `utils` only the ledger, the design and the files of pages are there: building needs no more.
    """
    for part in BOOK:
        source = ROOT / "book" / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / "book" / part)
    shutil.copytree(ROOT / "utils/claims", folder / "utils/claims")
    for file in ("__init__.py", "page_files.py"):
        shutil.copy(ROOT / "utils" / file, folder / "utils")
    (folder / "utils/figures").mkdir()
    for file in (ROOT / "utils/figures/tokens.css", *ROOT.glob("utils/figures/alexnet*.svg")):
        shutil.copy(file, folder / "utils/figures")
    (folder / "utils/claims/claims.yml").write_text(ledger, encoding="utf-8")
    metadata = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    if widgets:
        saved = {"version_major": 2, "version_minor": 0, "state": widgets}
        metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": saved}
    notebook = v4.new_notebook(cells=cells, metadata=metadata)
    nbformat.write(notebook, folder / f"book/{NAME}.ipynb")
    config = change((ROOT / "_config.yml").read_text(encoding="utf-8"))
    (folder / "_config.yml").write_text(config, encoding="utf-8")
    (folder / "_toc.yml").write_text(
        f"{{format: jb-book, root: {NAME}, chapters: [{{file: claims}}, {{file: references}}]}}"
    )
    (folder / "poison").mkdir()
    (folder / "poison/torch.py").write_text("raise ImportError('the build needs no me')")
    return build_again(folder)


def build_again(folder: Path) -> subprocess.CompletedProcess:
    """Build the pages of this book that are out of date."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", "book", "--quiet"]
    command += ["--config", "_config.yml", "--toc", "_toc.yml", "--path-output", "."]
    command += ["--warningiserror", "--keep-going"]
    paths = [str(folder / "poison"), os.environ.get("PYTHONPATH")]  # perhaps one without network
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def code(source: str, data: dict, metadata: dict | None = None) -> NotebookNode:
    """A code cell with one stored output."""
    output = v4.new_output("display_data", data, metadata=metadata or {})
    return v4.new_code_cell(source, execution_count=1, outputs=[output])


def figure(alt: str) -> NotebookNode:
    """A code cell that shows a picture."""
    return code("show(fig)", {"image/png": PIXEL}, {"image/png": {"alt": alt}})


def widget(model_id: str, alt: str, **about: object) -> NotebookNode:
    """A code cell that shows a widget as utils.widgets.Widget does."""
    cell = figure(alt)
    cell.outputs[0].data[VIEW] = {"model_id": model_id, "version_major": 2, "version_minor": 0}
    cell.outputs[0].metadata[VIEW] = {"caption": "What it shows.", "heights": [400, 600]} | about
    return cell


def model(**state: object) -> dict:
    """What a notebook has saved of a widget."""
    return {
        "model_name": "AnyModel",
        "model_module": "anywidget",
        "model_module_version": "~0.11.*",
        "state": {"_esm": "export default { render({ el }) { el.append('1 < 2') } }"} | state,
    }


def ledger_of(*entries: dict) -> str:
    """The text of `claims.yml`."""
    return yaml.safe_dump([*entries], allow_unicode=True, sort_keys=False)


def card(entry: dict, **fields: str) -> NotebookNode:
    """A code cell with the card that `utils.claims.check` stores."""
    (claim,) = claims.read(ledger_of(entry))
    fields = {"id": claim.id, "value": "218,136,576 bytes"} | fields
    html = claims.card(claim, fields)
    data = {claims.CARD: fields, "text/html": html, "text/plain": claims.as_text(claim, fields)}
    return code(f'check("{claim.id}", value)', data)


def read(book: Path, name: str) -> BeautifulSoup:
    """A page of a built book."""
    html = (book / f"_build/html/{name}.html").read_text(encoding="utf-8")
    return BeautifulSoup(html, "html.parser")


def text(tag) -> str:
    """What an element of a page says, with single spaces."""
    return " ".join(tag.get_text(" ").split())


def links(tag) -> list[str]:
    return [link["href"] for link in tag.select("a[href]")]
