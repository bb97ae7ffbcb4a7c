"""The ledger of claims in the built book: what fails a build, links in cards, the ledger's page.

`utils/claims/claims.yml` and the cards in the stored notebooks are read once, before any page.
Whatever is wrong with them is a warning, and warnings are errors. The table itself is in
`ledger_table.py`.
"""

import re
import sys
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import nbformat
import yaml
from docutils import nodes
from myst_nb.core.render import load_mime_renders
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

sys.path.insert(0, str(Path(__file__).parents[2]))  # the folder of `utils`
from utils import claims

from ledger_table import cited, page

logger = logging.getLogger(__name__)
LEDGER = Path(claims.__file__).with_name("claims.yml")
PAGE = "claims"
FILES = ("ledger.css", "ledger.js")  # in `static`, which widgets.py adds to the book


@dataclass
class Ledger:
    """Every claim by its id, and which page's cells show it: (page, fields of the card)."""

    entries: dict[str, claims.Claim] = field(default_factory=dict)
    shown: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)


def load(file, keys):
    """The claims in this file, and what is wrong with it, one sentence each.

    `keys` are those of the bibliography.
    """
    try:
        entries = claims.read(file.read_text(encoding="utf-8"))
        return entries, list(claims.problems(entries, keys))
    except OSError as error:
        return [], [f"claims.yml cannot be read: {error.strerror}."]
    except yaml.YAMLError as error:
        return [], [f"claims.yml is not YAML: {' '.join(str(error).split())}"]
    except ValueError as error:
        return [], [str(error)]
    except (AttributeError, TypeError) as error:
        return [], [f"claims.yml is no list of claims as utils.claims describes them ({error})."]


def read(app, env, docnames):
    """Read the ledger and the cards. A ledger with a mistake is not shown at all."""
    app.ledger = Ledger()
    entries, wrong = load(LEDGER, set(env.get_domain("cite").bibdata.data.entries))
    for problem in wrong:
        logger.warning("The ledger of claims: %s", problem)
    if wrong:
        return
    app.ledger.entries = {claim.id: claim for claim in entries}
    cards = [(name, data) for name in notebooks(env) for data in stored(env, name)]
    times = Counter(data[claims.CARD]["id"] for _, data in cards)
    for docname, data in cards:
        fields = data[claims.CARD]
        for problem in problems(app.ledger.entries.get(fields["id"]), docname, data):
            logger.warning("%s", problem, location=docname)
        app.ledger.shown[fields["id"]] = docname, fields
    for claim_id, count in times.items():
        if count > 1:
            logger.warning("Claim %s is checked %d times: check it once.", claim_id, count)


def notebooks(env):
    """The names of the book's notebooks, in order."""
    return sorted(name for name in env.found_docs if env.doc2path(name).endswith(".ipynb"))


def stored(env, docname):
    """What a notebook has stored of its cards, in every form."""
    for cell in nbformat.read(env.doc2path(docname), as_version=4).cells:
        for output in cell.get("outputs", []):
            if claims.CARD in output.get("data", {}):
                yield output["data"]


def chapter_of(docname):
    """The number of a chapter: 3 of "03_layer_shapes"; None for other pages."""
    number = re.match(r"(\d+)_", docname)
    return int(number[1]) if number else None


def problems(claim, docname, data):
    """What is wrong with one stored card; `claim` is None if the ledger does not know it."""
    fields = data[claims.CARD]
    if claim is None:
        yield f"A cell checks the claim {fields['id']}, which is not in claims.yml."
        return
    if claim.chapter != chapter_of(docname):
        yield f"Claim {claim.id} is checked here, but its chapter in claims.yml is {claim.chapter}."
    if data.get("text/html") != claims.card(claim, fields):
        yield f"The card of claim {claim.id} is not what claims.yml says now: run `make notebooks`."


def depend(env, names=()):
    """Let the present page be built again when the ledger or one of these notebooks changes."""
    for file in (*LEDGER.parent.glob("*.*"), *map(env.doc2path, names)):
        env.note_dependency(str(file))


class ClaimCard:
    """A myst-nb plugin: a card with links to the ledger and to the page of references."""

    mime_priority_overrides = (("*", claims.CARD, 0),)  # rather than the HTML for Jupyter

    @staticmethod
    def handle_mime(renderer, data, inline):
        if data.mime_type != claims.CARD:
            return None
        env = renderer.renderer.sphinx_env
        depend(env)
        claim = env.app.ledger.entries.get(data.content["id"])
        if claim is None:  # said when the cards were read
            return []
        uri = partial(env.app.builder.get_relative_uri, env.docname)
        name = (
            f'<a href="{uri(PAGE)}#{claim.id}">{claim.id}</a>' if PAGE in env.found_docs else None
        )
        html = claims.card(claim, data.content, cited(claim, uri), name)
        return [nodes.raw(text=html, format="html")]


class ClaimsLedger(SphinxDirective):
    """`claims-ledger`: the counts, the filters and the table."""

    def run(self):
        names = notebooks(self.env)
        depend(self.env, names)
        chapters = {chapter_of(name): name for name in names}
        uri = partial(self.env.app.builder.get_relative_uri, self.env.docname)
        html = page(self.env.app.ledger, chapters, uri)
        return [nodes.raw(text=html, format="html")]


def link_files(app, pagename, templatename, context, doctree):
    """Link script and style on the ledger's page only."""
    if pagename == PAGE:
        app.add_css_file(FILES[0])
        app.add_js_file(FILES[1])


def setup(app):
    if ClaimCard not in load_mime_renders():
        load_mime_renders().insert(0, ClaimCard)
    app.add_directive("claims-ledger", ClaimsLedger)
    app.connect("env-before-read-docs", read)
    app.connect("html-page-context", link_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
