import pandas as pd
import pytest
from matplotlib import pyplot as plt

from utils.figures.charts import lines, shares, spans


def test_shares_fill_each_bar_to_100_per_cent():
    table = pd.DataFrame({"parameters": [1, 9], "MACs": [30, 10]}, index=["conv", "fc"])
    fig = shares(table)
    (ax,) = fig.axes
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == pytest.approx([10, 75, 90, 25])
    assert [text.get_text() for text in ax.texts] == ["10", "75", "90", "25"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["parameters", "MACs"]
    plt.close(fig)


def test_narrow_shares_have_no_number():
    fig = shares(pd.DataFrame({"MACs": [1, 99]}, index=["small", "large"]))
    assert [text.get_text() for text in fig.axes[0].texts] == ["99"]
    plt.close(fig)


def test_lines_and_levels():
    fig = lines([0, 1, 2], {"rises": [0, 5, 10]}, {"level": 7}, "batch size", "MB")
    (ax,) = fig.axes
    assert [list(line.get_ydata()) for line in ax.lines] == [[0, 5, 10], [7, 7]]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_ylim()[0]) == ("batch size", "MB", 0)
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ["rises", "level"]
    plt.close(fig)


def test_spans_are_a_stair():
    fig = spans([(-1, 3), (1, 3)], (0, 3), "pixel", "position")
    (ax,) = fig.axes
    shade, *bars = ax.patches
    assert [(bar.get_x(), bar.get_width()) for bar in bars] == [(-1, 3), (1, 3)]
    assert (shade.get_x(), shade.get_width()) == (0, 3)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first at the top
    plt.close(fig)
