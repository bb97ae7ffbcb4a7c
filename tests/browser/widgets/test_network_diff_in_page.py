"""Two networks side by side, operated in the page and compared with the models themselves."""

import re
from functools import cache

import torch
from torchvision.models import alexnet

from utils import compare
from utils.models import AlexNet, D2LAlexNet
from utils.relatives import ProgramAlexNet, caffe_alexnet

TITLE = "Two networks side by side"
NETWORKS = {
    "paper": (AlexNet, (3, 224, 224)),
    "program of 2012": (ProgramAlexNet, (3, 224, 224)),
    "Caffe": (caffe_alexnet, (3, 227, 227)),
    "torchvision": (alexnet, (3, 224, 224)),
    "d2l, PyTorch": (D2LAlexNet, (1, 224, 224)),
}


@cache
def network(name):
    """A model without its weights, and what it costs."""
    make, shape = NETWORKS[name]
    with torch.device("meta"):
        model = make()
        return model, compare.cost(model, shape)


def agrees(widget, first, second, only=False):
    """Table and sentence say what utils.compare finds in the models themselves."""
    (left, left_cost), (right, right_cost) = network(first), network(second)
    read = "rows => rows.map(row => [...row.children].map(cell => cell.innerText.trim()))"
    heads, *shown = widget.group.locator("tr:visible").evaluate_all(read)
    assert heads == ["", first, second]
    signed = {label[2:]: tuple(texts) for label, *texts in shown if label.startswith("≠ ")}
    unsigned = {label: tuple(texts) for label, *texts in shown if not label.startswith("≠ ")}
    assert all(a == b for a, b in unsigned.values())
    assert all(a != b for a, b in signed.values())
    table = compare.difference(right, left)
    expected = {label: (a, b) for label, a, b in table.itertuples(name=None)}
    assert {k: v for k, v in signed.items() if re.search("conv|fc", k)} == expected
    stages = compare.stages(left).keys() | compare.stages(right).keys()
    assert bool(unsigned) != only
    assert only or {k for k in signed | unsigned if re.search("conv|fc", k)} == stages
    assert widget.state.startswith(f"{len(table) or 'None'} of {len(stages)} stages differ")
    for what in ("parameters", "MACs"):
        a, b = left_cost[what], right_cost[what]
        if a != b:
            assert signed[what] == (f"{a:,}", f"{b:,}")
        words = f"{abs(b - a):,} {what} {'more' if b > a else 'fewer'}" if a != b else "as many"
        assert words in widget.state
    assert widget.cells_fit()


def is_a_table(widget):
    """Screen readers find a table with heads, and hear which rows differ."""
    table = widget.group.get_by_role("table")
    names = "paper", "torchvision"
    assert [table.get_by_role("columnheader", name=name).count() for name in names] == [1, 1]
    assert table.get_by_role("rowheader", name="differs conv1", exact=True).count() == 1
    assert table.get_by_role("rowheader", name="fc6", exact=True).count() == 1
    assert table.get_by_role("row").nth(1).get_by_role("cell").count() == 2
    assert table.locator(":is(tr, th, td):not([role])").count() == 0


def test_diff_by_keyboard(widget):
    agrees(widget, "paper", "torchvision")
    is_a_table(widget)
    widget.press("on the right", "c")  # a menu jumps to the entry that begins so
    agrees(widget, "paper", "Caffe")
    widget.press("rows", "ArrowDown")
    agrees(widget, "paper", "Caffe", only=True)
    widget.press("on the left", "ArrowDown")
    agrees(widget, "program of 2012", "Caffe", only=True)


def test_diff_by_pointer(on_phone):
    is_a_table(on_phone)
    for first, second in (("d2l, PyTorch", "program of 2012"), ("paper", "paper")):
        on_phone.choose("on the left", first)
        on_phone.choose("on the right", second)
        agrees(on_phone, first, second)
    on_phone.choose("rows", "only what differs")
    agrees(on_phone, "paper", "paper", only=True)


def test_diff_marks_what_only_one_of_the_two_has(widget):
    widget.press("on the left", "d")
    widget.press("on the right", "p", 2)  # the second that begins so: program of 2012
    agrees(widget, "d2l, PyTorch", "program of 2012")
    row = widget.group.get_by_role("row", name="differs after conv1")
    marked = [cell.locator("mark").all_inner_texts() for cell in row.get_by_role("cell").all()]
    assert marked == [["ReLU"], ["LRN k=2, per column", "ReLU"]]
