"""Link the book's design on every page, and say what a folded cell holds.

A folded cell's title is what Colab shows of it, `# @title Figure: windows`. In the page it stands
on the button that opens the code, and not in the code. One button opens an answer and its code.
"""

from pathlib import Path

from docutils import nodes

TOKENS = Path(__file__).parents[2] / "utils" / "figures" / "tokens.css"
TITLE = "# @title "
WIDTH = 76  # characters of a line that the text's own column has room for


def label(app, doctree):
    """Give every folded cell its title, as myst-nb's prompts."""
    for cell in doctree.findall(lambda node: "hide_mode" in getattr(node, "attributes", ())):
        code = next(cell.findall(nodes.literal_block))
        first, _, rest = code.astext().partition("\n")
        answer = "output" in cell["hide_mode"]
        words = "Answer" if answer else "Setup" if first.startswith("# Setup") else "Code"
        if first.startswith(TITLE):
            words = first.removeprefix(TITLE)
            for kind in () if answer else ("Figure: ", "Table: "):
                words = words.replace(kind, "Code: ")
            code.replace_self(nodes.literal_block(rest, rest, **code.attributes))
        cell["prompt_show"] = cell["prompt_hide"] = words
        cell["hide_mode"] = "all" if answer else cell["hide_mode"]


def widen(app, doctree):
    """Give a listing in the text the margin as well, if it is wider than the code of a cell."""
    for code in list(doctree.findall(nodes.literal_block)):
        in_text = not (code.parent.get("nb_element") if code.parent else None)
        if in_text and max(map(len, code.astext().split("\n"))) > WIDTH:
            code.replace_self(nodes.container("", code.deepcopy(), classes=["full-width"]))


def link_tokens(app):
    app.config.html_static_path.append(str(TOKENS))
    app.add_css_file(TOKENS.name, priority=100)  # before what uses it


def setup(app):
    app.connect("builder-inited", link_tokens)
    app.connect("doctree-read", label)
    app.connect("doctree-read", widen)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
