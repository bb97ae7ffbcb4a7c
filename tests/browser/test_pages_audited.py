"""Every built page, visited over http at both widths, from the disk, and without JavaScript.

No other host can be reached. A visit takes several looks, and its one message says all they found.
"""

import re
from collections import Counter
from functools import cache
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Error

from tests.support import axe
from tests.support.questions import CHAPTERS, questions_of
from tests.support.widgets import WIDGETS
from tools.pages import DRAWN, HTML, PAGES, load_all_images, read_through, transferred
from utils import claims, quiz

MAX_BYTES = 350_000
MAX_BYTES_WITH_WIDGETS = 450_000
MAX_BYTES_WITH_NETWORK = 4_000_000  # of chapter 11

SHIFTS = """globalThis.shifts = []; new PerformanceObserver(list => shifts.push(...list.getEntries()
  .map(entry => [entry.value, ...entry.sources.map(s => s.node?.outerHTML?.slice(0, 80))])))
  .observe({ type: "layout-shift", buffered: true });"""
# All that a page asks for by itself has been asked for: it has its fonts, and nothing to do.
AT_REST = """async () => {
  await document.fonts.ready;
  for (const _ of [1, 2]) await new Promise(done => requestIdleCallback(done));
}"""
# What is wrong with a widget that has begun. Texts of menus and values of sliders may be wider than
# their room, of which a menu's arrow takes 20 px.
FAULTS = """figures => figures.flatMap(figure => {
  const widget = figure.querySelector(".bw"), name = widget?.getAttribute("aria-label");
  const problems = [...figure.querySelectorAll(".widget-problem")].map(p => p.innerText);
  if (!widget?.checkVisibility() || !name) return [...problems, `none: ${figure.dataset.model}`];
  const context = document.createElement("canvas").getContext("2d");
  const menus = [...widget.querySelectorAll("select")].filter(menu => menu.checkVisibility());
  const options = menus.flatMap(menu => {
    const style = getComputedStyle(menu), left = parseFloat(style.paddingLeft);
    context.font = `${style.fontSize} ${style.fontFamily}`;
    const room = menu.clientWidth - 2 * left - 20;
    return [...menu.options].map(o => o.text).filter(t => context.measureText(t).width > room);
  });
  const values = [...widget.querySelectorAll(".bw-control output")];
  const wide = values.filter(o => o.scrollWidth > o.clientWidth).map(o => o.innerText);
  const cut = [...options, ...wide].map(text => `${name} cuts “${text}”`);
  const room = parseFloat(getComputedStyle(figure.querySelector(".widget-stage")).minHeight);
  const needed = widget.offsetHeight, fits = needed <= room && room <= needed + 80;
  return [...problems, ...cut, ...fits ? [] : [`${name} needs ${needed} px: set \\`heights\\``]];
})"""
BROKEN = "images => images.filter(i => !i.naturalWidth).map(i => `no image ${i.src.slice(0, 80)}`)"
TOO_WIDE = """() => [...document.querySelectorAll(".bd-article *")].filter(element => {
  if (element.getBoundingClientRect().right <= innerWidth + 1) return false;
  for (let box = element.parentElement; box !== document.body; box = box.parentElement) {
    if (["auto", "scroll", "hidden"].includes(getComputedStyle(box).overflowX)) return false;
  }
  return true;
}).map(element => `too wide: ${element.outerHTML.slice(0, 100)}`)"""
# What a reader would have to push aside to see all of it, formulas aside.
SIDEWAYS = """() => [...document.querySelectorAll(".bd-article *")].filter(element =>
  element.scrollWidth > element.clientWidth + 1 && !element.closest(".katex-display, .bw, .widget")
  && ["auto", "scroll"].includes(getComputedStyle(element).overflowX)
).map(element => `scrolls sideways: ${element.innerText.slice(0, 80)}`)"""
# Figures are drawn on white and keep a light panel in the dark; questions have none.
PANELS = """() => [
  [".bd-article img", "rgb(255, 255, 255)"], [".text_html:has(> .bq)", "rgba(0, 0, 0, 0)"],
].flatMap(([selector, colour]) => [...document.querySelectorAll(selector)]
  .filter(node => getComputedStyle(node).backgroundColor !== colour)
  .map(node => `not on ${colour}: ${node.outerHTML.slice(0, 100)}`))"""


def visit(page, *looks):
    """Nothing is wrong with a page, however one looks at it; a look that fails hides no other."""
    wrong = []
    for look in looks:
        try:
            wrong += look(page) or []
        except (Error, AssertionError) as error:
            wrong.append(f"{look.__name__}: {error}")
    assert not wrong, "\n".join([f"{page.name}:", *wrong])


WIDGETS_IN = Counter(chapter for _, chapter in WIDGETS.values())
weight = cache(transferred)


def weigh(page, most: int, network: bool = False) -> list[str]:
    """Whether what was sent so far is too much; pictures do not count, nor a network without it."""
    fetched = [url for url in page.requests if url not in page.elsewhere]
    places = {urlsplit(url).path.lstrip("/") for url in fetched if url.startswith("http:")}
    files = [HTML / place for place in places if "_images" not in place]
    sizes = {f.name: weight(f) for f in files if network or "safetensors" not in f.name}
    return [f"{sum(sizes.values())} bytes: {sizes}"] if sum(sizes.values()) > most else []


def comes_light(page):
    """Before it is read, the network of chapter 11 included."""
    page.evaluate(AT_REST)
    return weigh(page, MAX_BYTES, network=True)


def is_whole_when_read(page):
    """Its widgets began, nothing moved meanwhile, it is still light, and has its other parts."""
    wrong = page.locator("figure.widget").evaluate_all(FAULTS)
    shifts = page.evaluate("globalThis.shifts ?? []")
    wrong += [f"moved: {shifts}"] if sum(value for value, *_ in shifts) >= 0.001 else []
    wrong += weigh(page, MAX_BYTES_WITH_WIDGETS if WIDGETS_IN[page.name] else MAX_BYTES)
    wrong += weigh(page, MAX_BYTES_WITH_NETWORK, network=True)
    load_all_images(page)
    wrong += page.eval_on_selector_all("img", BROKEN)
    expected = WIDGETS_IN[page.name], len(CHAPTERS.get(page.name, []))
    found = page.locator("figure.widget").count(), page.locator(".bq[id^=quiz-]").count()
    return wrong if found == expected else [*wrong, f"widgets, questions {found}, not {expected}"]


def has_light_panels(page):
    """In the dark: figures, and not questions."""
    return page.evaluate(PANELS)


# What axe has seen on other pages, in each colour mode.
LOOKS = {"light": set(), "dark": set()}


def scrolls_sideways(page):
    there, width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return [f"{there} px wide on {width} px"] * (there > width) + page.evaluate(TOO_WIDE)


def looks_well(page):
    """Nothing too wide, no dark picture, nothing that axe finds, in both colour modes."""
    wrong, width = [], page.viewport_size["width"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector(f"html[data-theme={scheme}]")
        wrong += scrolls_sideways(page)
        wrong += has_light_panels(page) if scheme == "dark" else []
        # Collapsed cells are part of the page, in the second colour mode as well.
        page.eval_on_selector_all("details", "all => all.forEach(d => d.open = true)")
        wrong += page.evaluate(SIDEWAYS) if width == 1280 and scheme == "light" else []
        # Colours do not depend on the width: at 390 px axe looks at those of the first page only,
        # for the small screen's bars. Everything else does not depend on the colour mode.
        colours, others = width == 1280 or page.name == "index", scheme == "light"
        if colours or others:
            wrong += axe.complaints(page, colours=colours, others=others, known=LOOKS[scheme])
    return wrong


def fits_other_screens(page):
    """A window of 1280 px at 200 %, and the narrowest telephones."""
    wrong = []
    # No room is reserved for what a widget has folded away.
    page.eval_on_selector_all(".bw details", "all => all.forEach(d => d.open = false)")
    for width in (640, 360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(DRAWN)
        wrong += scrolls_sideways(page)
        wrong += page.locator("figure.widget").evaluate_all(FAULTS) if width == 640 else []
    return wrong


def hears_right_answers(page):
    asked = [(question, question.answer(right=True)) for question in questions_of(page)]
    return [f"not heard: {q.question}" for q, i in asked if not q.heard(i)]


def hears_all_answers_but_one(page):
    """Every second is right; axe then looks at questions before and after they are answered."""
    asked = enumerate(questions_of(page)[:-1])
    answered = [(question, question.answer(right=number % 2 == 1)) for number, question in asked]
    page.mouse.move(0, 0)
    return [f"not heard: {q.question}" for q, i in answered if not q.heard(i)]


def keeps_to_itself(page):
    """No other host is asked, and nothing logged as an error, whatever happened until now."""
    return [f"asks {url}" for url in page.elsewhere] + [f"logs {c}" for c in page.complaints]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_page_over_http(open_page, name, width):
    about = {"script": SHIFTS, "reduced_motion": "no-preference"}
    page = open_page("http", name, width, read=False, **about)
    answers = [hears_all_answers_but_one] if width == 1280 else []
    screens = [fits_other_screens] if width == 390 else []
    looks = [comes_light, read_through, is_whole_when_read, *answers, looks_well, *screens]
    visit(page, *looks, keeps_to_itself)


@pytest.mark.parametrize("name", PAGES)
def test_page_from_the_disk(open_page, name):
    page = open_page("file", name, scheme="dark", read=False)
    looks = [read_through, is_whole_when_read, has_light_panels, hears_right_answers]
    visit(page, *looks, keeps_to_itself)


def keeps_pictures(page):
    """A widget leaves a picture with a text and a caption, and no room for what will not come."""
    wrong = []
    for figure in page.locator("figure.widget").all():
        picture, stage = figure.locator("img"), figure.locator(".widget-stage")
        picture.scroll_into_view_if_needed()
        caption = figure.locator("figcaption").inner_text()
        room = stage.bounding_box()["height"] - picture.bounding_box()["height"]
        if not (picture.get_attribute("alt") and picture.is_visible() and room < 60):
            wrong.append(f"no picture, or none with a text, or {room} px more: {caption}")
        if "Where JavaScript runs, this figure is interactive" not in caption:
            wrong.append(f"not said to be interactive elsewhere: {caption}")
    return wrong


def keeps_questions(page):
    """Question and options can be read, and nothing can be pressed."""
    wrong = []
    for name in CHAPTERS[page.name]:
        box, question = page.locator(f"#quiz-{name}"), quiz.questions()[name]
        lines = re.split(r"\n+", box.inner_text())
        if lines != [question.question, *question.lettered()] or box.locator("input").count():
            wrong.append(f"{name} reads {lines}")
    return wrong


def keeps_the_ledger(page):
    """All its rows can be seen at both widths, and no filters."""
    wrong = []
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        seen = page.locator("table.ledger tbody tr:visible").count()
        if seen != len(claims.ledger()) or page.locator(".ledger-filters").is_visible():
            wrong.append(f"{seen} rows, or filters, at {width}")
    return wrong


@pytest.mark.parametrize("name", [*CHAPTERS, "claims"])
def test_page_without_javascript(open_page, name):
    page = open_page("file", name, 390, read=False, java_script_enabled=False)
    visit(page, *([keeps_the_ledger] if name == "claims" else [keeps_pictures, keeps_questions]))


PALE = {
    ".bd-article p": "color: #aaa",
    ".bd-article code": "font-weight: bold; color: #999",
    ".bd-article .highlight .kn": "opacity: 0.4",
    ".bd-article section": "background: #777",
}


def test_one_place_without_contrast_is_found(open_page):
    page = open_page("http", "contributing")
    for selector, style in PALE.items():
        place = page.locator(selector).locator("visible=true").last
        place.evaluate("(element, style) => element.style.cssText += style", style)
        assert any("color-contrast" in c for c in axe.complaints(page, others=False)), selector
        place.evaluate("element => element.removeAttribute('style')")
    assert axe.complaints(page, others=False) == []
