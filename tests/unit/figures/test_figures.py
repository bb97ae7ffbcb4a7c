"""Figures carry their alt text into the notebook, and every kind draws what it is given."""

import numpy as np
import pandas as pd
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba
from torch.nn import functional as F

from utils.analysis import compare
from utils.figures import (
    GREY,
    ORANGE,
    PALETTE,
    boxes_on_image,
    compact,
    differences,
    histograms,
    image_grid,
    images_inside,
    intervals,
    lines,
    panels,
    runs,
    shares,
    show,
    spans,
    squares,
    timeline,
    windows_to_rows,
)

PHOTO = torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(0))


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def texts(artists) -> list[str]:
    return [text.get_text() for text in artists]


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
    chart = {} if photo else {"chart": True}  # a page in the dark may show it dark
    assert output.metadata == {mime: {"alt": "A line that rises from 1 to 2."} | chart}
    assert plt.get_fignums() == open_before, "close it, or Jupyter shows it a second time"
    with pytest.raises(ValueError, match="A figure needs alt text"):
        show(plt.figure(), alt="  ")


def test_curves_draw_every_seed_the_mean_and_the_live_run():
    seeds, live = {"loss": [[3, 2, 1], [3, 1, 1]]}, {"loss": [3, 2, 2]}
    (ax,) = runs.curves(seeds, [1, 2, 3], "epoch", "loss", live=live).axes
    assert len(ax.lines) == 4
    assert list(ax.lines[2].get_ydata()) == [3, 1.5, 1]
    assert list(ax.lines[3].get_ydata()) == [3, 2, 2]
    assert list(ax.get_xticks()) == [1, 2, 3]
    steps = [0, 100, 4690]  # which could be too close to be read
    (ax,) = runs.curves({"a": [[1, 2, 3]]}, steps, "step", "b").axes
    assert list(ax.get_xticks()) != steps


def test_dots_show_every_seed_and_say_how_many():
    (ax,) = runs.dots({"a": [0.8, 0.9], "b": [0.7, 0.7]}, "test accuracy").axes
    assert ax.get_xlabel() == "test accuracy; 2 seeds, bar = mean"
    assert texts(ax.get_yticklabels()) == ["a", "b"]


def test_differences_show_each_seed_the_interval_and_the_word():
    arms = {"none": [0.80, 0.81, 0.82], "a": [0.83, 0.84, 0.86], "b": [0.802, 0.81, 0.82]}
    found = compare(arms | {"c": [0.1, 0.1, 0.1]}, "none")
    (ax,) = differences(found, limits=(-2, 5)).axes
    _, seeds, bar, mean, *_, arrow = ax.lines
    assert list(seeds.get_xdata()) == pytest.approx([3, 3, 4])
    assert list(bar.get_xdata()) == pytest.approx([100 * v for v in found.differences["a"][1:]])
    assert list(mean.get_xdata()) == pytest.approx([10 / 3])
    assert (list(arrow.get_xdata()), arrow.get_marker()) == ([-2], "<")
    assert texts(ax.texts) == ["+3.3", "ahead", "+0.1", "within half a point", "−71.0", "behind"]
    assert texts(ax.get_yticklabels()) == ["a", "b", "c"]
    assert ax.get_xlabel() == "points of accuracy against none, 3 seeds"
    band = ax.patches[0]
    assert (band.get_x(), band.get_width()) == (-0.5, 1)
    colours = [ax.lines[i].get_color() for i in (3, 6)]
    faces = [ax.lines[i].get_markerfacecolor() for i in (3, 6)]
    assert len({*colours}) == 2
    assert (faces[0], faces[1]) == (colours[0], "white")  # readable without colour


def test_the_confusion_matrix_prints_the_counts():
    (ax,) = runs.confusion(np.array([[8, 2], [0, 10]]), ["shirt", "coat"]).axes
    assert texts(ax.texts) == ["8", "2", "10"]
    assert ax.get_ylabel() == "true"


def test_shares_fill_each_bar_to_100_per_cent_and_number_what_is_wide_enough():
    table = pd.DataFrame({"parameters": [1, 9], "MACs": [30, 10]}, index=["conv", "fc"])
    (ax,) = shares(table).axes
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([10, 75, 90, 25])
    assert texts(ax.texts) == ["10", "75", "90", "25"]
    assert texts(ax.get_yticklabels()) == ["parameters", "MACs"]
    (ax,) = shares(pd.DataFrame({"MACs": [1, 99]}, index=["small", "large"])).axes
    assert texts(ax.texts) == ["99"]


def test_lines_and_levels():
    fig = lines([0, 1, 2], {"rises": [0, 5, 10]}, {"level": 7}, "batch size", "MB")
    (ax,) = fig.axes
    assert [list(line.get_ydata()) for line in ax.lines] == [[0, 5, 10], [7, 7]]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_ylim()[0]) == ("batch size", "MB", 0)
    assert texts(fig.legends[0].get_texts()) == ["rises", "level"]


def test_panels_share_a_scale_and_name_each_line_once():
    parts = {
        "left": {"one": ([1, 2], [[1.0, 3.0], [3.0, 5.0]]), "two": ([1, 2], [[7.0, 7.0]])},
        "right": {"one": ([1, 2, 3], [[1.0, 10.0, 100.0]])},
    }
    fig = panels(parts, {"one": (PALETTE[0], "-"), "two": (PALETTE[1], ":")}, "layer", "size", "y")
    left, right = fig.axes
    assert [list(line.get_ydata()) for line in left.lines] == [[1, 3], [3, 5], [2, 4], [7, 7]]
    assert (left.lines[3].get_linestyle(), left.lines[3].get_color()) == (":", PALETTE[1])
    assert (left.get_title(), right.get_title(), right.get_yscale()) == ("left", "right", "log")
    assert left.get_ylim() == right.get_ylim()
    assert (left.get_ylabel(), right.get_ylabel(), right.get_xlabel()) == ("size", "", "layer")
    assert texts(fig.legends[0].get_texts()) == ["one", "two"]


def test_histograms_stand_in_columns_and_no_bar_hides_the_others():
    clipped = [0.0] * 90 + [0.2] * 4 + [0.5] * 2 + [1.0]
    rows = {"layer 1": (clipped, [0.5] * 3), "layer 2": (clipped, clipped)}
    first, second = histograms({"a": rows}, {"a": "k"}).axes
    every, one = (patch.get_data().values for patch in first.patches)
    assert sorted(every)[-4:] == pytest.approx([0.25, 0.5, 1, 1])
    assert sorted(one)[-2:] == [0, 1]
    assert (first.get_title(), second.get_title(), second.get_ylabel()) == ("a", "", "layer 2")
    assert first.get_xlim() == second.get_xlim()


def test_intervals_have_the_colour_of_their_side_of_1():
    rows = {"less": (0.5, 0.4, 0.6), "open": (1.1, 0.9, 1.3), "more": (3, 2, 4)}
    (ax,) = intervals(rows, "ratio", PALETTE[0], PALETTE[1]).axes
    _, *drawn = ax.lines
    assert [list(bar.get_xdata()) for bar in drawn[::2]] == [[0.4, 0.6], [0.9, 1.3], [2, 4]]
    assert [mark.get_color() for mark in drawn[1::2]] == [PALETTE[0], GREY, PALETTE[1]]
    assert drawn[3].get_markerfacecolor() == "white"  # readable without colour
    assert texts(ax.get_yticklabels()) == ["less", "open", "more"]


def test_spans_are_a_stair():
    (ax,) = spans([(-1, 3), (1, 3)], (0, 3), "pixel", "position").axes
    shade, *bars = ax.patches
    assert [(bar.get_x(), bar.get_width()) for bar in bars] == [(-1, 3), (1, 3)]
    assert (shade.get_x(), shade.get_width()) == (0, 3)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first at the top


def test_squares_have_values_as_areas_in_one_scale_with_names_and_the_chosen_ones_marked():
    nets = {"small": {"a": 100, "b": 0}, "large": {"c": 10_000, "d": 2_500, "e": 400}}
    (ax,) = squares(nets, ("a", "d")).axes
    areas = [box.get_width() * box.get_height() for box in ax.patches]
    assert [area / areas[0] for area in areas] == pytest.approx([1, 0, 100, 25, 4])
    assert texts(ax.texts) == ["small", "a\n100", "b\n0", "large", "c\n10 k", "d\n2.5 k", "e\n400"]
    first, *others, d, last = [box.get_facecolor() for box in ax.patches]
    assert first == d
    assert {*others, last} == {last} != {d}
    (ax,) = squares(nets, ("a",)).axes
    assert [box.get_facecolor() for box in ax.patches] == [first, *[last] * 4]
    assert [compact(value) for value in (84, 1_024, 37_752_832)] == ["84", "1.02 k", "37.8 M"]
    with pytest.raises(ValueError, match="leave some out"):
        squares({"deep": {str(i): 1 for i in range(20)}})


def test_images_inside_marks_a_row_of_one_map_and_a_position_of_all():
    fig = images_inside(side=3, shown=5)
    for ax, marked in zip(fig.axes, (3, 5), strict=True):
        assert len(ax.patches) == 5 * 9
        colours = [patch.get_facecolor() for patch in ax.patches]
        assert colours.count(to_rgba(ORANGE)) == marked


def test_windows_become_rows_and_their_product_with_the_kernel_is_the_map():
    image, kernel = torch.arange(25).view(5, 5), torch.arange(9).view(3, 3)
    fig = windows_to_rows(image, kernel, stride=2)
    panels = sorted(fig.axes, key=lambda ax: ax.get_title())  # they are numbered
    shown = [[float(number) for number in texts(ax.texts)] for ax in panels]
    expected = F.conv2d(image[None, None].float(), kernel[None, None].float(), stride=2)
    windows = F.unfold(image[None, None].float(), kernel_size=3, stride=2)[0].T
    assert shown[0] == image.flatten().tolist()
    assert shown[1] == windows.flatten().tolist()
    assert shown[2] == kernel.flatten().tolist()
    assert shown[3] == expected.flatten().tolist()
    frames = [patch for patch in panels[0].patches if not patch.get_fill()]
    assert len(frames) == 4


def test_an_image_grid_has_a_titled_panel_for_each_image():
    maps = {"map": torch.rand(5, 5, requires_grad=True), "more": torch.rand(2, 2)}
    axes = image_grid({"photo": PHOTO} | maps, columns=2).axes
    assert [ax.get_title() for ax in axes] == ["photo", "map", "more", ""]
    assert [len(ax.images) for ax in axes] == [1, 1, 1, 0]
    assert not any(ax.axison for ax in axes)


def test_boxes_lie_on_pixels_and_may_hang_over_the_edge_and_a_view_shows_a_part():
    boxes = {"inside": (4, 0, 15, 11), "over": (24, 14, 34, 24)}
    fig = boxes_on_image(PHOTO, boxes, views=[None, (0, 0, 10, 10)])
    whole, part = fig.axes
    assert len(whole.patches) == 4  # two rectangles with a white rim each
    assert len(set(PALETTE)) == 8
    assert (1.0, 1.0, 1.0) in {tuple(patch.get_edgecolor()[:3]) for patch in whole.patches}
    assert whole.patches[-1].get_bbox().bounds == (24, 14, 10, 10)
    left, right = whole.get_xlim()
    bottom, top = whole.get_ylim()
    assert left < 0 < 34 < right
    assert top < 0 < 24 < bottom
    assert 10 < part.get_xlim()[1] < 11
    assert texts(fig.legends[0].get_texts()) == ["inside", "over"]


def test_a_timeline_names_each_year_once_and_dots_a_long_gap():
    events = [
        (1969, "A", "units that let positive sums through and no others", "idea"),
        (2009, "B", "pictures", "pictures"),
        (2009, "C", "a fast network", "machine"),
    ]
    (ax,) = timeline(events).axes
    shown = texts(ax.texts)
    assert [word for word in shown if word.isdigit()] == ["1969", "2009"]
    assert {"A", "B", "C", "a fast network"} <= {*shown}
    assert " ".join(shown[2:4]) == events[0][2]  # wrapped
    joints = [line.get_linestyle() for line in ax.lines if line.get_linewidth() == 2]
    assert (joints[0], joints.count(":")) == (":", 1)
    assert ax.texts[1].get_color() != next(t for t in ax.texts if t.get_text() == "B").get_color()
