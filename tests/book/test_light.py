"""`book/_ext/light.py`: less to load and to lay out, and the same to see."""

import re
from types import SimpleNamespace

import pytest

from tools.pages import transferred
from utils.quiz.question import bundle, questions


def test_code_loses_only_spans_without_a_colour_of_their_own(extension):
    before = (
        '<span class="kn">from</span><span class="w"> </span><span class="nn">utils</span> '
        '<span class="s2">&quot;</span><span class="s2">a</span><span class="s2">&quot;</span>'
        '<span class="p">(</span><span class="mi">3</span><span class="p">)</span>'
    )
    after = (
        '<span class="kn">from</span> utils <span class="s2">&quot;a&quot;</span>'
        '(<span class="mi">3</span>)'
    )
    plain_code = extension("light").plain_code
    assert plain_code(before) == after
    assert plain_code('<span class="pre">n</span>') == '<span class="pre">n</span>'


def test_those_spans_have_the_colour_of_text(html):
    """In the light style and in the dark one: else `PLAIN` must not name them."""
    sheet = (html / "_static/pygments.css").read_text()
    for theme in ("light", "dark"):
        style = rf'html\[data-theme="{theme}"\] \.highlight'
        text = re.search(style + r"\s*\{[^}]*?color: (#\w+)", sheet)[1]
        for name in ("n", "nn", "nx", "p", "pm", "w"):
            rule = re.search(style + rf" \.{name}\s*\{{([^}}]*)\}}", sheet)
            assert rule is None or rule[1].strip() == f"color: {text}", (theme, name)


def test_a_page_has_the_program_of_its_questions_and_a_style_once(extension):
    question = next(iter(questions().values()))
    asked = [bundle(name, question)["text/html"] for name in ("1-a", "1-b")]
    page = extension("light").once("\n".join(asked))
    assert page.count("function show_questions") == page.count("<style>") == 1
    assert page.count("<script>") == page.count(question.options[0].feedback) == 2
    for name in ("1-a", "1-b"):
        assert page.count(f'bookAsk("quiz-{name}", [') == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (".kept #gone{a:b}", ""),
        ("h1,:root{--c:#fff}", "h1,:root{--c:#fff}"),
        ("@media print{.gone{a:b}}", ""),
        ("@container (width < 9px){.gone,.kept{a:b}}", "@container (width < 9px){.kept{a:b}}"),
        ("@font-face{src:url(a.woff2)}", "@font-face{src:url(a.woff2)}"),
        ('[class*=".gone"]{a:b}', '[class*=".gone"]{a:b}'),
        (".kept:not(.gone){a:b}", ".kept:not(.gone){a:b}"),
        (r".md\:kept{a:b}", r".md\:kept{a:b}"),
        (".bs-tooltip-auto{a:b}", ".bs-tooltip-auto{a:b}"),
        ("a{b:url(data:image/svg+xml;x,y)}", "a{b:url(data:image/svg+xml;x,y)}"),
    ],
)
def test_rules_for_what_is_nowhere_go(extension, before, after):
    used = extension("light").used
    assert used(before, {"kept", "md:kept"}) == after
    assert used(after, {"kept", "md:kept"}) == after  # a second time changes nothing


def test_a_class_that_only_a_widget_names_keeps_its_style(extension, tmp_path):
    (tmp_path / "_static/scripts").mkdir(parents=True)
    (tmp_path / "_static/scripts/pydata-sphinx-theme.js").touch()
    (tmp_path / "_static/book.css").write_text(".far{a:b}.gone{a:b}")
    (tmp_path / "03.js").write_text('bookFile = {"_esm": "box.className =\\n\'far\'"};')
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    extension("light").lighten_files(app, None)
    assert (tmp_path / "_static/book.css").read_text() == ".far{a:b}"


def test_the_built_pages_are_light(html):
    assert sum(map(transferred, html.glob("_static/**/*.css"))) < 40_000  # the theme's has 65,000
    assert transferred(html / "_static/serif/serif.js") < 50_000  # the font of the text
    script = (html / "_static/scripts/pydata-sphinx-theme.js").read_text()
    assert ".scrollWidth" in script  # the pass over boxes is still there, and finds none
    assert "jp-RenderedHTMLCommon" not in script
    page = (html / "03_layer_shapes.html").read_text()
    assert "widget-state" not in page and "_esm" not in page  # what widgets have saved
    assert transferred(html / "03_layer_shapes.html") < 100_000  # with that it had 209,000
    # Light or dark is known before anything is drawn.
    assert 'getItem("theme") || (matchMedia(' in (html / "index.html").read_text()
