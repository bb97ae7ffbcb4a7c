"""The step between two results, operated in its page and compared with Python."""

from tests.support.widgets import python_side
from utils.widgets import IlsvrcGap

TITLE = "The step between two results"


def agrees(widget, **settings):
    """What is said and what the table has are Python's."""
    expected = python_side(IlsvrcGap, **settings)
    assert widget.state == expected.words()
    _, *columns = zip(*widget.rows(".bw-gap"), strict=True)
    for (_, *facts), one in zip(columns, expected.pair(), strict=True):
        assert facts == [one.role, one.features, one.networks, one.data, one.source]
    assert widget.cells_fit()


def test_gap_by_keyboard(widget):
    widget.follow(
        agrees,
        ("second", "ArrowDown", 1, {"second": "2012, AlexNet, 5 networks"}),
        ("first", "Home", 1, {"first": "2010, best entry"}),
    )
    before = widget.drawn()
    widget.press("axis", "ArrowDown")
    assert widget.drawn() != before


def test_gap_by_pointer(on_phone):
    x, y = (34 + 14 + 5 / 7 * 290) / 360, (246 - 3.57 / 33 * 226) / 270  # ResNet, 2015
    on_phone.click(0, x, y)
    found = on_phone.control("second").evaluate("menu => menu.value")
    assert found in ("2015, ResNet", "2015, second")  # hardly a pixel apart
    agrees(on_phone, second=found)
    on_phone.click(0, 0.99, 0.05)  # nothing is near
    agrees(on_phone, second=found)


def test_a_winner_is_drawn_above_a_runner_up_at_the_same_place(widget):
    x, y = (34 + 14 + 5 / 7 * 290) / 360, (246 - 3.57 / 33 * 226) / 270  # ResNet, 2015
    ((red, green, blue),) = widget.colours(0, [(x, y)])
    assert blue > green + 40 > red + 80, (red, green, blue)  # filled, in the blue of winners
