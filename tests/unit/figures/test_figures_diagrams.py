import pytest
from matplotlib import pyplot as plt

from utils.figures.diagrams import compact, squares

NETS = {"small": {"a": 100, "b": 0}, "large": {"c": 10_000, "d": 2_500, "e": 400}}


def test_areas_are_values_and_rows_share_one_scale():
    fig = squares(NETS, ("a", "d"))
    areas = [box.get_width() * box.get_height() for box in fig.axes[0].patches]
    assert [area / areas[0] for area in areas] == pytest.approx([1, 0, 100, 25, 4])
    plt.close(fig)


def test_names_and_values_are_written():
    fig = squares(NETS)
    texts = [text.get_text() for text in fig.axes[0].texts]
    assert texts == ["small", "a\n100", "b\n0", "large", "c\n10 k", "d\n2.5 k", "e\n400"]
    plt.close(fig)


def test_the_chosen_layer_has_another_colour():
    fig = squares(NETS, ("a",))
    colours = [box.get_facecolor() for box in fig.axes[0].patches]
    assert colours[0] != colours[1] == colours[2]
    plt.close(fig)


def test_too_many_layers_are_refused():
    with pytest.raises(ValueError, match="leave some out"):
        squares({"deep": {str(i): 1 for i in range(20)}})


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (84, "84"), (1_024, "1.02 k"), (37_752_832, "37.8 M")]
)
def test_compact_numbers(value, text):
    assert compact(value) == text
