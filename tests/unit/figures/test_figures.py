"""Figures carry their alt text into the notebook, and every kind draws what it is given."""

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib import pyplot as plt

from utils.figures import runs, show


@pytest.mark.parametrize(("photo", "mime"), [(False, "image/png"), (True, "image/jpeg")])
def test_show_stores_one_picture_with_its_description(photo, mime):
    InteractiveShell.instance()  # without one, `display` prints instead of publishing
    open_before = plt.get_fignums()
    fig, ax = plt.subplots()
    ax.plot([1, 2])
    with capture_output() as captured:
        show(fig, alt="A line that rises from 1 to 2.", photo=photo)
    (output,) = captured.outputs
    assert list(output.data) == [mime]
    assert output.metadata == {mime: {"alt": "A line that rises from 1 to 2."}}
    assert plt.get_fignums() == open_before, "close it, or Jupyter shows it a second time"


def test_a_figure_without_alt_text_is_refused():
    with pytest.raises(ValueError, match="A figure needs alt text"):
        show(plt.figure(), alt="  ")
    plt.close("all")


def test_curves_draw_every_seed_the_mean_and_the_live_run():
    fig = runs.curves(
        {"loss": [[3, 2, 1], [3, 1, 1]]}, [1, 2, 3], "epoch", "loss", live={"loss": [3, 2, 2]}
    )
    lines = fig.axes[0].lines
    assert len(lines) == 4
    assert list(lines[2].get_ydata()) == [3, 1.5, 1]
    assert list(lines[3].get_ydata()) == [3, 2, 2]
    assert list(fig.axes[0].get_xticks()) == [1, 2, 3]


def test_curves_leave_uneven_steps_to_matplotlib():
    steps = [0, 100, 4690]
    assert list(runs.curves({"a": [[1, 2, 3]]}, steps, "step", "b").axes[0].get_xticks()) != steps


def test_dots_show_every_seed_and_say_how_many():
    fig = runs.dots({"a": [0.8, 0.9], "b": [0.7, 0.7]}, "test accuracy", reference="a")
    ax = fig.axes[0]
    assert ax.get_xlabel() == "test accuracy; 2 seeds, bar = mean"
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b"]


def test_the_confusion_matrix_prints_the_counts():
    fig = runs.confusion(np.array([[8, 2], [0, 10]]), ["shirt", "coat"])
    assert [text.get_text() for text in fig.axes[0].texts] == ["8", "2", "10"]
    assert fig.axes[0].get_ylabel() == "true"


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")
