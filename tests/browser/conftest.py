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


@pytest.fixture
def open_page(browser, sites):
    """Open a page in a fresh context: `open_page("http", "index", width=390, scheme="dark")`.

    The page comes back with `requests`, the addresses it asked for, and `complaints`, what it
    logged as an error. `change` alters its HTML on the way, or, with `saved`, what its widgets have
    saved. `read` is whether its reader has been through it.
    """
    contexts = []

    def open_page(how, name, width=1280, scheme="light", change=None, saved=False, read=True):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.requests, page.complaints = [], []
        page.on("request", lambda request: page.requests.append(request.url))
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
        page.goto(f"{sites[how]}{name}.html")
        if read:
            read_through(page)
        else:
            page.wait_for_load_state("networkidle")
        return page

    yield open_page
    for context in contexts:
        context.close()
