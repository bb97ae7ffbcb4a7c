"""A widget as a reader finds it: one visit of its chapter for a file, and Reset after each test."""

from functools import cache

import pytest

from tests.support.widget_page import WidgetPage

# All that is said, set and described, apart from what was said to a screen reader.
SHOWN = """widget => [
  ...[...widget.querySelectorAll(":scope > :not(.bw-voice)")].map(node => node.innerText),
  ...[...widget.querySelectorAll("select, [type=range]")].map(control => control.value),
  ...[...widget.querySelectorAll("canvas")].map(canvas => canvas.ariaLabel),
]"""


@pytest.fixture(scope="module")
def visit(browser, sites):
    pages = []

    @cache
    def visit(title, width):
        """The widget, and all that it shows at first. A narrow page is that of a phone."""
        size = {"width": width, "height": 900}
        page = browser.new_page(viewport=size, has_touch=width < 500, reduced_motion="reduce")
        pages.append(page)
        widget = WidgetPage(page, sites["http"], title)
        return widget, widget.group.evaluate(SHOWN)

    yield visit
    for page in pages:
        page.close()


@pytest.fixture
def open_widget(visit):
    """`open_widget("Shape game", 390)`: the widget in its chapter, as its page shows it at first.

    The tests of a file share a page. So after each, Reset (by keyboard, on a phone by pointer) must
    bring back all that was shown at first, and no error may be logged. If not, what follows gets a
    page of its own.
    """
    used = []

    def open_widget(title, width=1280):
        used.append((title, width))
        widget, _ = visit(title, width)
        widget.group.scroll_into_view_if_needed()
        return widget

    yield open_widget
    for title, width in used:
        widget, first = visit(title, width)
        reset = widget.button("Reset")
        reset.click() if width < 500 else reset.press("Enter")
        widget.settle()
        shown = widget.group.evaluate(SHOWN)
        if shown != first or widget.complaints:
            visit.cache_clear()
        assert shown == first, "Reset leaves something of what was done"
        assert widget.complaints == []


@pytest.fixture
def widget(open_widget, request):
    """The widget that a file is about."""
    return open_widget(request.module.TITLE)


@pytest.fixture
def on_phone(open_widget, request):
    """The widget that a file is about, 390 px wide."""
    return open_widget(request.module.TITLE, 390)
