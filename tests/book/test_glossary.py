"""The glossary: its terms, and the links to them where a chapter first uses a term.

Chapters link a term once, at its first mention in prose, so that the links help and do not clutter.
Prose is what a reader reads as sentences: no headings, headers of tables, code, formulas or links.
"""

import re
from collections.abc import Iterable, Iterator

import nbformat
import pytest
from nbformat import NotebookNode, v4

from tools.notebooks import NOTEBOOKS, cells, tokens

BOOK = NOTEBOOKS[0].parent
# How a chapter writes a term, where that is not only the term itself. Plurals need no mention.
FORMS = {
    "Activation": ["activations"],  # in the singular it is often the function
    "Batch normalisation": ["batch normalisation", "BatchNorm"],
    "Confidence interval": ["confidence interval", "interval"],
    "Floor and ceil": ["floor", "ceil"],
    "Fully connected layer": ["fully connected layer", "linear layer"],
    "He initialisation": ["He initialisation", "He's weights", "He's initial weights"],
    "In-place operation": ["in-place"],
    "Input normalisation": ["normalised input", "mean 0, standard deviation 1"],
    "Kernel": ["kernel", "filter"],
    "Local response normalisation": [
        "local response normalisation", "response normalisation", "LRN",
    ],
    "MAC and FLOP": ["MAC", "multiply-accumulate", "FLOP"],
    "Overfitting": ["overfitting", "overfit"],
    "Pooling": ["pooling", "max-pooling", "average pooling"],
    "Profile": ["quick profile", "full profile"],
    "Quantisation": ["quantisation", "quantised"],
    "Regularisation": ["regularisation", "regulariser"],
    "Saturation": ["saturation", "saturate", "saturated", "saturating"],
    "Stochastic gradient descent": ["stochastic gradient descent", "gradient descent", "SGD"],
    "Test set": ["test set", "test image"],
    "Test-time augmentation": ["test-time augmentation", "ten-crop"],
    "Top-1 and top-5 error": ["top-1 error", "top-5 error", "top-1", "top-5"],
    "Unit": ["unit", "neuron"],
    "Validation set": ["validation set", "validation image", "validation error"],
    "Xavier initialisation": ["Xavier initialisation", "Xavier"],
}  # fmt: skip
# Words of nearly every page, with which a chapter would fill its links: looked up, never linked.
NOT_LINKED = {
    "Accuracy", "Batch", "Bias", "Channel", "Gradient", "Loss", "Optimiser", "Parameter", "Seed",
    "Tensor", "Test set",
}  # fmt: skip
MOST_LINKS = 30


def slug(heading: str) -> str:
    """The anchor of a heading, as on GitHub and in the built page."""
    return re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-")


# The terms of each group ("A–C") in the page's order, and the text of each term.
GROUPS = {}
for part in re.split("^## ", (BOOK / "glossary.md").read_text("utf-8"), flags=re.MULTILINE)[1:]:
    group, *entries = re.split("^### ", part, flags=re.MULTILINE)
    GROUPS[group.strip()] = dict(entry.split("\n", 1) for entry in entries)
ENTRIES = {term: text for terms in GROUPS.values() for term, text in terms.items()}
# Longer forms first: "gradient descent" is not "gradient".
SPELLINGS = sorted(
    ((form, term) for term in ENTRIES for form in FORMS.get(term, [term])),
    key=lambda spelling: -len(spelling[0]),
)
MENTION = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"({form})(?:e?s)?" for form, _ in SPELLINGS) + r")(?![\w-])",
    re.IGNORECASE,
)


def prose(cell: NotebookNode) -> Iterator[tuple[str | None, str]]:
    """Each unbroken run of text in a Markdown cell's prose, with the target if it is a link."""
    target, text, skipped = None, "", False
    for token in tokens(cell):
        if token.type == "softbreak" or (token.type == "text" and not skipped):
            text += token.content or " "
            continue
        if text.strip():
            yield target, text
        text = ""
        if token.type.startswith(("heading_", "th_")):
            skipped = token.nesting == 1
        elif token.type.startswith("link_"):
            target = token.attrGet("href")


def term_of(words: str) -> str | None:
    """The term that these words write."""
    match = MENTION.fullmatch(words)
    return SPELLINGS[match.lastindex - 1][1] if match else None


def mentions(notebook: NotebookNode) -> Iterator[tuple[str, str, str | None]]:
    """Where terms occur in prose: the cell, the words, the target if they link to the glossary."""
    for where, cell in cells(notebook, "markdown"):
        for target, text in prose(cell):
            if target is None:
                yield from ((where, match[0], None) for match in MENTION.finditer(text))
            elif target.startswith("glossary.md"):
                yield where, text, target


@pytest.fixture(scope="module")
def chapters() -> dict[str, list[tuple[str, str, str | None]]]:
    """The mentions in each notebook."""
    return {path.stem: [*mentions(nbformat.read(path, as_version=4))] for path in NOTEBOOKS}


def breaches(found: Iterable[tuple[str, str, str | None]]) -> Iterator[str]:
    """One sentence for each mention that should be a link and is not, or the other way round."""
    seen, links = set(NOT_LINKED), 0
    for where, words, target in found:
        term = term_of(words)
        link = f"glossary.md#{slug(term)}" if term else None
        if target is None and term not in seen:
            yield f"{where} is the first to mention [{words}]({link}): write that link."
        elif target and target != link:
            yield f'{where} links "{words}" to {target}, which is not the anchor of that term.'
        elif target and term in seen:
            yield f'{where} links "{words}": only the first mention is a link, general terms none.'
        seen.add(term)
        links += bool(target)
    if links > MOST_LINKS:
        yield f"{links} links to the glossary, at most {MOST_LINKS}: see NOT_LINKED and FORMS."


def test_first_mentions_are_links(chapters):
    found = [f"{name}: {said}" for name, all_of in chapters.items() for said in breaches(all_of)]
    assert not found, "\n".join(found)


def linked(words: str) -> str:
    return f"[{words}](glossary.md#{slug(term_of(words))})"


ALL_TERMS = [linked(form) for form, term in SPELLINGS if form == FORMS.get(term, [term])[0]]


@pytest.mark.parametrize(
    ("sources", "complaint"),
    [
        (["# Stride\n\nA [stride](glossary.md#stride) of 4.", "Another stride."], None),
        (["A [note on strides](references.md), `stride`, $stride$, substride."], None),
        (["| stride |\n|---|\n| 2 |\n\nA *[Stride](glossary.md#stride)*."], None),
        (["[Overlapping\npooling](glossary.md#overlapping-pooling)", linked("max-pooling")], None),
        (["A batch of tensors."], None),
        (["A stride of 4."], "first to mention [stride](glossary.md#stride)"),
        (["| a |\n|---|\n| strides |"], "first to mention [strides]"),
        (["Gradient descent."], "first to mention [Gradient descent]"),
        (["A stride.", linked("stride")], "only the first mention"),
        ([linked("stride"), linked("strides")], "only the first mention"),
        ([linked("batch")], "general terms none"),
        (["[stride](glossary.md#padding)"], "not the anchor of that term"),
        (["[steps](glossary.md#stride)"], "not the anchor of that term"),
        (ALL_TERMS, "at most 30"),
    ],
)
def test_only_a_first_mention_is_a_link(sources, complaint):
    notebook = v4.new_notebook(cells=[*map(v4.new_markdown_cell, sources)])
    found = list(breaches(mentions(notebook)))
    assert any(complaint in sentence for sentence in found) if complaint else not found, found


def test_terms_are_sorted_in_their_group_and_have_their_own_forms():
    assert sorted(ENTRIES, key=str.casefold) == [*ENTRIES]
    assert FORMS.keys() | NOT_LINKED <= set(ENTRIES)
    forms = [form.casefold() for form, _ in SPELLINGS]
    assert len(set(forms)) == len(forms), "a form belongs to two terms"
    for group, terms in GROUPS.items():
        first, last = group.split("–")
        assert all(first <= term[0] <= last for term in terms), group


def test_every_term_is_used_and_says_where_it_is_explained(chapters):
    used = {term_of(words) for found in chapters.values() for _, words, _ in found}
    for term, text in ENTRIES.items():
        assert ".ipynb" in text, f"{term}: link the chapter that explains it."
        assert term in used, f"{term}: no chapter uses it."
