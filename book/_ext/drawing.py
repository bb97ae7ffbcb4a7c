"""AlexNet's drawing in the pages: whole where a page asks for it, a strip at each chapter's head.

The drawings are files; `python -m tools.make_style` writes them with `utils/figures/drawing.py`.
"""

import re
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

logger = logging.getLogger(__name__)
FIGURES = Path(__file__).parents[2] / "utils" / "figures"
PLACE = "alexnet-to-scale"  # of the whole drawing on the index
CONVOLUTIONS = {"conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5"}
LAYERS = {"input", *CONVOLUTIONS, "fc6", "fc7", "fc8"}
ALL = {*LAYERS, "relu", "norm", "dropout"}
COLUMNS = "12_laptop_to_imagenet"  # whose strip shows the two GPUs
# What each chapter is about: which parts of the strip are lit, and what is said of them.
HEADS = {
    "01_history": (ALL, "the whole network, and why it came in 2012"),
    "02_lenet_vs_alexnet": (ALL, "the whole network, beside LeNet"),
    "03_layer_shapes": (CONVOLUTIONS, "the shapes of convolutions and poolings"),
    "04_relu_vs_sigmoid": ({"relu"}, "ReLU, after seven layers"),
    "05_lrn": ({"norm"}, "response normalisation, after conv1 and conv2"),
    "06_dropout": ({"dropout", "fc6", "fc7"}, "dropout, in fc6 and fc7"),
    "07_augmentation": ({"input"}, "what goes in: the image"),
    "08_training": (ALL, "the whole network, and how it is trained"),
    "09_which_alexnet": (ALL, "the whole network, and others of its name"),
    "10_looking_inside": ({"conv1", "fc7"}, "what conv1 sees, and what fc7 knows"),
    "11_alexnet_live": (ALL, "the whole network, running in the page"),
    COLUMNS: (LAYERS - {"input", "fc8"}, "two columns, one for each GPU"),
}
LINK = re.compile(r'<a href="(\w+)\.ipynb#([\w-]+)" fill=')  # of a layer


def read(name):
    return (FIGURES / name).read_text(encoding="utf-8")


class AlexNetDrawing(SphinxDirective):
    """`alexnet-drawing`: the whole drawing, wide and narrow; its content is the caption."""

    has_content = True

    def run(self):
        for name in ("alexnet.svg", "alexnet_narrow.svg"):
            self.env.note_dependency(str(FIGURES / name))
        drawings = read("alexnet.svg") + read("alexnet_narrow.svg")
        caption = f"<figcaption>{escape(' '.join(self.content))}</figcaption>"
        html = f'<figure class="alexnet" id="{PLACE}">{drawings}{caption}</figure>'
        return [nodes.raw(text=html, format="html")]


def strip(pagename, uri):
    """The strip of a chapter, which leads to the whole drawing.

    It is one picture and one link, whose words say what is lit. With a link for each layer everyone
    who goes by keyboard would pass fifteen before the first sentence of every chapter.
    """
    lit, words = HEADS[pagename]
    kind = "columns" if pagename == COLUMNS else "strip"
    drawn = re.sub(
        r'<g class="(\w+)"',
        lambda group: f'<g class="{group[1]} lit"' if group[1] in lit else group[0],
        read("alexnet_strip.svg").replace(
            'class="strip"', f'class="{kind}" role="img" aria-label="AlexNet to scale."'
        ),
    )
    address = f"{uri('index')}#{PLACE}"
    return f'<a class="alexnet-strip" href="{address}">{drawn}In this chapter: {words}</a>'


def draw(app, pagename, templatename, context, doctree):
    """Put the strip below the title of a chapter, and let links of layers lead to pages."""

    def uri(name):
        return app.builder.get_relative_uri(pagename, name)

    def address(link):
        name, anchor = link.groups()
        if anchor not in app.env.metadata.get(name, {}).get("myst_slugs", {}):
            logger.warning(
                "AlexNet's drawing leads to %s#%s, which is not there: change EXPLAINED in "
                "utils/figures/drawing.py, then run `python -m tools.make_style`.",
                name, anchor, location=pagename,
            )  # fmt: skip
        return f'<a href="{uri(name)}#{anchor}" fill='

    body = LINK.sub(address, context.get("body", ""))
    if pagename in HEADS:
        body = body.replace("</h1>", f"</h1>\n{strip(pagename, uri)}", 1)
    context["body"] = body


def setup(app):
    app.add_directive("alexnet-drawing", AlexNetDrawing)
    app.connect("html-page-context", draw)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
