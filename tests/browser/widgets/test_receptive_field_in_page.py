"""What a unit sees, operated in its page and compared with utils.nets.shapes."""

from tests.support.widgets import python_side
from utils.widgets import ReceptiveField

TITLE = "What a unit sees"


def agrees(widget, **settings):
    """Table and sentence say what utils.nets computes for these settings."""
    python = python_side(ReceptiveField, **settings)
    expected = python.fields()
    assert widget.rows() == [
        [name, f"{side}×{side}", str(f.size), str(f.jump), str(f.start).replace("-", "−")]
        for name, (side, f) in expected.items()
    ]
    name, (side, field) = list(expected.items())[python.layer]
    assert widget.group.locator("tr[aria-current]").inner_text().startswith(name)
    said = widget.state
    assert f"A unit of {name} sees {field.size}×{field.size} px" in said
    assert f"stands {field.jump} px further" in said
    (top, bottom), (left, right) = (
        field.of_unit(min(i, side - 1)) for i in (python.row, python.column)
    )
    if field.size > 1:
        pixels = f"pixels {top} to {bottom - 1} down, {left} to {right - 1} across"
        assert pixels.replace("-", "−") in said
    beyond = [max(0, -first) + max(0, end - 224) for first, end in ((top, bottom), (left, right))]
    sentence = f"Outside the photograph lie {beyond[0]} px of it down and {beyond[1]} px across."
    assert (sentence in said) == (max(beyond) > 0)


def test_receptive_field_by_keyboard(widget):
    widget.follow(
        agrees,
        ("layer", "Home", 1, {"layer": 0}),
        *(("layer", "ArrowRight", 1, {"layer": layer}) for layer in range(1, 9)),
        ("layer", "ArrowRight", 1, {}),  # there is no further one
        ("conv1’s stride", "ArrowDown", 1, {"stride": 2}),
        ("pooling window", "ArrowDown", 1, {"pool": 2}),
        ("unit’s row", "Home", 1, {"row": 0}),
        ("unit’s column", "End", 1, {"column": 99}),
    )


def test_receptive_field_by_pointer(on_phone):
    on_phone.press("layer", "Home")
    on_phone.press("layer", "ArrowRight", 5)  # conv3
    python = python_side(ReceptiveField, layer=5)
    _, field = python.fields()["conv3"]
    middles = [field.start + i * field.jump + field.size / 2 for i in (2, 9)]
    shares = [(middle + python.margin) / (python.size + 2 * python.margin) for middle in middles]
    on_phone.click(0, *shares)
    agrees(on_phone, layer=5, column=2, row=9)


def test_receptive_field_plays_layer_by_layer_and_a_slider_moves_meanwhile(widget):
    widget.press("layer", "End")
    widget.push("Play")
    reached = "([t, name]) => t.querySelector('tr[aria-current] th').textContent === name"
    table = widget.group.locator("table").element_handle()
    for name in ("image", "conv1", "pool1"):
        widget.page.wait_for_function(reached, arg=[table, name])
    widget.push("Pause")
    assert widget.group.locator("tr[aria-current] th").inner_text() in ("pool1", "conv2")
    widget.push("Play")
    widget.press("layer", "End")
    widget.button("Play").wait_for()  # at the end, it stops
    widget.settle()
    agrees(widget, layer=8)
