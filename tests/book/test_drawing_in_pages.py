"""AlexNet's drawing in the built pages: on the index, and a strip at the head of each chapter."""

import re
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from tools.pages import PAGES


def page(html, name):
    return BeautifulSoup((html / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("name", PAGES)
def test_each_chapter_begins_with_the_strip_and_its_layers_lit(html, extension, name):
    heads = extension("drawing").HEADS
    assert [chapter for chapter in PAGES if chapter[:1].isdigit()] == list(heads)
    strips = page(html, name).select("h1 + .alexnet-strip")
    assert len(strips) == (name in heads)
    for strip in strips:
        lit, words = heads[name]
        assert {group["class"][0] for group in strip.select("svg > .lit")} == lit
        assert strip.svg["role"] == "img" and strip.svg["aria-label"]
        assert strip.get_text().strip() == f"In this chapter: {words}"
        assert not strip.select("a, [id]")


def test_the_index_has_the_whole_drawing_and_every_link_a_name(html):
    wide, narrow = page(html, "index").select("figure.alexnet svg")
    for drawn in (wide, narrow):
        links = drawn.select("a")
        assert len(links) == 15 and drawn["aria-label"] and drawn.desc.text
        assert all(
            re.fullmatch(".+; explained in chapter [0-9]+", link.title.text) for link in links
        )
        assert all(".html#" in link["href"] for link in links)  # test_pages.py follows them
        assert not drawn.select("[id]")


def test_a_link_to_a_heading_that_is_gone_is_said(extension, monkeypatch):
    drawing, said = extension("drawing"), []
    monkeypatch.setattr(drawing.logger, "warning", lambda text, *names, **_: said.append(names))
    slugs = {"03_layer_shapes": {"myst_slugs": {"groups": (1, "groups", "Groups")}}}
    builder = SimpleNamespace(get_relative_uri=lambda page, name: f"{name}.html")
    app = SimpleNamespace(env=SimpleNamespace(metadata=slugs), builder=builder)
    links = ["03_layer_shapes.ipynb#groups", "03_layer_shapes.ipynb#gone", "99_no.ipynb#page"]
    context = {"body": "".join(f'<a href="{link}" fill="">' for link in links)}
    drawing.draw(app, "index", "", context, None)
    assert said == [("03_layer_shapes", "gone"), ("99_no", "page")]
    assert context["body"].startswith('<a href="03_layer_shapes.html#groups" fill="">')
