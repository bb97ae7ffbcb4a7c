"""A notebook open in a real JupyterLab, or as in Colab, whose cells are run by name."""

import os
import re
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import nbformat
from nbformat import v4
from playwright.sync_api import Locator, Page, expect

from tests.support.processes import free_port
from tools.pages import ROOT


class JupyterLab:
    """A notebook in JupyterLab: its cells are run by mouse and keyboard."""

    server = (
        "jupyterlab",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=",
    )
    path = "lab/tree/book.ipynb?reset"

    def __init__(self, page: Page, names: list[str]):
        self.page, self.names = page, names
        self.cells = page.locator(".jp-Notebook .jp-CodeCell")
        page.add_locator_handler(page.locator("dialog.jp-Dialog"), self.accept)
        expect(self.cells).to_have_count(len(names), timeout=60_000)
        idle = page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")
        expect(idle).to_be_visible(timeout=60_000)

    def accept(self, dialog: Locator) -> None:
        """Press the default button, as a person does; what JupyterLab said is in a failed test.

        One of its requests that fails, as on a busy machine, is a "Server Connection Error" to it.
        """
        print("JupyterLab:", dialog.inner_text())
        dialog.locator("button").last.click()

    def run(self, name: str) -> Locator:
        """Run a cell, once, and return its output area."""
        cell = self.cells.nth(self.names.index(name))
        prompt = cell.locator(".jp-InputArea-prompt")
        for _ in range(6):  # a page that is still starting may miss a key, or be slow to answer
            cell.locator(".cm-content").click()
            self.page.keyboard.press("Shift+Enter")
            with suppress(AssertionError):
                expect(prompt).not_to_have_text("[ ]:", timeout=10_000)
                break
        # Any number: a key that was taken for missed runs the cell once more.
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=120_000)
        return cell.locator(".jp-OutputArea")


class ClassicNotebook:
    """A notebook in the classic interface, which has the ipywidgets of Colab, version 7."""

    server = ("nbclassic",)
    path = "nbclassic/notebooks/book.ipynb"

    def __init__(self, page: Page, names: list[str]):
        self.page, self.names = page, names
        page.wait_for_function(  # the kernel, and the extension that hears of its widgets
            "globalThis.Jupyter?.notebook?.kernel?.is_connected() && "
            "'jupyter.widget' in Jupyter.notebook.kernel.comm_manager.targets"
        )

    def run(self, name: str) -> Locator:
        """Run a cell, once, and return its output area."""
        number = self.names.index(name)
        self.page.evaluate("number => Jupyter.notebook.execute_cells([number])", number)
        cell = self.page.locator(".code_cell").nth(number)
        expect(cell.locator(".input_prompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=120_000)
        return cell.locator(".output_wrapper")


@contextmanager
def opened(kind: type, cells: dict[str, str], browser, folder: Path, python: Path | str):
    """A notebook of these cells, none of them run yet, in a server and a page of its own."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    code = [v4.new_code_cell(source) for source in cells.values()]
    nbformat.write(v4.new_notebook(cells=code, metadata=kernel), folder / "book.ipynb")
    settings = {
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": str(ROOT),
        "BOOK_BATCH": "",  # a person is there
    }
    port = free_port()
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    options += [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token="]
    log, address = folder / "log", f"http://127.0.0.1:{port}"
    with log.open("w") as out:
        command = [python, "-m", *kind.server, *options]
        server = subprocess.Popen(command, env=os.environ | settings, stdout=out, stderr=out)
        for _ in range(600):
            with suppress(OSError):
                urlopen(f"{address}/api/status", timeout=5).close()
                break
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        page = browser.new_page(viewport={"width": 1280, "height": 1200})
        page.set_default_timeout(60_000)
        page.goto(f"{address}/{kind.path}")
        yield kind(page, list(cells))
        page.close()
        server.terminate()
        server.wait(timeout=30)
