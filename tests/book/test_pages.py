"""The built pages as files: links, anchors, scripts, formulas, descriptions, vendored files."""

import hashlib
import re
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from tools.pages import PAGES, ROOT
from tools.update_vendor import ICONS, icon_code

FORBIDDEN = re.compile(r"mathjax|require|thebe|html-manager|embed-amd|fontawesome", re.IGNORECASE)
VENDOR = ROOT / "book" / "_vendor"
LONGEST = 200  # characters of a description


@pytest.fixture(scope="module")
def pages(html) -> dict[str, BeautifulSoup]:
    """Every page, by file name."""
    files = html.glob("*.html")
    return {file.name: BeautifulSoup(file.read_text(), "html.parser") for file in files}


def test_links_and_anchors_lead_somewhere(pages, html):
    assert {f"{name}.html" for name in PAGES} == set(pages)
    anchors = {name: {tag["id"] for tag in page.find_all(id=True)} for name, page in pages.items()}
    for name, page in pages.items():
        for tag in page.find_all(["a", "link", "script", "img", "source", "iframe", "form"]):
            address = tag.get("href") or tag.get("src") or tag.get("action") or ""
            url = urlsplit(address)
            if url.scheme in {"http", "https", "mailto", "data"} or address in ("", "#"):
                continue
            target = unquote(url.path) or name
            assert (html / target).exists(), f"{name}: {address}"
            if url.fragment and target in anchors:
                assert unquote(url.fragment) in anchors[target], f"{name}: {address}"


def test_pages_say_what_they_are_to_search_engines_and_messengers(pages, html):
    texts = {}
    for name in set(PAGES) - {"search"}:
        tags = pages[f"{name}.html"].find_all("meta", content=True)
        found = {tag.get("name") or tag.get("property"): tag["content"] for tag in tags}
        texts[name] = found["description"]
        assert found["og:title"] and found["og:description"] == found["description"]
        assert (html / re.sub(r"https://[^/]+/[^/]+/", "", found["og:image"])).is_file()
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
def test_a_description_ends_with_a_sentence_if_it_can(extension, text, short):
    descriptions = extension("descriptions")
    assert descriptions.LONGEST == LONGEST
    assert descriptions.shortened(text) == short


def test_images_load_late_and_reserve_their_place(pages):
    for image in (image for page in pages.values() for image in page.select(".bd-article img")):
        assert image["loading"] == "lazy"
        assert int(image["width"]) > 0 and int(image["height"]) > 0


def test_pages_load_no_heavy_script_and_only_the_font_at_once(pages):
    for name, page in pages.items():
        scripts = page.find_all("script", src=True)
        assert not [script["src"] for script in scripts if FORBIDDEN.search(script["src"])], name
        at_once = [script["src"] for script in scripts if not script.has_attr("defer")]
        assert at_once == ["_static/serif/serif.js"], name  # the font, before text is drawn
        tags = page.find_all("link", rel=["stylesheet", "preload", "icon"]) + page("iframe")
        assert not [tag for tag in tags if urlsplit(tag.get("href") or tag["src"]).netloc], name


def test_maths_is_typeset_in_the_page(pages):
    assert any(page.select_one(".katex .katex-mathml math") for page in pages.values())
    for name, page in pages.items():
        assert not page.select(".katex-error"), name
        for tag in page.select(".bd-article .math"):
            assert tag.select_one(".katex"), f"{name}: {tag}"


def test_every_icon_is_in_the_font(pages, html):
    tags = [tag for page in pages.values() for tag in page.select("[class*=fa-]")]
    used = {name for tag in tags for name in tag["class"] if name.startswith("fa-")}
    styles = {"fa-solid", "fa-lg"}
    assert {name.removeprefix("fa-") for name in used - styles} <= set(ICONS)
    css = (html / "_static/styles/pydata-sphinx-theme.css").read_text()
    theme = dict(re.findall(r'--pst-icon-([a-z-]+):"(.)"', css))
    brands = {"github", "gitlab"}
    drawn = {chr(icon_code(name)) for name in ICONS}
    assert {sign for name, sign in theme.items() if name not in brands} <= drawn


def test_vendored_files_are_the_recorded_ones():
    lines = (VENDOR / "SHA256SUMS").read_text().splitlines()
    files = [file for file in VENDOR.rglob("*") if file.is_file() and file.name != "SHA256SUMS"]
    assert dict(reversed(line.split("  ")) for line in lines) == {
        file.relative_to(VENDOR).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def test_every_reference_has_a_link_and_an_anchor(pages):
    bibliography = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
    entries = {entry["id"]: entry for entry in pages["references.html"].select(".citation")}
    assert sorted(re.findall(r"^@\w+\{(\w+),", bibliography, re.MULTILINE)) == sorted(entries)
    assert [key for key, entry in entries.items() if not entry.select("a.external")] == []
