"""The predictions in the built pages: asked, answered, and read by everyone."""

import re

import pytest

from tests.browser.test_browser import elsewhere
from tests.support import axe
from tools.pages import PAGES
from utils import quiz

# Page → names of the questions asked there: "3-inplace" is in "03_layer_shapes".
CHAPTERS = {
    page: names
    for page in PAGES
    if (names := [n for n in quiz.questions() if n.partition("-")[0].zfill(2) == page[:2]])
}
chapters = pytest.mark.parametrize("chapter", CHAPTERS)
widths = pytest.mark.parametrize("width", [1280, 390])
FOCUS = "radio => { const s = getComputedStyle(radio.closest('label'));" \
    " return [s.outlineStyle, parseFloat(s.outlineWidth)]; }"  # fmt: skip
STATE = """box => {
  const radios = [...box.querySelectorAll("[type=radio]")];
  const where = is => radios.flatMap((radio, i) => is(radio) ? [i] : []);
  return { said: box.querySelector("[role=status]").innerText, chosen: where(r => r.checked),
    focused: where(r => r === document.activeElement) };
}"""


class Asked:
    """One question in an open page."""

    def __init__(self, page, name):
        self.page, self.question = page, quiz.questions()[name]
        self.box = page.locator(f"#quiz-{name}")
        self.size = len(self.question.options)
        # What a screen reader finds; from here on by simpler selectors, which take less time.
        group = self.box.get_by_role("radiogroup", name=self.question.question, exact=True)
        assert group.get_by_role("radio").count() == self.size
        assert self.box.get_by_role("status").count() == 1
        self.radios, self.labels = self.box.locator("[type=radio]"), self.box.locator("label")

    def state(self) -> dict:
        """What is said below the question, and which options are chosen and focused."""
        return self.box.evaluate(STATE)

    def heard(self, i: int) -> bool:
        """Whether the reader is told what belongs to option `i`, and by a word if it is right."""
        option, state = self.question.options[i], self.state()
        word = "Right." if option.right else "Not quite."
        return state["said"] == f"{word} {option.feedback}" and state["chosen"] == [i]

    def untouched(self) -> bool:
        state = self.state()
        return state["said"] == "" and state["chosen"] == []


def answer(page, name, right: bool):
    """Choose the right option of a question, or the first wrong one."""
    i = [option.right for option in quiz.questions()[name].options].index(right)
    page.locator(f"#quiz-{name} label").nth(i).click()


@chapters
@widths
def test_by_mouse(open_page, sites, chapter, width):
    page = open_page("http", chapter, width)
    size = "element => getComputedStyle(element).fontSize"
    text = page.locator(".bd-article section > p").first.evaluate(size)
    all_asked = [Asked(page, name) for name in CHAPTERS[chapter]]
    for asked in all_asked:
        assert asked.labels.all_inner_texts() == asked.question.lettered()
        assert asked.untouched()  # by the answers to the questions before it, too
        asked.box.evaluate("box => box.scrollIntoView({ block: 'center', behavior: 'instant' })")
        for i in range(asked.size):
            box = asked.labels.nth(i).bounding_box()
            page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            assert asked.heard(i), (asked.question, i)
        parts = asked.box.locator("label, .Feedback, .MultipleChoiceQn")
        assert set(parts.evaluate_all(f"parts => parts.map({size})")) == {text}
        left, right = asked.box.evaluate("b => [b.getBoundingClientRect().left, b.scrollWidth]")
        assert left + right <= width
    assert all(asked.heard(asked.size - 1) for asked in all_asked)
    assert elsewhere(page, sites["http"]) == []
    assert page.complaints == []


@chapters
@widths
def test_by_keyboard(open_page, chapter, width):
    page = open_page("http", chapter, width)
    press = page.keyboard.press
    for asked in (Asked(page, name) for name in CHAPTERS[chapter]):
        asked.box.evaluate("box => { box.tabIndex = -1; box.focus(); }")
        press("Tab")
        assert asked.state()["focused"] == [0]
        press("ArrowDown")
        assert asked.state()["focused"] == [1]
        assert asked.untouched()  # moving tells nothing
        style, pixels = asked.radios.nth(1).evaluate(FOCUS)
        assert style == "solid" and pixels >= 3
        press("Space")
        assert asked.heard(1)
        press("ArrowUp")
        press("ArrowLeft")  # from the first to the last
        assert asked.state()["focused"] == [asked.size - 1]
        assert asked.heard(1)
        press("Enter")
        assert asked.heard(asked.size - 1)
        press("ArrowRight")
        press("Space")
        assert asked.heard(0)
        press("Tab")
        assert asked.state()["focused"] == []
    assert page.complaints == []


@chapters
def test_accessible_when_answered(open_page, chapter):
    """Every second answer is right; before answering, test_browser.py looks at the whole page."""
    page = open_page("http", chapter)
    for number, name in enumerate(CHAPTERS[chapter]):
        answer(page, name, right=number % 2 == 1)
    page.mouse.move(0, 0)
    panel = page.locator(".text_html:has(> .bq)").first
    for scheme, width in (("dark", 1280), ("light", 390)):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector(f"html[data-theme={scheme}]")
        assert axe.complaints(page, ".bq", others=scheme == "light") == ""
        assert panel.evaluate("p => getComputedStyle(p).backgroundColor") == "rgba(0, 0, 0, 0)"


@chapters
def test_answers_on_the_disk_need_no_host(open_page, sites, chapter):
    page = open_page("file", chapter)
    for name in CHAPTERS[chapter]:
        answer(page, name, right=True)
        assert Asked(page, name).state()["said"].startswith("Right.")
    assert elsewhere(page, sites["file"]) == []
    assert page.complaints == []


def test_no_other_host_is_asked_for_mathjax(open_page, sites):
    """JupyterLab has such an object, on which jupyterquiz would load MathJax from elsewhere."""
    maths = '<head><script>globalThis.MathJax = { version: "3.2.2" };</script>'
    page = open_page("http", "03_layer_shapes", change=lambda html: html.replace("<head>", maths))
    assert page.evaluate("MathJax.version") == "3.2.2"
    answer(page, "3-inplace", right=True)
    page.wait_for_timeout(800)  # it waits half a second
    assert elsewhere(page, sites["http"]) == []


@chapters
def test_without_javascript_question_and_options_are_read(browser, sites, chapter):
    context = browser.new_context(viewport={"width": 390, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{sites['http']}{chapter}.html")
    for name in CHAPTERS[chapter]:
        box, question = page.locator(f"#quiz-{name}"), quiz.questions()[name]
        lines = re.split(r"\n+", box.inner_text())
        assert lines == [question.question, *question.lettered()]
        assert box.locator("input").count() == 0
    context.close()
