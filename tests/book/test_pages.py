"""The built pages as files: links, anchors, alternative texts, scripts, vendored files."""

import hashlib
import re
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup

from tests.support.trial_book import build, figure, markdown
from tools.pages import HTML, NO_BUILD, PAGES, ROOT
from tools.update_vendor import ICONS, icon_code

FORBIDDEN = re.compile(r"mathjax|require|thebe|html-manager|embed-amd|fontawesome", re.IGNORECASE)
FILE_NAME = re.compile(r"\S+\.(png|jpe?g|gif|svg|webp)", re.IGNORECASE)
VENDOR = ROOT / "book" / "_vendor"


LONGEST = 200  # characters of a description


@pytest.fixture
def descriptions(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "book/_ext")
    return import_module("descriptions")


def parse(folder: Path) -> dict[str, BeautifulSoup]:
    """Every page in `folder`, by file name."""
    return {
        file.name: BeautifulSoup(file.read_text(), "html.parser") for file in folder.glob("*.html")
    }


@pytest.fixture(scope="session")
def pages():
    if not (HTML / "index.html").exists():
        pytest.fail(NO_BUILD)
    return parse(HTML)


def broken_links(pages: dict[str, BeautifulSoup], folder: Path) -> list[str]:
    """Addresses within the book that lead to no file, or to no anchor of their page."""
    anchors = {name: {tag["id"] for tag in page.find_all(id=True)} for name, page in pages.items()}
    broken = []
    for name, page in pages.items():
        for tag in page.find_all(["a", "link", "script", "img", "source", "iframe", "form"]):
            address = tag.get("href") or tag.get("src") or tag.get("action")
            url = urlsplit(address or "")
            if not address or url.scheme in {"http", "https", "mailto", "data"} or address == "#":
                continue
            target = unquote(url.path) or name
            found = (folder / target).exists()
            if found and url.fragment and target in anchors:
                found = unquote(url.fragment) in anchors[target]
            if not found:
                broken.append(f"{name}: {address}")
    return broken


def alt_problems(page: BeautifulSoup) -> list[str]:
    """Content images of a page without a text of their own."""
    texts = [image.get("alt", "").strip() for image in page.select(".bd-article img")]
    return [
        text or "(empty)"
        for i, text in enumerate(texts)
        if not text or FILE_NAME.fullmatch(text) or text in texts[:i]
    ]


def test_every_page_of_the_contents_is_built(pages):
    assert {f"{name}.html" for name in PAGES} == set(pages)


def test_links_and_anchors_lead_somewhere(pages):
    assert broken_links(pages, HTML) == []


def test_broken_links_are_noticed(tmp_path):
    (tmp_path / "a.html").write_text(
        '<h1 id="top">A</h1><a href="b.html">1</a><a href="#top">2</a><a href="#low">3</a>'
        '<img src="c.png"><a href="https://example.org/">4</a>'
    )
    assert broken_links(parse(tmp_path), tmp_path) == [
        "a.html: b.html",
        "a.html: #low",
        "a.html: c.png",
    ]


def test_pages_say_what_they_are_to_search_engines_and_messengers(pages):
    texts = {}
    for name in set(PAGES) - {"search"}:
        tags = pages[f"{name}.html"].find_all("meta", content=True)
        found = {tag.get("name") or tag.get("property"): tag["content"] for tag in tags}
        texts[name] = found["description"]
        assert found["og:title"] and found["og:description"] == found["description"]
        assert (HTML / re.sub(r"https://[^/]+/[^/]+/", "", found["og:image"])).is_file()
    assert all(30 < len(text) <= LONGEST for text in texts.values()), texts
    assert len(set(texts.values())) == len(texts)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("One.  Two.", "One. Two."),
        ("One. " + "word " * 50, "One."),
        ("word " * 50, "word " * 38 + "word…"),
    ],
)
def test_a_description_ends_with_a_sentence_if_it_can(descriptions, text, short):
    assert descriptions.LONGEST == LONGEST
    assert descriptions.shortened(text) == short


def test_images_say_what_to_see(pages):
    assert {name: alt_problems(page) for name, page in pages.items() if alt_problems(page)} == {}


def test_images_without_a_text_are_noticed():
    html = '<div class="bd-article"><img alt="x.png"><img><img alt="Loss"><img alt="Loss"></div>'
    assert alt_problems(BeautifulSoup(html, "html.parser")) == ["x.png", "(empty)", "Loss"]


def test_images_load_late_and_reserve_their_place(pages):
    for image in (image for page in pages.values() for image in page.select(".bd-article img")):
        assert image["loading"] == "lazy"
        assert int(image["width"]) > 0 and int(image["height"]) > 0


def test_pages_load_nothing_heavy_and_nothing_from_elsewhere(pages):
    for name, page in pages.items():
        sources = [script["src"] for script in page.find_all("script", src=True)]
        assert not [source for source in sources if FORBIDDEN.search(source)], name
        loaded = page.find_all(["script", "img", "iframe", "source"], src=True)
        sheets = page.find_all("link", rel=["stylesheet", "preload", "icon"])
        addresses = [tag["src"] for tag in loaded] + [tag["href"] for tag in sheets]
        assert not [address for address in addresses if urlsplit(address).netloc], name


def test_scripts_wait_until_the_page_is_there(pages):
    for name, page in pages.items():
        blocking = [s["src"] for s in page.find_all("script", src=True) if not s.has_attr("defer")]
        assert blocking == [], name


def test_maths_is_typeset_in_the_page(pages):
    katex = sum(len(page.select(".katex .katex-mathml math")) for page in pages.values())
    assert katex > 0
    for name, page in pages.items():
        assert not page.select(".katex-error"), name
        for tag in page.select(".bd-article .math"):
            assert tag.select(".katex"), f"{name}: {tag}"


def test_every_icon_is_in_the_font(pages):
    styles = {"fa-solid", "fa-lg"}
    used = {
        name
        for page in pages.values()
        for tag in page.select("[class*=fa-]")
        for name in tag["class"]
        if name.startswith("fa-")
    }
    assert {name.removeprefix("fa-") for name in used - styles} <= set(ICONS)
    css = (HTML / "_static/styles/pydata-sphinx-theme.css").read_text()
    theme = dict(re.findall(r'--pst-icon-([a-z-]+):"(.)"', css))
    brands = {"github", "gitlab"}
    drawn = {chr(icon_code(name)) for name in ICONS}
    assert {sign for name, sign in theme.items() if name not in brands} <= drawn


def test_vendored_files_are_the_recorded_ones():
    recorded = dict(
        reversed(line.split("  ")) for line in (VENDOR / "SHA256SUMS").read_text().splitlines()
    )
    present = {
        file.relative_to(VENDOR).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.rglob("*")
        if file.is_file() and file.name != "SHA256SUMS"
    }
    assert present == recorded


def test_repository_address_is_where_the_setup_cell_looks_for_it():
    config = yaml.safe_load((ROOT / "_config.yml").read_text())
    assert config["repository"]["url"].startswith("https://")
    assert config["repository"]["branch"]


def test_every_reference_has_a_link_and_an_anchor(pages):
    keys = re.findall(
        r"^@\w+\{(\w+),", (ROOT / "book" / "references.bib").read_text(), re.MULTILINE
    )
    entries = {entry["id"]: entry for entry in pages["references.html"].select(".citation")}
    assert sorted(keys) == sorted(entries)
    assert [key for key, entry in entries.items() if not entry.select("a.external")] == []


# --- What must fail a build -------------------------------------------------------------------


def test_a_good_notebook_builds(tmp_path):
    text = "# A\n\n$x$, [Krizhevsky 2012, §3.3](references.md#krizhevsky2012)"
    built = build(tmp_path, [markdown(text), figure("One white pixel.")])
    assert built.returncode == 0, built.stderr
    page = BeautifulSoup((tmp_path / "_build/html/index.html").read_text(), "html.parser")
    assert page.select_one(".bd-article img")["alt"] == "One white pixel."
    assert page.select_one('.bd-article a[href="references.html#krizhevsky2012"]')


def test_bad_images_and_links_fail_the_build(tmp_path):
    text = "# A\n\n[one](references.md#nobody1900) [two](missing.md)"
    alts = ["", "loss.png", "Loss falls.", "Loss falls."]
    built = build(tmp_path, [markdown(text), *map(figure, alts)])
    assert built.returncode != 0
    assert "has no alternative text" in built.stderr
    assert "has a file name as its alternative text (loss.png)" in built.stderr
    assert "repeats the alternative text of another one (Loss falls.)" in built.stderr
    assert "nobody1900" in built.stderr
    assert "missing.md" in built.stderr


def test_a_formula_that_cannot_be_read_fails_the_build(tmp_path):
    built = build(tmp_path, [markdown("# A\n\n$\\frac{1}$")])
    assert built.returncode != 0
    assert "KaTeX parse error" in built.stderr + built.stdout


VIEW = "application/vnd.jupyter.widget-view+json"
ABOUT = {"caption": "What it shows.", "heights": [400, 600]}


def widget(model_id: str, alt: str, **about: object) -> dict:
    """A code cell that shows a widget as utils.widgets.Widget does."""
    data = {VIEW: {"model_id": model_id, "version_major": 2, "version_minor": 0}}
    return figure(alt, data=data, metadata={VIEW: ABOUT | about})


def model(**state: object) -> dict:
    return {
        "model_name": "AnyModel",
        "model_module": "anywidget",
        "model_module_version": "~0.11.*",
        "state": {"_esm": "export default { render({ el }) { el.append('1 < 2') } }"} | state,
    }


def test_a_widget_becomes_a_figure_with_its_script(tmp_path):
    built = build(tmp_path, [markdown("# A"), widget("m1", "One white pixel.")], {"m1": model()})
    assert built.returncode == 0, built.stderr
    html = tmp_path / "_build/html"
    page = BeautifulSoup((html / "index.html").read_text(), "html.parser")
    (shown,) = page.select("figure.widget[data-model=m1]")
    assert shown.select_one(".widget-stage img")["alt"] == "One white pixel."
    assert shown.figcaption.get_text().startswith("What it shows.")
    assert shown["style"] == "--wide: 400px; --narrow: 600px"
    (host,) = page.select("script[defer][src*='widget-host.js']")
    assert (html / urlsplit(host["src"]).path).is_file()
    saved = (html / urlsplit(host["data-saved"]).path).read_text()
    assert "1 < 2" in saved and "1 < 2" not in page.decode()
    assert "widget-host.js" not in (html / "references.html").read_text()


def test_a_widget_that_no_page_can_mount_fails_the_build(tmp_path):
    strange = {"path": ["x"], "encoding": "hex", "data": "00"}
    no_picture = widget("m1", "5")
    del no_picture["outputs"][0]["data"]["image/png"]
    cells = [widget("m0", "1"), widget("m2", "2"), widget("m3", "3"), no_picture]
    cells.append(widget("m1", "4", caption=""))
    saved = {"m1": model(), "m2": model(_esm=""), "m3": model() | {"buffers": [strange]}}
    built = build(tmp_path, [markdown("# A"), *cells], saved)
    assert built.returncode != 0
    assert "A widget has no saved state in this notebook" in built.stderr
    assert "A widget has no `_esm`" in built.stderr
    assert "A widget has saved data in the encoding hex" in built.stderr
    assert "A widget has no still picture" in built.stderr
    assert "A widget has no caption or heights" in built.stderr
