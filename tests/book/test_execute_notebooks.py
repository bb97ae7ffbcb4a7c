"""What tools/execute_notebooks.py stores is the same for everyone; what it refuses, it names."""

import base64
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tools import execute_notebooks
from tools.execute_notebooks import BOOK, METADATA, SETUP, WIDGET_STATE, WIDGET_VIEW, problems, run

# What the kernel sends for an anywidget, without the package.
WIDGET = """import ipywidgets, traitlets

class Slider(ipywidgets.DOMWidget):
    _model_module = traitlets.Unicode("anywidget").tag(sync=True)
    _view_name = traitlets.Unicode("AnyView").tag(sync=True)
    size = traitlets.Int(227).tag(sync=True)
    __repr__ = object.__repr__

hidden = ipywidgets.IntSlider()
first, second = Slider(), Slider(size=224)
display(second, first)"""

DRAWING = """import matplotlib.pyplot as plt
from matplotlib_inline.backend_inline import set_matplotlib_formats
set_matplotlib_formats("svg", "png")
plt.plot([55, 27, 13]);"""

TAGS = ("raises-exception", "solution")
PRINTING = """import os, sys
print(os.environ["BOOK_BATCH"], os.environ["BOOK_PROFILE"], flush=True)
print(sys.executable == EXECUTABLE)
print({"a", "b", "c"})"""


def store(path: Path, *sources: str, tags: tuple[str, ...] = ()) -> Path:
    """Write a notebook that has not been run; the tags are those of its last cell."""
    cells = [v4.new_code_cell(source, id=f"c-{i}") for i, source in enumerate(sources)]
    cells[-1].metadata = nbformat.from_dict(
        {"tags": list(tags), "execution": {"iopub.status.busy": "2026-01-01T00:00:00Z"}}
    )
    other_kernel = {"kernelspec": {"name": "my-env", "display_name": "mine", "language": "python"}}
    nbformat.write(v4.new_notebook(cells=cells, metadata=other_kernel), path)
    return path


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A small real notebook, run twice: as it is stored, and its bytes and report each time."""
    clone = tmp_path_factory.mktemp("clone")
    (clone / "utils").mkdir()
    (clone / "utils" / "__init__.py").write_text('BOOK = "alexnet"\n')
    (clone / "book").mkdir()
    path = store(
        clone / "book" / "03_small.ipynb",
        "# Setup: an old one",
        PRINTING.replace("EXECUTABLE", repr(sys.executable)),
        DRAWING,
        WIDGET,
        "# @title A mistake\n1 / 0",
        tags=TAGS,
    )
    runs = []
    for _ in range(2):
        report = run(path)
        runs.append((path.read_bytes(), report))
    return nbformat.read(path, as_version=4), runs


@pytest.mark.pinned
def test_two_runs_give_the_same_bytes(stored):
    _, ((first, first_report), (second, second_report)) = stored
    assert first == second
    assert first_report.endswith("written")
    assert second_report.endswith("unchanged")


@pytest.mark.slow
def test_an_arithmetic_chapter_is_the_same_twice():
    texts = []
    for _ in range(2):
        notebook = nbformat.read(BOOK / "03_layer_shapes.ipynb", as_version=4)
        execute_notebooks.execute(notebook, BOOK)
        texts.append(nbformat.writes(execute_notebooks.normalise(notebook)))
    assert texts[0] == texts[1]


def test_stored_notebook_is_normal(stored):
    notebook, _ = stored
    nbformat.validate(notebook)
    assert {key: notebook.metadata[key] for key in METADATA} == METADATA
    assert [cell.id for cell in notebook.cells] == [f"c-{i}" for i in range(5)]
    assert [cell.execution_count for cell in notebook.cells] == [1, 2, 3, 4, 5]
    assert notebook.cells[0].source == SETUP
    assert notebook.cells[1].metadata == {}
    assert notebook.cells[-1].metadata == {"tags": [*TAGS], "cellView": "form"}
    (printed,) = notebook.cells[1].outputs
    assert printed.text.startswith("1 quick\nTrue\n")
    assert notebook.cells[2].outputs[0].data.keys() >= {"image/png", "image/svg+xml"}


def test_only_shown_widgets_are_stored_and_numbered(stored):
    notebook, _ = stored
    state = notebook.metadata.widgets[WIDGET_STATE].state
    shown = [output.data[WIDGET_VIEW].model_id for output in notebook.cells[3].outputs]
    assert [int(model_id) for model_id in shown] == [1, 3]
    assert [state[model_id].state["size"] for model_id in shown] == [224, 227]
    assert sorted(map(int, state)) == [1, 2, 3, 4]  # each with its layout, and no hidden slider
    assert state[shown[0]].state.layout == f"IPY_MODEL_{2:032x}"


BAD_OUTPUTS = {
    "import sys; print('no', file=sys.stderr)": "cell 1 (c-0) writes to stderr: no",
    "import os; os.getcwd()": "cell 2 (c-1) shows a path of one machine: /",
    "object()": "cell 3 (c-2) shows a memory address",
    "import ipywidgets; ipywidgets.IntSlider()": "cell 4 (c-3) shows a plain ipywidget",
}


@pytest.mark.parametrize(
    ("sources", "seconds", "sentences"),
    [
        (BAD_OUTPUTS.keys(), 60, BAD_OUTPUTS.values()),
        (["1", "1 / 0"], 60, ["code cell 2: ", "ZeroDivisionError"]),
        (["1", "import os; os._exit(1)"], 60, ["code cell 2: Kernel died"]),
        (["import time; time.sleep(600)"], 1, ["code cell 1: A cell timed out"]),
    ],
    ids=["showing", "failing", "dying", "hanging"],
)
def test_a_bad_run_is_refused_and_not_stored(tmp_path, monkeypatch, sources, seconds, sentences):
    monkeypatch.setattr(execute_notebooks, "CELL_TIMEOUT", seconds)
    path = store(tmp_path / "03_bad.ipynb", *sources)
    before = path.read_bytes()
    with pytest.raises(RuntimeError) as refused:
        run(path)
    assert [sentence for sentence in sentences if sentence not in str(refused.value)] == []
    assert path.read_bytes() == before


def shown(kind: str, data: object) -> nbformat.NotebookNode:
    cell = v4.new_code_cell("1", id="c-0", outputs=[v4.new_output("display_data", {kind: data})])
    return v4.new_notebook(cells=[cell])


def test_large_images_and_notebooks_are_refused():
    for kind, limit in [("image/png", 80_000), ("image/svg+xml", 80_000), ("image/jpeg", 150_000)]:
        most, more = b"x" * limit, b"x" * (limit + 1)
        if kind != "image/svg+xml":  # which is text
            most, more = base64.b64encode(most), base64.b64encode(more)
        assert problems(shown(kind, most.decode())) == []
        (sentence,) = problems(shown(kind, more.decode()))
        assert sentence.startswith(f"cell 1 (c-0) has a {kind} of {limit + 1:,} bytes")
    (sentence,) = problems(shown("text/plain", "x" * 1_500_000))
    assert sentence.endswith("at most 1,500,000.")


def test_paths_of_one_machine_are_refused_and_other_texts_with_slashes_are_not():
    here = [str(Path.home() / "data"), str(Path.cwd()), sys.prefix, tempfile.gettempdir()]
    usual = ["/home/reader/book", "/Users/reader", r"C:\Users\reader", "/content/utils"]
    for path in here + usual:
        for kind, data in [("text/plain", f"read '{path}'"), ("text/html", f"<td>{path}</td>")]:
            (sentence,) = problems(shown(kind, data))
            assert sentence.startswith("cell 1 (c-0) shows a path of one machine: ")
    for text in ["~/data", "https://a.org/home/x", "and/tmp", "/tmpfs", "6/root2"]:
        assert problems(shown("text/plain", text)) == []


def test_errors_without_the_tag_are_refused():
    notebook = shown("text/plain", "1")
    notebook.cells[0].outputs = [v4.new_output("error", ename="ValueError", evalue="no")]
    assert problems(notebook) == ["cell 1 (c-0) stores an error: ValueError: no"]
