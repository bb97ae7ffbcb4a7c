"""Give every content image its alternative text, its size, and lazy loading.

A notebook output says what to see in it (`figures.show(fig, alt=…)` writes the sentence into the
output's metadata), but myst-nb 1.4 leaves it there. Here it reaches the page, and an image without
a usable text fails the build, because warnings are errors.
"""

import re
from pathlib import Path

from docutils import nodes
from myst_nb.core.render import load_mime_renders
from sphinx.util import logging
from sphinx.util.images import get_image_size

logger = logging.getLogger(__name__)
FILE_NAME = re.compile(r"\S+\.(png|jpe?g|gif|svg|webp)", re.IGNORECASE)


class AltText:
    """A myst-nb plugin: the image as myst-nb renders it, with what its metadata says of it."""

    @staticmethod
    def handle_mime(renderer, data, inline):
        if not data.mime_type.startswith("image/"):
            return None
        images = renderer.render_image(data)
        about = data.output_metadata.get(data.mime_type, {})
        for image in images:
            image["alt"] = about.get("alt", "")
            image["classes"] += ["chart"] if about.get("chart") else []
        return images


def check(app, doctree, docname):
    """Warn of an image whose text is missing, a file name, or another image's on the same page."""
    seen = set()
    for image in doctree.findall(nodes.image):
        alt = image.get("alt", "").strip()
        if not alt:
            problem = "has no alternative text"
        elif FILE_NAME.fullmatch(alt):
            problem = f"has a file name as its alternative text ({alt})"
        elif alt in seen:
            problem = f"repeats the alternative text of another one ({alt})"
        else:
            seen.add(alt)
            continue
        logger.warning("An image %s: say what to see in this one.", problem, location=image)


def visit_image(self, node):
    """Write `<img>` with width and height, so that text does not jump when it loads."""
    width, height = node.attributes.pop("width", None), node.attributes.pop("height", None)
    if not (width and height):
        width, height = get_image_size(Path(self.builder.srcdir, node["uri"])) or (None, None)
    node["loading"] = "lazy"
    type(self).visit_image(self, node)
    if width and height:
        size = f'<img width="{width}" height="{height}" '
        self.body[-1] = self.body[-1].replace("<img ", size, 1)


def setup(app):
    # myst-nb finds plugins by entry points of installed packages; its list is cached, so that one
    # more is registered by adding to it.
    if AltText not in load_mime_renders():
        load_mime_renders().append(AltText)
    app.connect("doctree-resolved", check)
    app.add_node(nodes.image, override=True, html=(visit_image, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
