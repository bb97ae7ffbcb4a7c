"""Run notebooks as Colab opens them: each alone, in an empty folder, by the running Python.

    python -m tools.run_alone [FILE …]        # default: every notebook in book/

The setup cell installs the helpers from the book's public address; nothing else of the book is in
reach. For each notebook a line says how long it took and with which versions. It needs nbformat and
nbclient, which Colab has, and ends with status 1 if a notebook failed.
"""

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

BOOK = Path(__file__).resolve().parents[1] / "book"
LOOK = """import IPython, ipywidgets, torch, utils
print(utils.__file__, "IPython", IPython.__version__, "ipywidgets", ipywidgets.__version__,
      "PyTorch", torch.__version__)"""


def run(path: Path) -> str:
    """Execute a copy of the notebook in an empty folder; where its helpers were, and versions.

    Raises nbclient.exceptions.CellExecutionError, with the traceback, if a cell fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(path, folder)
        notebook = nbformat.read(Path(folder, path.name), as_version=4)
        notebook.cells.append(nbformat.v4.new_code_cell(LOOK))
        place = {"metadata": {"path": folder}}
        client = NotebookClient(notebook, timeout=750, kernel_name="python3", resources=place)
        client.execute(env=os.environ | {"IPYTHONDIR": folder})
        return notebook.cells[-1].outputs[0].text.strip()


if __name__ == "__main__":
    failed = False
    for name in sys.argv[1:] or sorted(BOOK.glob("*.ipynb")):
        path, start = Path(name), time.perf_counter()
        try:
            said = run(path)
        except CellExecutionError as error:
            said, failed = f"failed:\n{error}", True
        print(f"{path.name}: {time.perf_counter() - start:.0f} s, {said}", flush=True)
    sys.exit(failed)
