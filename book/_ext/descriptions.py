"""What search engines and messengers show of a page: its first sentences, and one picture."""

from html import escape
from re import sub

from docutils import nodes

LONGEST = 200  # characters; more is cut off where it is shown
PICTURE = "_static/preview.png"  # 1200 × 630 px, made by `python -m tools.make_preview`


def describe(app, pagename, templatename, context, doctree):
    first = doctree.next_node(nodes.paragraph) if doctree else None
    if first is None:
        return
    # "github.com/owner/name" has its pages at "owner.github.io/name"
    address = app.config.html_theme_options.get("repository_url", "")
    site = sub(r"github\.com/([^/]+)/", r"\1.github.io/", address).lower()
    tags = {
        'name="description"': shortened(first.astext()),
        'property="og:title"': context["title"],
        'property="og:description"': shortened(first.astext()),
        'property="og:image"': f"{site}/{PICTURE}",
        'property="og:type"': "article",
        'name="twitter:card"': "summary_large_image",
    }
    context["metatags"] += "".join(
        f'<meta {name} content="{escape(text)}">\n' for name, text in tags.items()
    )


def shortened(text: str) -> str:
    """The first sentences of a text, as many as fit; of a long first one, what fits."""
    text = " ".join(text.split())
    if len(text) <= LONGEST:
        return text
    end = max(text.rfind(stop, 0, LONGEST) for stop in (". ", "? ", "! "))
    return text[: end + 1] if end > 0 else text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"


def setup(app):
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
