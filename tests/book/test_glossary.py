"""The glossary: its terms, and the links to them where a chapter first uses a term.

Chapters link a term once, at its first mention in prose, so that the links help and do not clutter.
Prose is what a reader reads as sentences: no headings, headers of tables, code, formulas or links.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

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
    "He initialisation": ["He initialisation", "He's weights", "He's first weights"],
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


def read_glossary() -> tuple[dict[str, list[str]], dict[str, str]]:
    """The terms of each group ("A–C") in the page's order, and the text of each term."""
    page = (BOOK / "glossary.md").read_text(encoding="utf-8")
    groups: dict[str, list[str]] = {}
    entries = {}
    for part in re.split(r"^(?=###? )", page, flags=re.MULTILINE)[1:]:
        heading, _, text = part.partition("\n")
        if heading.startswith("## "):
            group = groups.setdefault(heading[3:], [])
        else:
            group.append(heading[4:])
            entries[heading[4:]] = text.strip()
    return groups, entries


GROUPS, ENTRIES = read_glossary()
TERMS = [term for terms in GROUPS.values() for term in terms]
# Longer forms first: "gradient descent" is not "gradient".
SPELLINGS = sorted(
    ((form, term) for term in TERMS for form in FORMS.get(term, [term])),
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
        if token.type in ("heading_open", "th_open"):
            skipped = True
        elif token.type in ("heading_close", "th_close"):
            skipped = False
        elif token.type in ("link_open", "link_close"):
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


@cache
def mentions_in(path: Path) -> list[tuple[str, str, str | None]]:
    return list(mentions(v4.reads(path.read_text(encoding="utf-8"))))


def breaches(found: Iterable[tuple[str, str, str | None]]) -> Iterator[str]:
    """One sentence for each mention that should be a link and is not, or the other way round."""
    seen = set(NOT_LINKED)
    links = 0
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


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_first_mentions_are_links(path):
    found = list(breaches(mentions_in(path)))
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
        (["[stride](glossary.md#steps)"], "not the anchor of that term"),
        (["[steps](glossary.md#stride)"], "not the anchor of that term"),
        (ALL_TERMS, "at most 30"),
    ],
)
def test_only_a_first_mention_is_a_link(sources, complaint):
    notebook = v4.new_notebook(cells=[*map(v4.new_markdown_cell, sources)])
    found = list(breaches(mentions(notebook)))
    if complaint is None:
        assert found == []
    else:
        assert any(complaint in sentence for sentence in found), found


def test_terms_are_sorted_and_in_their_group():
    assert sorted(set(TERMS), key=str.casefold) == TERMS
    for group, terms in GROUPS.items():
        first, last = group.split("–")
        assert all(first <= term[0] <= last for term in terms), group


def test_forms_belong_to_one_term_each():
    forms = [form.casefold() for form, _ in SPELLINGS]
    assert len(set(forms)) == len(forms)
    assert FORMS.keys() | NOT_LINKED <= set(TERMS)


def test_every_term_is_used_and_says_where_it_is_explained():
    used = {term_of(words) for path in NOTEBOOKS for _, words, _ in mentions_in(path)}
    for term, text in ENTRIES.items():
        to_come = re.search(r"chapter (\d+), to come", text)
        if to_come:
            written = [*BOOK.glob(f"{int(to_come[1]):02}_*.ipynb")]
            assert not written, f"{term}: {written} exists, so link the section that explains it."
        else:
            assert ".ipynb" in text, f"{term}: link the chapter that explains it."
            assert term in used, f"{term}: no chapter uses it."
