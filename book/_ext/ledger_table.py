"""The HTML of the ledger's page: counts, filters, and the table of all claims.

The roles are written out because on narrow screens `ledger.css` turns rows into cards, and a table
that is not laid out as one may lose its meaning for screen readers.
"""

from collections import Counter
from html import escape

from utils.claims import CHAPTERS, KINDS, SAYS, TOPICS, VERDICTS

HEADINGS = ("Id", "Claim", "Verdict", "What is right", "Chapter")
SHOWN = {"yes": "shown in the book", "no": "not yet shown"}


def page(ledger, chapters, uri):
    """Everything below the text of the page.

    `ledger` has the entries and where they are shown, `chapters` the page of each chapter that
    exists, by its number, and `uri` turns a page's name into its address.
    """
    claims = list(ledger.entries.values())
    return "\n".join(
        [
            f'<div class="ledger-box"><p>The ledger has {len(claims)} claims. '
            f"Cells of the book show {len(ledger.shown)} of them.</p>",
            counts(claims, ledger.shown),
            filters(claims),
            f'<table class="ledger" role="table" aria-label="The {len(claims)} claims">',
            f'<thead role="rowgroup"><tr role="row">{cells(HEADINGS, "columnheader")}</tr></thead>',
            '<tbody role="rowgroup">',
            *(row(claim, ledger.shown.get(claim.id), chapters, uri) for claim in claims),
            "</tbody></table></div>",
        ]
    )


def cells(texts, role):
    return "".join(f'<th scope="col" role="{role}">{text}</th>' for text in texts)


def counts(claims, shown):
    """How many claims have each verdict and are shown: by who makes them, by kind, in all."""
    lines = [("who says it", None)]
    lines += [(escape(who), [c for c in claims if c.group == group]) for group, who in SAYS.items()]
    lines += [("how it is settled", None)]
    lines += [(kind, [c for c in claims if c.kind == kind]) for kind in KINDS]
    lines += [("all claims", claims)]
    return (
        '<table class="ledger-counts"><caption>How many claims</caption><thead><tr><td></td>'
        + "".join(f'<th scope="col"><span>{name}</span></th>' for name in ("all", *VERDICTS))
        + '<th scope="col"><span>shown</span></th></tr></thead>\n<tbody>'
        + "\n".join(counted(name, entries, shown) for name, entries in lines)
        + "</tbody></table>"
    )


def counted(name, claims, shown):
    """One line of the counts; a heading if `claims` is None."""
    if claims is None:
        return f'<tr><th scope="colgroup" colspan="{len(VERDICTS) + 3}">{name}</th></tr>'
    verdicts = Counter(claim.verdict for claim in claims)
    numbers = [len(claims), *(verdicts[verdict] for verdict in VERDICTS)]
    numbers.append(sum(claim.id in shown for claim in claims))
    return f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{n}</td>" for n in numbers) + "</tr>"


def filters(claims):
    """The controls, hidden until `ledger.js` runs. A menu's name is the row's `data-` attribute."""

    def used(values, attribute):
        present = {getattr(claim, attribute) for claim in claims}
        return {value: str(value) for value in values if value in present}

    chapters = {
        n: f"{n}. {title}" for n, title in CHAPTERS.items() if n in used(CHAPTERS, "chapter")
    }
    menus = [
        ("says", "Who says it", {g: who for g, who in SAYS.items() if g in used(SAYS, "group")}),
        ("chapter", "Chapter", chapters),
        ("verdict", "Verdict", used(VERDICTS, "verdict")),
        ("kind", "How it is settled", used(KINDS, "kind")),
        ("topic", "Topic", used(sorted(TOPICS), "topic")),
        ("shown", "In the book", SHOWN),
    ]
    return (
        '<form class="ledger-filters" aria-label="Filter the claims" hidden>\n'
        + "\n".join(menu(*one) for one in menus)
        + '\n<label>Words<input type="search" name="words"></label>\n'
        f"<p><output>{len(claims)} of {len(claims)} claims</output> "
        '<button type="reset">Reset</button></p></form>'
    )


def menu(name, label, values):
    options = "".join(
        f'<option value="{value}">{escape(text)}</option>' for value, text in values.items()
    )
    options = f'<option value="">any</option>{options}'
    return f'<label>{label}<select name="{name}">{options}</select></label>'


def row(claim, shown, chapters, uri):
    """One claim; `shown` is the page and the fields of its card, or None."""
    data = {
        "says": claim.group,
        "chapter": claim.chapter,
        "verdict": claim.verdict,
        "kind": claim.kind,
        "topic": claim.topic,
        "shown": "yes" if shown else "no",
    }
    attributes = " ".join(f'data-{name}="{value}"' for name, value in data.items())
    source = f" <small>Source: {cited(claim, uri)}.</small>" if claim.source else ""
    return (
        f'<tr id="{claim.id}" role="row" {attributes}>'
        f'<th scope="row" role="rowheader"><a href="#{claim.id}">{claim.id}</a></th>\n'
        f'<td role="cell">{escape(claim.claim)} '
        f"<small>{escape(claim.says)}; {claim.topic}</small></td>\n"
        f'<td role="cell" class="claim-{claim.verdict}"><strong>{claim.verdict}</strong> '
        f"<small>{claim.kind if claim.kind != claim.verdict else ''}</small></td>\n"
        f'<td role="cell">{escape(claim.fact)}{result(claim, shown, uri)}{source}</td>\n'
        f'<td role="cell">{chapter(claim.chapter, chapters, uri)}</td></tr>'
    )


def result(claim, shown, uri):
    """What the book found, with a link to the cell."""
    if not shown:
        return ""
    docname, fields = shown
    how = "Recorded seeds" if claim.kind == "measured" else "Computed"
    live = f" One run: {escape(fields['live'])}." if "live" in fields else ""
    return (
        f' <span class="ledger-result"><a href="{uri(docname)}#claim-{claim.id}">{how} in chapter '
        f"{claim.chapter}</a>: {escape(fields['value'])}.{live}</span>"
    )


def chapter(number, chapters, uri):
    """The chapter that settles a claim: a link if it exists."""
    name = f"{number}. {escape(CHAPTERS[number])}"
    if number in chapters:
        return f'<a href="{uri(chapters[number])}">{name}</a>'
    return f"{name} <small>(to come)</small>"


def cited(claim, uri):
    """The sources of a claim with links to the page of references."""
    return "; ".join(
        f'<a href="{uri("references")}#{key}">{key}</a>, {escape(str(place))}'
        for key, place in claim.source.items()
    )
