"""Mend what pandas, docutils and MyST write in ways that a screen reader stumbles over."""

import re

MENDS = [
    # docutils: the role is deprecated, and a list may only hold list items
    (re.compile(r'role="doc-biblioentry"'), 'role="listitem"'),
    # myst-nb: a label that hides the button's visible text
    (re.compile(r'<summary aria-label="[^"]*">'), "<summary>"),
    # pandas and Markdown: the empty corner of a table is no heading of anything
    (re.compile(r"<th[^>]*>(?:<p></p>|&nbsp;|\s)*</th>"), "<td></td>"),
    # pandas: a border that no style sheet can take away
    (re.compile(r'<table border="1" class="dataframe">'), '<table class="dataframe">'),
]


def mend(app, pagename, templatename, context, doctree):
    for pattern, replacement in MENDS:
        context["body"] = pattern.sub(replacement, context.get("body", ""))


def setup(app):
    app.connect("html-page-context", mend)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
