"""Pages, and widgets in them, for all browser tests; the browser is in tests/conftest.py."""

import re
from functools import cache

import pytest

from tests.conftest import missing
from tests.support.firefox import NO_FIREFOX, find_firefox, running_firefox
from tests.support.widget_page import CHANGES_AT_REST, WidgetPage
from tools.pages import HTML, NO_BUILD, read_through, serve

# All that is said, set and described, apart from what was said to a screen reader.
SHOWN = """widget => [
  ...[...widget.querySelectorAll(":scope > :not(.bw-voice)")].map(node => node.innerText),
  ...[...widget.querySelectorAll("select, [type=range], [type=text]")].map(input => input.value),
  ...[...widget.querySelectorAll("canvas")].map(canvas => canvas.ariaLabel),
]"""


@pytest.fixture(scope="session")
def sites():
    """The two ways a reader opens the book, as the address of its folder."""
    if not (HTML / "index.html").exists():
        pytest.fail(NO_BUILD)
    server = serve()
    yield {"http": f"http://127.0.0.1:{server.server_port}/", "file": HTML.as_uri() + "/"}
    server.shutdown()


@pytest.fixture
def open_page(browser, sites):
    """A function that opens a page in a fresh context: `open_page("http", "index", width=390)`.

    The page comes back with its `name`; with `requests`, the addresses that it asked for, and
    `elsewhere`, those on other hosts; and with `complaints`, what it logged as an error. `change`
    alters its HTML on the way, or, with `saved`, what its widgets have saved. `read` is whether its
    reader has been through it; `script` runs before its own; `place` is where in it the address
    leads; `more` are options of the context.
    """
    contexts = []

    def open_page(
        how, name, width=1280, scheme="light", *,
        change=None, saved=False, read=True, script="", place="", **more,
    ):  # fmt: skip
        more = {"reduced_motion": "reduce", "color_scheme": scheme} | more
        contexts.append(browser.new_context(viewport={"width": width, "height": 900}, **more))
        page = contexts[-1].new_page()
        page.name, page.requests, page.elsewhere, page.complaints = name, [], [], []

        def note(request):
            page.requests.append(request.url)
            if not request.url.startswith((sites[how], "data:", "blob:")):
                page.elsewhere.append(request.url)

        page.on("request", note)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
        if change:
            file = HTML / (f"widget-files/{name}.js" if saved else f"{name}.html")
            body = change(file.read_text(encoding="utf-8"))
            kind = "text/javascript" if saved else "text/html"
            page.route(
                re.compile(rf"/{file.name}(\?|$)"),
                lambda route: route.fulfill(body=body, content_type=kind),
            )
        if script:
            page.add_init_script(script)
        page.goto(f"{sites[how]}{name}.html{place}")
        if read:
            read_through(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def firefox():
    """One Firefox for every test that asks for it."""
    executable = find_firefox()
    if executable is None:
        missing(NO_FIREFOX)
    with running_firefox(executable) as firefox:
        yield firefox


@pytest.fixture(params=["browser", "firefox"], ids=["chromium", "firefox"])
def engine_page(request):
    """A page in Chromium, then one in Firefox: `goto`, `evaluate` and `complaints` of both.

    What `evaluate` takes and returns is such as JSON has; many numbers travel as base64.
    """
    page = request.getfixturevalue(request.param).new_page()
    if request.param == "browser":
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda m: m.type == "error" and page.complaints.append(m.text))
    yield page
    page.close()


@pytest.fixture(scope="module")
def visit(browser, sites):
    """One visit of a widget's chapter for a file: the widget, and all that it shows at first.

    A narrow page is that of a phone. In the end the widget must rest: a page that nobody touches
    lets the processor sleep.
    """
    visited = []

    @cache
    def visit(title, width, how="http"):
        size = {"width": width, "height": 900}
        page = browser.new_page(viewport=size, has_touch=width < 500, reduced_motion="reduce")
        widget = WidgetPage(page, sites[how], title)
        visited.append(widget)
        return widget, widget.group.evaluate(SHOWN)

    yield visit
    changes = {}
    for widget in visited:
        changes[widget.page.url] = widget.group.evaluate(CHANGES_AT_REST)
        widget.page.close()
    assert not any(changes.values()), f"goes on drawing: {changes}"


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
