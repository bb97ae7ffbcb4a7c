"""Take the README's two pictures from the built book: a widget, and the ledger of claims.

python -m tools.make_readme_pictures      # after `make book`; writes .github/*.png
"""

import io
import sys

from PIL import Image
from playwright.sync_api import sync_playwright

from tools.pages import (
    HTML,
    NO_BROWSER,
    NO_BUILD,
    ROOT,
    find_chromium,
    launch,
    press,
    read_through,
)

FOLDER = ROOT / ".github"
COLOURS = 128  # of a palette: enough for text and plain areas


def store(picture: bytes, name: str) -> None:
    """Write a screenshot with few colours."""
    path = FOLDER / name
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} KB")


def main() -> None:
    if not (HTML / "index.html").exists():
        sys.exit(NO_BUILD)
    with sync_playwright() as playwright:
        browser = launch(playwright, find_chromium(playwright) or sys.exit(NO_BROWSER))
        page = browser.new_page(viewport={"width": 1000, "height": 900}, color_scheme="light")
        page.goto((HTML / "03_layer_shapes.html").as_uri())
        read_through(page)
        widget = page.get_by_role("group", name="Convolution arithmetic").first
        widget.scroll_into_view_if_needed()
        for label, times in {"row": 26, "column": 20}.items():
            press(widget, label, "ArrowLeft", times)
        page.evaluate("document.activeElement.blur()")
        store(widget.screenshot(), "widget.png")
        page.goto((HTML / "claims.html").as_uri() + "#T1-25")  # a row of it
        page.set_viewport_size({"width": 1280, "height": 640})
        page.wait_for_load_state()
        store(page.screenshot(), "ledger.png")
        browser.close()


if __name__ == "__main__":
    main()
