"""What a reader does with the built pages: begin, print, search, follow an address."""

import re

import pytest

from tests.browser.test_pages_audited import TOO_WIDE

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
    page.wait_for_load_state("networkidle")  # nothing that comes late moves it
    assert abs(title.bounding_box()["y"] - before) < 50


@pytest.mark.parametrize("width", [1280, 390])
def test_an_address_leads_to_its_place(open_page, width):
    page = open_page("http", "05_lrn", width, read=False, place="#exercises")
    page.wait_for_selector("html.whole")
    assert 0 <= page.locator("#exercises > h2").bounding_box()["y"] < 200


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


def test_a_picture_is_printed_whole_on_one_page(open_page):
    page = open_page("http", "11_alexnet_live", 718)
    page.emulate_media(media="print")
    heights = "all => all.map(image => image.getBoundingClientRect().height)"
    assert max(page.locator(".bd-article img").evaluate_all(heights)) < 950  # A4 has 1047 px


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


def test_a_collapsed_cell_opens_with_the_keyboard(open_page):
    page = open_page("http", "03_layer_shapes", read=False)
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


def test_matches_can_be_hidden_where_there_are_some(open_page):
    page = open_page("http", "index")
    for words, offered in (("alexnet", 1), ("zzzz", 0)):
        page.evaluate("words => localStorage.setItem('sphinx_highlight_terms', words)", words)
        page.reload()
        page.wait_for_timeout(300)
        assert page.locator(".highlight-link").count() == offered
