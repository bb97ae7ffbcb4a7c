"""Let a link such as `references.md#krizhevsky2012` find its entry, and label entries by key.

In a notebook a citation is a plain Markdown link, which GitHub and Colab understand too. MyST
resolves such links to headings only; here the keys of `references.bib` join them.
"""

from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style
from pybtex.style.labels import BaseLabelStyle


class KeyLabels(BaseLabelStyle):
    """The bibliography's label is the key that authors cite by."""

    def format_labels(self, sorted_entries):
        return (entry.key for entry in sorted_entries)


class ByKey(Style):
    """Pybtex's plain style, sorted by author and year, with keys as labels."""

    default_label_style = KeyLabels
    default_sorting_style = "author_year_title"


def add_anchors(app, env):
    """Make every key of the bibliography a target on the page of references."""
    keys = env.get_domain("cite").bibdata.data.entries
    anchors = env.metadata["references"].setdefault("myst_slugs", {})
    anchors.update({key: (0, key, key) for key in keys})


def setup(app):
    register_plugin("pybtex.style.formatting", "by_key", ByKey)
    app.connect("env-updated", add_anchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
