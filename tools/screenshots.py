"""Take a picture of every built page, 1280 and 390 px wide, light and dark, into `shots/`."""

import itertools
import sys

from playwright.sync_api import sync_playwright

from tools.pages import (
    HTML,
    NO_BROWSER,
    NO_BUILD,
    PAGES,
    ROOT,
    find_chromium,
    launch,
    load_all_images,
    read_through,
)

SHOTS = ROOT / "shots"


def main() -> None:
    if not (HTML / "index.html").exists():
        sys.exit(NO_BUILD)
    SHOTS.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        executable = find_chromium(playwright) or sys.exit(NO_BROWSER)
        browser = launch(playwright, executable)
        for name, width, scheme in itertools.product(PAGES, (1280, 390), ("light", "dark")):
            page = browser.new_page(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            page.goto((HTML / f"{name}.html").as_uri())
            read_through(page)
            load_all_images(page)
            picture = SHOTS / f"{name}-{width}-{scheme}.png"
            page.screenshot(path=picture, full_page=True, animations="disabled")
            page.close()
        browser.close()
    print(f"{4 * len(PAGES)} pictures in {SHOTS}")


if __name__ == "__main__":
    main()
