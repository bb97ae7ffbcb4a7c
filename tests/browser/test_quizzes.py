"""The predictions in the built pages: asked, answered, and read by everyone.

test_pages_audited.py answers those of the pages on the disk, shows answered ones to axe, and reads
all without JavaScript.
"""

import pytest

from tests.support.questions import CHAPTERS, Asked, questions_of

FOCUS = "radio => { const s = getComputedStyle(radio.closest('label'));" \
    " return [s.outlineStyle, parseFloat(s.outlineWidth)]; }"  # fmt: skip
SIZES = "parts => parts.map(part => getComputedStyle(part).fontSize)"


def looks_like_the_page(asked):
    """The question fits, and its letters are as large as those of the text around it."""
    page = asked.page
    text = page.locator(".bd-article section > p").first
    parts = asked.box.locator("label, .Feedback, .MultipleChoiceQn")
    assert set(parts.evaluate_all(SIZES)) == set(text.evaluate_all(SIZES))
    left, right = asked.box.evaluate("b => [b.getBoundingClientRect().left, b.scrollWidth]")
    assert left + right <= page.viewport_size["width"], asked.question


def answer_by_keyboard(asked):
    press = asked.page.keyboard.press
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


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_by_keyboard_and_by_mouse(open_page, chapter):
    page = open_page("http", chapter, read=False)  # no widget begins that is not near
    page.keyboard.press("Shift")  # a reader begins: the whole page is laid out
    page.wait_for_selector("html.whole")
    questions = questions_of(page)
    for asked in questions:
        assert asked.labels.all_inner_texts() == asked.question.lettered()
        assert asked.untouched()  # by the answers to the questions before it, too
        answer_by_keyboard(asked)
        looks_like_the_page(asked)
    assert all(asked.heard(0) for asked in questions)
    page.set_viewport_size({"width": 390, "height": 900})
    for asked in questions:
        for i in reversed(range(asked.size)):  # the first was chosen by keyboard
            asked.labels.nth(i).click()  # waits until the page rests, which has just become narrow
            assert asked.heard(i), (asked.question, i)
        looks_like_the_page(asked)
    assert page.elsewhere == []
    assert page.complaints == []


def test_no_other_host_is_asked_for_mathjax(open_page):
    """JupyterLab has such an object, on which jupyterquiz would load MathJax from elsewhere."""
    maths = '<head><script>globalThis.MathJax = { version: "3.2.2" };</script>'
    page = open_page("http", "03_layer_shapes", change=lambda html: html.replace("<head>", maths))
    assert page.evaluate("MathJax.version") == "3.2.2"
    Asked(page, "3-inplace").answer(right=True)
    page.wait_for_timeout(800)  # it waits half a second
    assert page.elsewhere == []
