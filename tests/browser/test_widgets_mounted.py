"""Widgets in the pages of chapter 3: when they begin, and what is said if they cannot."""

import re

import pytest
from playwright.sync_api import expect

from tools.pages import DRAWN

CHAPTER = "03_layer_shapes"
# How what is saved can be damaged, and what is said then below the first picture.
FAULTS = {
    "encoding": ('"encoding": "base64"', '"encoding": "hex"', "has the encoding “hex”"),
    "syntax": ('"_esm": "', '"_esm": "<', "could not be made interactive"),
    "no program": ('"_esm": "', '"_other": "', "it was saved without its program"),
    "no state": ('"state": {"0', '"state": {"x', "its saved state is missing"),
    "no render": ("export default { render }", "export default { }", "could not be"),
    "kernel": ("const photo = bytes(", "model.send(); bytes(", "running kernel"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_mounted_is_said_below_its_picture(open_page, fault):
    old, new, sentence = FAULTS[fault]
    damaged = {"saved": True, "change": lambda saved: saved.replace(old, new)}
    figure = open_page("http", CHAPTER, read=False, **damaged).locator("figure.widget").first
    figure.scroll_into_view_if_needed()
    problem = figure.locator(".widget-problem")
    problem.wait_for()
    assert sentence in problem.inner_text()
    assert "The picture shows how it begins." in problem.inner_text()
    assert figure.locator("img").is_visible()
    assert figure.locator("canvas").count() == 0


def test_values_that_do_not_arrive_are_said_below_every_picture(open_page):
    page = open_page("http", CHAPTER, change=lambda html: html.replace('="widget-files/', '="no/'))
    figures = page.locator("figure.widget")
    expect(page.locator(".widget-problem")).to_have_count(figures.count())
    said = page.locator(".widget-problem").first.inner_text()
    assert re.search(r"its values \(no/03_layer_shapes\.js\?v=\w+\) cannot be loaded", said), said
    assert figures.first.locator("img").is_visible()


def test_after_values_that_did_not_arrive_the_next_widget_asks_again(open_page):
    """And a page that nobody reads asks for none."""
    page = open_page("http", CHAPTER, read=False)
    figures = page.locator("figure.widget")
    page.wait_for_load_state("networkidle")
    assert not any("widget-files" in request for request in page.requests)
    page.route("**/widget-files/**", lambda route: route.abort(), times=1)
    figures.first.scroll_into_view_if_needed()
    page.locator(".widget-problem").first.wait_for()
    figures.last.scroll_into_view_if_needed()
    figures.last.locator(".bw").wait_for()


def test_one_broken_widget_leaves_the_others_alone(open_page):
    old, new, _ = FAULTS["encoding"]
    damaged = {"saved": True, "change": lambda saved: saved.replace(old, new, 1)}
    figures = open_page("http", CHAPTER, **damaged).locator("figure.widget")
    assert figures.locator(".widget-problem").count() == 1
    assert figures.locator(".bw").count() == figures.count() - 1


def test_colours_that_say_something_stay_where_colours_are_forced(open_page):
    forced = {"scheme": "dark", "forced_colors": "active"}
    background = "node => getComputedStyle(node).backgroundColor"
    page = open_page("http", "11_alexnet_live", **forced)
    bars = {bar.evaluate(background) for bar in page.locator(".ln-bar").all()}
    assert page.locator("body").evaluate(background) not in bars
    page = open_page("http", "08_training", **forced)
    runs = [page.locator(f".bw-run-{name}").first for name in "AB"]
    assert len({run.evaluate("run => getComputedStyle(run).color") for run in runs}) == 2


def test_the_colour_mode_can_be_chosen_and_widgets_follow_at_once(open_page):
    page = open_page("http", CHAPTER, scheme="light")
    widget = page.get_by_role("group", name="What a unit sees")
    colour = "w => getComputedStyle(w).backgroundColor"
    corner = "c => [...c.getContext('2d').getImageData(2, c.height - 3, 1, 1).data].slice(0, 3)"
    looks = {}
    for _ in range(3):
        page.locator("button.theme-switch-button:visible").click()
        page.evaluate(DRAWN)
        now = widget.evaluate(colour), sum(widget.locator("canvas").evaluate(corner))
        looks[page.evaluate("document.documentElement.dataset.theme")] = now
    assert looks.keys() == {"light", "dark"}
    assert looks["light"][0] != looks["dark"][0]
    assert looks["light"][1] > looks["dark"][1]
