"""One web server for all browser tests; the browser is in tests/conftest.py."""

import re

import pytest

from tools.pages import HTML, NO_BUILD, read_through, serve


@pytest.fixture(scope="session")
def sites():
    """The two ways a reader opens the book, as the address of its folder."""
    if not (HTML / "index.html").exists():
        pytest.fail(NO_BUILD)
    server = serve()
    yield {"http": f"http://127.0.0.1:{server.server_port}/", "file": HTML.as_uri() + "/"}
    server.shutdown()


@pytest.fixture(scope="session")
def open_in(browser, sites):
    """A function that opens a page of the book in a fresh context, which the caller closes.

    The page comes back with its `name`; with `requests`, the addresses that it asked for, and
    `elsewhere`, those on other hosts; and with `complaints`, what it logged as an error. `change`
    alters its HTML on the way, or, with `saved`, what its widgets have saved. `read` is whether its
    reader has been through it; `script` runs before its own; `place` is where in it the address
    leads; `more` are options of the context.
    """

    def open_in(
        how, name, width=1280, scheme="light", *,
        change=None, saved=False, read=True, script="", place="", **more,
    ):  # fmt: skip
        more = {"reduced_motion": "reduce", "color_scheme": scheme} | more
        context = browser.new_context(viewport={"width": width, "height": 900}, **more)
        page = context.new_page()
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

    return open_in


@pytest.fixture
def open_page(open_in):
    """Open a page that is closed after the test: `open_page("http", "index", width=390)`."""
    pages = []

    def open_page(*about, **more):
        pages.append(open_in(*about, **more))
        return pages[-1]

    yield open_page
    for page in pages:
        page.context.close()
