"""Two networks side by side, operated in the page and compared with the models themselves."""

import torch
from torchvision.models import alexnet

from tests.support.widgets import python_side
from utils.analysis import architecture_diff
from utils.nets import AlexNet, D2LAlexNet, ProgramAlexNet, caffe_alexnet
from utils.widgets import NetworkDiff

TITLE = "Two networks side by side"


def models():
    """The networks of chapter 9 and what they cost, without their weights."""
    large, networks = (3, 224, 224), {}
    with torch.device("meta"):
        for name, make, shape in (
            ("paper", AlexNet, large),
            ("program of 2012", ProgramAlexNet, large),
            ("Caffe", caffe_alexnet, (3, 227, 227)),
            ("torchvision", alexnet, large),
            ("d2l, PyTorch", D2LAlexNet, (1, 224, 224)),
        ):
            model = make()
            networks[name] = {
                "stages": architecture_diff.stages(model),
                "facts": architecture_diff.cost(model, shape),
            }
    return NetworkDiff(networks)


def agrees(widget, first, second, only=False):
    """Table and sentence say what utils.analysis finds in the models themselves."""
    python = python_side(models, first=first, second=second)
    read = "rows => rows.map(row => [...row.children].map(cell => cell.innerText.trim()))"
    heads, *shown = widget.group.locator("tr:visible").evaluate_all(read)
    assert heads == ["", first, second]
    assert all(label.startswith("≠ ") == (a != b) for label, a, b in shown)
    shown = [(label.removeprefix("≠ "), a, b) for label, a, b in shown]
    expected = [row for row in python.rows() if not only or row[1] != row[2]]
    assert [row for row in shown if row[0] in python.facts + python.stages] == expected
    stages = [row for row in python.rows() if row[0] in python.stages]
    differ = sum(a != b for _, a, b in stages)
    assert widget.state.startswith(f"{differ or 'None'} of {len(stages)} stages differ")
    for what in ("parameters", "MACs"):
        row = python.facts.index(what)
        a, b = (python.values[python.names.index(name)][row] for name in (first, second))
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


def test_diff_by_pointer_marks_what_only_one_of_the_two_has(on_phone):
    is_a_table(on_phone)
    on_phone.choose("on the left", "d2l, PyTorch")
    on_phone.choose("on the right", "program of 2012")
    agrees(on_phone, "d2l, PyTorch", "program of 2012")
    row = on_phone.group.get_by_role("row", name="differs after conv1")
    marked = [cell.locator("mark").all_inner_texts() for cell in row.get_by_role("cell").all()]
    assert marked == [["ReLU"], ["LRN k=2, per column", "ReLU"]]
    for label in ("on the left", "on the right"):
        on_phone.choose(label, "paper")
    agrees(on_phone, "paper", "paper")
    on_phone.choose("rows", "only what differs")
    agrees(on_phone, "paper", "paper", only=True)
