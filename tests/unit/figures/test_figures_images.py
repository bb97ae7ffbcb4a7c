import torch
from matplotlib import pyplot as plt

from utils.figures import PALETTE
from utils.figures.images import boxes_on_image, image_grid

PHOTO = torch.rand(3, 20, 30, generator=torch.Generator().manual_seed(0))


def test_image_grid_has_a_titled_panel_for_each_image():
    fig = image_grid({"photo": PHOTO, "map": torch.rand(5, 5), "more": torch.rand(2, 2)}, columns=2)
    assert [ax.get_title() for ax in fig.axes] == ["photo", "map", "more", ""]
    assert [len(ax.images) for ax in fig.axes] == [1, 1, 1, 0]
    assert not any(ax.axison for ax in fig.axes)
    plt.close(fig)


def test_image_grid_takes_maps_with_a_gradient():
    plt.close(image_grid({"map": torch.rand(3, 3, requires_grad=True)}, columns=1))


def test_boxes_lie_on_pixels_and_may_hang_over_the_edge():
    fig = boxes_on_image(PHOTO, {"inside": (4, 0, 15, 11), "over": (24, 14, 34, 24)})
    (ax,) = fig.axes
    colours = {tuple(p.get_edgecolor()[:3]) for p in ax.patches}
    assert len(ax.patches) == 4  # two rectangles with a white rim each
    assert (1.0, 1.0, 1.0) in colours
    assert ax.patches[-1].get_bbox().bounds == (24, 14, 10, 10)
    left, right = ax.get_xlim()
    bottom, top = ax.get_ylim()
    assert left < 0 < 34 < right
    assert top < 0 < 24 < bottom
    (legend,) = fig.legends
    assert [text.get_text() for text in legend.get_texts()] == ["inside", "over"]
    plt.close(fig)


def test_a_view_shows_a_part():
    fig = boxes_on_image(PHOTO, {"box": (0, 0, 5, 5)}, views=[None, (0, 0, 10, 10)])
    whole, part = fig.axes
    assert whole.get_xlim()[1] > 30
    assert 10 < part.get_xlim()[1] < 11
    plt.close(fig)


def test_there_are_colours_for_eight_boxes():
    assert len(set(PALETTE)) == 8
