"""`book/_ext/light.py`: less to load and to lay out, and the same to see."""

import re
from importlib import import_module
from types import SimpleNamespace

import pytest

from tools.pages import HTML, NO_BUILD, ROOT, transferred


@pytest.fixture
def light(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "book/_ext")
    return import_module("light")


@pytest.fixture
def html():
    if not (HTML / "index.html").exists():
        pytest.fail(NO_BUILD)
    return HTML


def test_code_loses_only_spans_without_a_colour_of_their_own(light):
    before = (
        '<span class="kn">from</span><span class="w"> </span><span class="nn">utils</span> '
        '<span class="s2">&quot;</span><span class="s2">a</span><span class="s2">&quot;</span>'
        '<span class="p">(</span><span class="mi">3</span><span class="p">)</span>'
    )
    after = (
        '<span class="kn">from</span> utils <span class="s2">&quot;a&quot;</span>'
        '(<span class="mi">3</span>)'
    )
    assert light.plain_code(before) == after
    assert light.plain_code('<span class="pre">n</span>') == '<span class="pre">n</span>'


def test_those_spans_have_the_colour_of_text(html):
    """In the light style and in the dark one: else `PLAIN` must not name them."""
    sheet = (html / "_static/pygments.css").read_text()
    for theme in ("light", "dark"):
        style = rf'html\[data-theme="{theme}"\] \.highlight'
        text = re.search(style + r"\s*\{[^}]*?color: (#\w+)", sheet)[1]
        for name in ("n", "nn", "nx", "p", "pm", "w"):
            rule = re.search(style + rf" \.{name}\s*\{{([^}}]*)\}}", sheet)
            assert rule is None or rule[1].strip() == f"color: {text}", (theme, name)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (".kept{a:b}.gone{a:b}", ".kept{a:b}"),
        (".kept, .gone{a:b}", ".kept{a:b}"),
        (".kept .gone{a:b}", ""),
        ("#kept>a:hover{a:b}", "#kept>a:hover{a:b}"),
        ("h1,:root{--c:#fff}", "h1,:root{--c:#fff}"),
        ("@media print{.gone{a:b}}", ""),
        ("@media print{.kept{a:b}.gone{a:b}}", "@media print{.kept{a:b}}"),
        ("@container (width < 9px){.gone,.kept{a:b}}", "@container (width < 9px){.kept{a:b}}"),
        ("@font-face{src:url(a.woff2)}", "@font-face{src:url(a.woff2)}"),
        ('[class*=".gone"]{a:b}', '[class*=".gone"]{a:b}'),
        (".kept:not(.gone){a:b}", ".kept:not(.gone){a:b}"),
        (r".md\:kept{a:b}", r".md\:kept{a:b}"),
        (".bs-tooltip-auto{a:b}", ".bs-tooltip-auto{a:b}"),
        ("a{b:url(data:image/svg+xml;x,y)}", "a{b:url(data:image/svg+xml;x,y)}"),
    ],
)
def test_rules_for_what_is_nowhere_go(light, before, after):
    assert light.used(before, {"kept", "md:kept"}) == after
    assert light.used(after, {"kept", "md:kept"}) == after  # a second time changes nothing


def test_a_class_that_only_a_widget_names_keeps_its_style(light, tmp_path):
    files = {
        "widget-files/03.js": 'globalThis.bookFile = {"_esm": "box.className = \'far\'"};',
        "_static/book.css": ".far{a:b}.gone{a:b}",
        "_static/scripts/pydata-sphinx-theme.js": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    light.lighten_files(app, None)
    assert (tmp_path / "_static/book.css").read_text() == ".far{a:b}"


def test_style_sheets_are_small_and_the_theme_looks_at_no_box(html):
    sheets = list(html.glob("_static/**/*.css"))
    assert sum(map(transferred, sheets)) < 40_000  # the theme's alone has 65,000
    script = (html / "_static/scripts/pydata-sphinx-theme.js").read_text()
    assert ".scrollWidth" in script  # the pass is still there, and finds nothing
    assert "jp-RenderedHTMLCommon" not in script


def test_what_widgets_have_saved_is_not_in_the_page(html):
    page = (html / "03_layer_shapes.html").read_text()
    assert "widget-state" not in page
    assert "_esm" not in page
    assert transferred(html / "03_layer_shapes.html") < 100_000  # with them it had 209,000


def test_light_or_dark_is_known_before_anything_is_drawn(html):
    page = (html / "index.html").read_text()
    assert 'getItem("theme") || (matchMedia(' in page
