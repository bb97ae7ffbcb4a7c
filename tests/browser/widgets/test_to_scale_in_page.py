"""Two networks to scale, operated in the page and compared with what Python counts."""

from functools import cache

import torch

from utils.analysis import layer_sizes as layers
from utils.nets import AlexNet, LeNet
from utils.widgets.to_scale import QUANTITIES

TITLE = "Two networks to scale"


@cache
def network(make, shape):
    """The layers of a network by their names."""
    with torch.device("meta"):
        return {row.name: row for row in layers(make(), shape)}


def agrees(widget, upper, lower, quantity):
    """What is said and shown of two layers is what Python counts."""
    above, below = network(LeNet, (1, 28, 28))[upper], network(AlexNet, (3, 224, 224))[lower]
    one, other = (f"{getattr(layer, quantity):,}" for layer in (above, below))
    has = f"LeNet: {upper} has {one} {QUANTITIES[quantity]}, AlexNet: {lower} has {other}"
    assert widget.state.startswith(has)
    _, *columns = zip(*widget.rows(), strict=True)
    for (kernels, output, *amounts), row in zip(columns, (above, below), strict=True):
        assert (kernels, output) == (row.kernels, row.output)
        assert [amount.split(" (")[0] for amount in amounts] == [f"{n:,}" for n in row[3:]]


def fits(widget):
    table = "table => table.scrollWidth <= table.parentElement.clientWidth - 20"
    return widget.cells_fit() and widget.group.get_by_role("table").evaluate(table)


def test_scale_by_keyboard(widget):
    agrees(widget, "conv1", "conv1", "values")
    widget.press("area shows", "p")
    widget.press("layer above", "ArrowRight")
    widget.press("layer below", "ArrowRight")
    agrees(widget, "conv2", "conv2", "parameters")
    assert "127 times as many" in widget.state
    widget.press("layer below", "End")
    agrees(widget, "conv2", "fc8", "parameters")
    widget.press("below", "t")
    assert "torchvision: fc8" in widget.state
    assert widget.rows()[0][0] == "kernels; in to out"
    widget.press("layer above", "End")
    assert widget.rows()[0][0] == "in to out"  # a Linear has no kernels
    assert fits(widget)
    widget.press("above", "t")
    widget.press("layer above", "End")
    assert widget.state.endswith(": as many.")


def test_scale_by_pointer(on_phone):
    on_phone.choose("area shows", "MACs")
    on_phone.click(0, 0.98, 0.7)
    on_phone.click(0, 0.02, 0.1)
    agrees(on_phone, "input", "fc8", "MACs")
    assert fits(on_phone)
    on_phone.choose("below", "torchvision")
    on_phone.click("layer above", 0.99)
    assert fits(on_phone)
