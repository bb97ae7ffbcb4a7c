"""The built pages in Chromium, with every other host blocked."""

import re
from urllib.parse import urlsplit

import pytest

from tests.support import axe
from tools.pages import HTML, PAGES, load_all_images, read_through, transferred

MAX_BYTES = 350_000
MAX_BYTES_WITH_WIDGETS = 450_000
PANELS = "images => images.map(i => getComputedStyle(i).backgroundColor)"
TOO_WIDE = """() => [...document.querySelectorAll(".bd-article *")].filter(element => {
  for (let box = element.parentElement; box; box = box.parentElement) {
    if (["auto", "scroll", "hidden"].includes(getComputedStyle(box).overflowX)
        && box !== document.body && box !== document.documentElement) return false;
  }
  return element.getBoundingClientRect().right > innerWidth + 1;
}).map(element => element.outerHTML.slice(0, 100))"""


def elsewhere(page, site: str) -> list[str]:
    """The requests of a page to other hosts."""
    return [url for url in page.requests if not url.startswith((site, "data:", "blob:"))]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("how", ["http", "file"])
def test_page_needs_no_other_host_and_logs_no_error(open_page, sites, how, name):
    page = open_page(how, name)
    load_all_images(page)
    page.wait_for_load_state("networkidle")
    assert elsewhere(page, sites[how]) == []
    assert page.complaints == []
    assert page.eval_on_selector_all("img", "all => all.filter(i => !i.naturalWidth)") == []


def weigh(page, site: str) -> dict[str, int]:
    """Bytes sent for each file but pictures and the network of chapter 11, which has its test."""
    fetched = [url for url in page.requests if url.startswith(site)]  # not data:, blob:
    files = {HTML / urlsplit(url).path.lstrip("/") for url in fetched}
    weighed = [file for file in files if file.parent.name != "_images"]
    return {file.name: transferred(file) for file in weighed if "safetensors" not in file.name}


@pytest.mark.parametrize("name", PAGES)
def test_page_is_light(open_page, sites, name):
    page = open_page("http", name, read=False)
    sizes = weigh(page, sites["http"])
    assert sum(sizes.values()) <= MAX_BYTES, sizes
    read_through(page)
    sizes = weigh(page, sites["http"])
    limit = MAX_BYTES_WITH_WIDGETS if page.locator("figure.widget").count() else MAX_BYTES
    assert sum(sizes.values()) <= limit, sizes


BEGINNINGS = {
    "the mouse": lambda page: page.mouse.move(50, 50),
    "the wheel": lambda page: page.mouse.wheel(0, 5000),
    "a key": lambda page: page.keyboard.press("PageDown"),
    "a link": lambda page: page.get_by_role("link", name="Exercises", exact=True).click(),
}


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_a_page_is_laid_out_when_its_reader_begins(open_page, begin):
    page = open_page("http", "05_lrn", read=False)
    title = page.locator("#exercises > h2")
    far = "element => !element.checkVisibility({ contentVisibilityAuto: true })"
    assert title.evaluate(far)
    BEGINNINGS[begin](page)
    page.wait_for_selector("html.whole")
    assert not title.evaluate(far)


def test_a_page_that_is_loaded_again_stays_where_it_was(open_page):
    page = open_page("http", "08_training")
    title = page.locator("#exercises > h2")
    title.scroll_into_view_if_needed()
    before = title.bounding_box()["y"]
    page.reload()
    page.wait_for_load_state("networkidle")
    assert abs(title.bounding_box()["y"] - before) < 50


@pytest.mark.parametrize("width", [1280, 390])
def test_an_address_leads_to_its_place(open_page, sites, width):
    page = open_page("http", "05_lrn", width, read=False)
    page.goto("about:blank")
    page.goto(f"{sites['http']}05_lrn.html#exercises")
    page.wait_for_selector("html.whole")
    assert 0 <= page.locator("#exercises > h2").bounding_box()["y"] < 200


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [1280, 390])
def test_page_is_accessible_and_fits(open_page, name, width):
    page = open_page("http", name, width, "dark")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector(f"html[data-theme={scheme}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(TOO_WIDE) == []
        # Figures are drawn on white and keep a light panel in the dark.
        panels = page.eval_on_selector_all(".bd-article img", PANELS)
        assert scheme == "light" or set(panels) <= {"rgb(255, 255, 255)"}
        # Collapsed cells are part of the page, in the second colour mode as well.
        page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
        # Colours do not depend on the width: at 390 px axe looks at those of the first page only,
        # for the small screen's bars. Everything else does not depend on the colour mode.
        coloured = width == 1280 or name == "index"
        assert axe.complaints(page, colours=coloured, others=scheme == "light") == ""


@pytest.mark.parametrize(
    ("selector", "style"),
    [
        (".bd-article p", "color: #aaa"),
        (".bd-article code", "font-weight: bold; color: #999"),
        (".bd-article .highlight span", "opacity: 0.4"),
        (".bd-article section", "background: #888"),
    ],
)
def test_one_place_without_contrast_is_found(open_page, selector, style):
    place = open_page("http", "contributing").locator(selector).locator("visible=true").last
    place.evaluate("(element, style) => element.style.cssText += style", style)
    assert "color-contrast" in axe.complaints(place.page, others=False)


def test_a_chapter_prints_in_the_full_width_of_the_paper(open_page):
    width = 718  # A4 at 96 px an inch, less margins of a centimetre
    page = open_page("http", "05_lrn", width)
    page.emulate_media(media="print")
    for pressed in (".bd-sidebar-primary", ".bd-header-article", ".prev-next-footer"):
        assert page.locator(pressed).is_hidden()
    assert page.locator(".bd-article").bounding_box()["width"] > 0.9 * width
    assert page.evaluate(TOO_WIDE) == []
    scrolling = """all => all.filter(e => e.scrollWidth > e.clientWidth + 1
        && ["auto", "scroll"].includes(getComputedStyle(e).overflowX))
        .map(e => e.outerHTML.slice(0, 80))"""
    assert page.eval_on_selector_all(".bd-article *", scrolling) == []


def test_names_of_rows_do_not_break(open_page):
    page = open_page("http", "06_dropout", 390)
    heights = "names => names.map(name => name.offsetHeight)"
    assert max(page.locator("table.dataframe tbody th:not(.sentence)").evaluate_all(heights)) < 50


def test_the_button_of_the_sidebar_shows_its_focus(open_page):
    page = open_page("http", "index", 390)
    button = page.locator("button.primary-toggle")
    page.keyboard.press("Tab")  # the link past the menus
    page.keyboard.press("Tab")
    assert button.evaluate("button => button === document.activeElement")
    assert button.evaluate("button => getComputedStyle(button).outlineWidth") == "3px"


def test_the_colour_mode_can_be_chosen(open_page):
    page = open_page("http", "index", scheme="light")
    seen = set()
    for _ in range(3):
        page.click("button.theme-switch-button:visible")
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}


def test_a_collapsed_cell_opens_with_the_keyboard(open_page):
    page = open_page("http", "03_layer_shapes")
    cell = page.locator("details.hide").first
    assert not cell.evaluate("d => d.open")
    cell.locator("summary").press("Enter")
    assert cell.evaluate("d => d.open")
    assert cell.locator("pre").is_visible()


@pytest.mark.parametrize("how", ["http", "file"])
def test_search_finds_a_word_without_a_network(open_page, how):
    page = open_page(how, "index")
    assert not any("searchindex" in url for url in page.requests)
    page.keyboard.press("Control+k")
    page.locator("dialog[open] input[type=search]").fill("krizhevsky")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"search\.html\?q=krizhevsky"))
    # Results come one after another: waits for this one, and fails if it does not come.
    page.locator("#search-results li a[href*='references.html']").first.wait_for()
    assert page.complaints == []


@pytest.mark.parametrize(("words", "offered"), [("alexnet", 1), ("zzzz", 0)])
def test_matches_can_be_hidden_where_there_are_some(open_page, words, offered):
    page = open_page("http", "index")
    page.evaluate("words => localStorage.setItem('sphinx_highlight_terms', words)", words)
    page.reload()
    page.wait_for_timeout(300)
    assert page.locator(".highlight-link").count() == offered
