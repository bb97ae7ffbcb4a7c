"""Let every table fit its page: by its width it stays, uses the margin, or turns into cards.

How wide a table needs to be is estimated from its texts. A cell carries the head of its column,
which its card shows where the screen is too narrow for columns (`book.css`).
"""

import re
from copy import copy

from bs4 import BeautifulSoup

TABLE = re.compile(r'<table class="(?:dataframe|table)".*?</table>', re.DOTALL)
STYLE = re.compile(r"<style scoped>.*?</style>\s*", re.DOTALL)  # what pandas puts before a table
# Pixels: of a character of a table, and between two columns.
LETTER, GAP = 8, 16
# Pixels from which a table becomes cards on a telephone, uses the margin, or breaks its lines.
WIDTHS = {"cards": 358, "wide": 688, "wider": 936}
SENTENCE = 40  # characters from which a cell breaks its lines
BROKEN = 18  # characters of a line that is broken


def grid(part):
    """The rows of a table's head or body, each cell in every place that it spans."""
    rows = [{} for _ in part.find_all("tr")]
    for r, row in enumerate(part.find_all("tr")):
        for cell in row.find_all(["th", "td"]):
            column = next(c for c in range(len(rows[r]) + 1) if c not in rows[r])
            for down in range(int(cell.get("rowspan", 1))):
                for right in range(int(cell.get("colspan", 1))):
                    rows[r + down][column + right] = cell
    return [[row[c] for c in sorted(row)] for row in rows]


def text(cell):
    """What is seen of a cell: a formula is also there for screen readers, and as it was written."""
    seen = copy(cell)
    for hidden in seen.select(".katex-mathml"):
        hidden.decompose()
    return " ".join(seen.get_text().split())


def fit(match):
    """One table with classes for its width, and in its cells the heads of their columns."""
    table = BeautifulSoup(match[0], "html.parser").table
    heads = [
        dict.fromkeys(filter(None, map(text, column)))
        for column in zip(*grid(table.thead), strict=True)
    ]
    room = 0
    columns = zip(*grid(table.tbody), strict=True)
    for number, (column, head) in enumerate(zip(columns, heads, strict=True)):
        longest = max(len(text(cell)) for cell in column)
        name = max(map(len, head), default=0)
        room += GAP + LETTER * (max(BROKEN, name) if longest > SENTENCE else max(longest, name))
        for cell in column:
            if head and number:  # the first one is the card's own head
                cell["data-head"] = ", ".join(head)
            if longest > SENTENCE:
                cell["class"] = "sentence"
    rows = grid(table.tbody)
    for above, row, line in zip(rows, rows[1:], table.tbody.find_all("tr")[1:], strict=False):
        for cell in [cell for before, cell in zip(above, row, strict=True) if before is cell]:
            again = copy(cell)  # a name that stands for several rows stands on each card
            again["class"] = "again"
            del again["rowspan"]
            line.insert(0, again)
    names = [name for name, least in WIDTHS.items() if room > least]
    table["class"] = [*table["class"], *names]
    # The theme gives this class the margin, and folds the contents there while it is on screen.
    return f'<div class="full-width">{table}</div>' if "wide" in names else str(table)


def fit_tables(app, pagename, templatename, context, doctree):
    context["body"] = TABLE.sub(fit, STYLE.sub("", context.get("body", "")))


def setup(app):
    app.connect("html-page-context", fit_tables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
