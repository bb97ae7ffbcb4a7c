"""AlexNet's drawing as readers use it: by keyboard, on a small screen, with forced colours."""

import pytest


def test_each_layer_is_a_link_that_the_keyboard_reaches_in_order(open_page):
    page = open_page("http", "index")
    links = page.locator(".alexnet .wide a")
    assert links.count() == 15
    links.first.focus()
    for number in range(15):
        link = links.nth(number)
        assert link.evaluate("link => link === document.activeElement"), number
        ring = "e => getComputedStyle(e).strokeWidth + getComputedStyle(e).stroke"
        assert link.locator(".outline").first.evaluate(ring).startswith("3pxrgb(")
        page.keyboard.press("Tab")
    figure = page.get_by_role("group", name="AlexNet to scale")
    name = "conv1: 96 feature maps of 55 × 55; explained in chapter 3"
    figure.get_by_role("link", name=name, exact=True).press("Enter")
    page.wait_for_url("**/03_layer_shapes.html#*")
    assert page.complaints == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_drawing_fits_and_its_words_can_be_read(open_page, width):
    page = open_page("http", "index", width)
    shown, hidden = (".wide", ".narrow") if width == 1280 else (".narrow", ".wide")
    assert page.locator(f".alexnet {hidden}").is_hidden()
    boxes = "all => all.map(e => e.getBoundingClientRect()).map(b => [b.left, b.right, b.height])"
    texts = page.locator(f".alexnet {shown} text").evaluate_all(boxes)
    assert min(height for *_, height in texts) > 10
    assert all(left >= 0 and right <= width for left, right, _ in texts)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    strip = open_page("http", "05_lrn", width).locator(".alexnet-strip").bounding_box()
    assert strip["x"] >= 0 and strip["x"] + strip["width"] <= width


def test_the_strip_is_one_picture_in_one_link_of_a_fixed_height(open_page):
    for width in (320, 1280):
        page = open_page("http", "05_lrn", width)
        name = "AlexNet to scale. In this chapter: response normalisation, after conv1 and conv2"
        link = page.get_by_role("link", name=name, exact=True)
        assert link.get_by_role("img").bounding_box()["height"] == 75
    link.press("Enter")
    page.wait_for_url("**/index.html#alexnet-to-scale")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_forced_colours_nothing_vanishes_and_what_is_lit_differs(open_page, scheme):
    style = "(all, name) => [...new Set(all.map(e => getComputedStyle(e)[name]))]"
    for name in ("index", "12_laptop_to_imagenet", "05_lrn"):
        page = open_page("http", name, scheme=scheme, forced_colors="active")
        (ground,) = page.locator("body").evaluate_all(style, "backgroundColor")
        drawn = page.locator(":is(.alexnet .wide, .alexnet-strip)")
        assert ground not in drawn.locator(".outline").evaluate_all(style, "stroke")
        if name != "index":
            lit, others = drawn.locator("svg > .lit"), drawn.locator("svg > g:not(.lit)")
            assert others.evaluate_all(style, "fill") == [ground]
            assert ground not in lit.evaluate_all(style, "fill")
