"""What the screenshots and the browser tests share: the built pages and a Chromium to see them."""

import gzip
import os
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import yaml

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"], *(chapter["file"] for chapter in TOC["chapters"]), "search"]
NO_BUILD = "The built pages are missing: run `make book` first."
NO_BROWSER = (
    "No Chromium was found: install one with `playwright install chromium`, or set $CHROMIUM."
)

# No host but this one can be reached, and Chromium itself asks nobody anything.
FLAGS = [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


BINARY = {".woff2", ".png", ".jpeg", ".ico"}  # what a server does not compress


def press(widget, label: str, key: str, times: int = 1) -> None:
    """Use the control of a widget with this label by keyboard."""
    widget.get_by_label(label, exact=True).focus()
    for _ in range(times):
        widget.page.keyboard.press(key)


def transferred(file: Path) -> int:
    """Bytes of a file as a server sends it: text compressed, fonts and pictures as they are."""
    content = file.read_bytes()
    return len(content if file.suffix in BINARY else gzip.compress(content))


def find_chromium(playwright) -> str | None:
    """Path of $CHROMIUM, else of the system's Chromium, else of Playwright's own; None without."""
    # The first is the same engine without windows: less work for every page that is opened.
    names = ["chromium-headless-shell", "chromium", "chromium-browser"]
    names += ["google-chrome", "google-chrome-stable"]
    own = playwright.chromium.executable_path
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, names), own]
    return next((path for path in found if path and Path(path).exists()), None)


def launch(playwright, executable: str, *more: str):
    """A headless browser with `more` flags; root, as in a container, cannot have its sandbox."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    flags = [*FLAGS, "--no-sandbox"] if root else FLAGS
    return playwright.chromium.launch(executable_path=executable, args=[*flags, *more])


# Fulfilled when all that was done until now is drawn.
DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def read_through(page) -> None:
    """Bring a page to the state in which its reader leaves it: laid out, all widgets begun."""
    page.keyboard.press("Shift")
    page.wait_for_selector("html.whole")
    for figure in page.locator("figure.widget").all():
        figure.scroll_into_view_if_needed()
        figure.locator(".bw, .widget-problem").first.wait_for(state="attached")
        page.evaluate(DRAWN)
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")


def load_all_images(page) -> None:
    """Fetch the pictures of a page now that would load when the reader scrolls to them."""
    page.eval_on_selector_all("img", "images => images.forEach(i => i.loading = 'eager')")
    page.wait_for_function("[...document.images].every(image => image.complete)")


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves without a line in the log for every request."""

    def log_message(self, *args):
        pass


class CompressingHandler(QuietHandler):
    """Sends text compressed, as the usual hosts of static pages do."""

    def do_GET(self):
        file = Path(self.translate_path(self.path))
        if not file.is_file() or file.suffix in BINARY:
            super().do_GET()
            return
        content = gzip.compress(file.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(file))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def serve(folder: Path = HTML, handler=QuietHandler) -> ThreadingHTTPServer:
    """Serve `folder` on a free port of this machine in a thread; `shutdown()` ends it."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder))
    Thread(target=server.serve_forever, daemon=True).start()
    return server
