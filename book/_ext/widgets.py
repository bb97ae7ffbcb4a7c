"""Show the widgets of a notebook: picture, caption, and the script that mounts them.

Each view becomes a figure around its still picture, with room for the widget, and
`static/widget-host.js` is linked on the pages that need it. A widget that no page could mount fails
the build, because warnings are errors.

What the widgets of a page have saved, often more than its text, and the files that a widget asks
for lie beside the pages as classic scripts, because a page from the disk can fetch nothing else.
The host loads what is saved when the reader comes near, a file when its widget asks for it.
"""

import base64
import hashlib
import json
import re
import sys
from html import escape
from pathlib import Path

from docutils import nodes
from myst_nb.core.render import MimeData, load_mime_renders
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).parents[2]))  # the folder of `utils`
from utils import page_files

logger = logging.getLogger(__name__)
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
PICTURES = ("image/png", "image/jpeg")
HOST = "widget-host.js"
BESIDE = "widget-files"  # a folder beside the pages


class WidgetFigure:
    """A myst-nb plugin: a widget view as a figure with a still picture and a caption."""

    @staticmethod
    def handle_mime(renderer, data, inline):
        if data.mime_type != VIEW:
            return None
        notebook = renderer.renderer.nb_client
        _, outputs = notebook.code_cell_outputs(data.cell_index)
        output = outputs[data.output_index]
        saved = notebook.nb_metadata.get("widgets", {}).get(STATE, {}).get("state", {})
        model_id = output["data"][VIEW]["model_id"]
        about = data.output_metadata.get(VIEW, {})
        mime = next((kind for kind in PICTURES if kind in output["data"]), None)
        if problem := next(problems(saved.get(model_id, {}), about, mime), None):
            logger.warning("A widget %s.", problem, location=renderer.renderer.document)
            return []
        wide, narrow = about["heights"]
        place = f'data-address="{about["address"]}" ' if "address" in about else ""
        files = " ".join(address(name, content(name)) for name in about.get("files", []))
        picture = MimeData(
            mime,
            output["data"][mime],
            data.cell_metadata,
            data.output_metadata,
            data.cell_index,
            data.output_index,
            data.line,
        )
        return [
            raw(
                f'<figure class="widget" data-model="{escape(model_id)}" data-files="{files}" '
                f'{place}style="--wide: {wide}px; --narrow: {narrow}px"><div class="widget-stage">'
            ),
            *renderer.render_mime_type(picture),
            raw(
                f"</div><figcaption>{escape(about['caption'])}<noscript> Where JavaScript runs, "
                "this figure is interactive; the picture shows how it begins.</noscript>"
                "</figcaption></figure>"
            ),
        ]


def problems(model, about, mime):
    """What keeps a stored widget from being shown."""
    if not model:
        yield "has no saved state in this notebook: run `make notebooks`"
    elif not model["state"].get("_esm"):
        yield "has no `_esm`, and a page without a kernel can show no other: make it an anywidget"
    for buffer in model.get("buffers", []):
        if buffer["encoding"] != "base64":
            yield f"has saved data in the encoding {buffer['encoding']}, which no page can read"
    if mime is None:
        yield "has no still picture: derive it from utils.widgets.Widget"
    if not about.get("caption") or len(about.get("heights", [])) != 2:
        yield "has no caption or heights: derive it from utils.widgets.Widget"
    for name in about.get("files", []):
        if name not in page_files.NAMES:
            yield f"asks for a file that utils/page_files.py does not know: {name}"


def raw(html):
    return nodes.raw(text=html, format="html")


def link_host(app, pagename, templatename, context, doctree):
    """Link the script on this page only; write what its widgets have saved and ask for."""
    for files in re.findall(r'data-files="([^"]*)"', context.get("body", "")):
        for name in re.findall(rf"{BESIDE}/(\S+)\.js\?", files):
            write_beside(app, name, content(name))
    scripts = context["script_files"]
    for saved in [script for script in scripts if script.attributes.get("type") == STATE]:
        scripts.remove(saved)  # myst-nb puts it into the page
        address = write_beside(app, pagename, saved.attributes["body"])
        app.add_js_file(HOST, defer="defer", **{"data-saved": address})


def content(name):
    """A file that a widget asks for, as JSON."""
    return json.dumps(base64.b64encode(page_files.page_file(name)).decode())


def address(name, value):
    """Where a value lies beside the pages. Changes with it, so that no browser keeps an old one."""
    return f"{BESIDE}/{name}.js?v={hashlib.sha256(value.encode()).hexdigest()[:8]}"


def write_beside(app, name, value):
    """Write a value (JSON) beside the pages; returns its address."""
    folder = Path(app.outdir) / BESIDE
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.js").write_text(f"globalThis.bookFile = {value};\n", encoding="utf-8")
    return address(name, value)


def add_static_path(app):
    app.config.html_static_path.append(str(Path(__file__).parent / "static"))


def setup(app):
    if WidgetFigure not in load_mime_renders():
        load_mime_renders().insert(0, WidgetFigure)
    app.connect("builder-inited", add_static_path)
    app.connect("html-page-context", link_host, priority=900)  # after myst-nb
    return {"parallel_read_safe": True, "parallel_write_safe": True}
