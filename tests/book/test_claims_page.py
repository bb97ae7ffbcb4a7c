"""The built page of the ledger: rows, counts and controls."""

import json
from collections import Counter

import pytest
from bs4 import BeautifulSoup

from tests.support.trial_book import links, text
from tools.notebooks import NOTEBOOKS, cards
from utils import claims

ROWS = "table.ledger tbody tr"
PAGES = {int(path.stem[:2]): f"{path.stem}.html" for path in NOTEBOOKS}


@pytest.fixture(scope="module")
def ledger_page(html):
    return BeautifulSoup((html / "claims.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def shown():
    """The cards in the book's notebooks: the page and the card's fields, by the claim's id."""
    return {
        fields["id"]: (f"{path.stem}.html", fields)
        for path in NOTEBOOKS
        for fields in cards(json.loads(path.read_text(encoding="utf-8")))
    }


def test_the_table_has_every_claim_in_full(ledger_page, shown):
    rows = ledger_page.select(ROWS)
    assert [row["id"] for row in rows] == list(claims.ledger())
    assert len(shown) >= 45
    for row, claim in zip(rows, claims.ledger().values(), strict=True):
        said, last = text(row), row.select("td")[-1]
        for name in ("id", "claim", "says", "topic", "verdict", "fact", "kind"):
            assert getattr(claim, name) in said, claim.id
        assert {name: value for name, value in row.attrs.items() if name.startswith("data-")} == {
            "data-says": claim.group,
            "data-verdict": claim.verdict,
            "data-kind": claim.kind,
            "data-topic": claim.topic,
            "data-chapter": str(claim.chapter),
            "data-shown": "yes" if claim.id in shown else "no",
        }
        results = row.select(".ledger-result")
        assert len(results) == (claim.id in shown), claim.id
        for result in results:
            page, fields = shown[claim.id]
            assert links(result) == [f"{page}#claim-{claim.id}"]
            assert fields["value"] in text(result) and fields.get("live", "") in text(result)
        for key, place in claim.source.items():
            assert f"references.html#{key}" in links(row)
            assert f"{key} , {place}" in said, claim.id
        assert f"{claim.chapter}. {claims.CHAPTERS[claim.chapter]}" in text(last)
        assert links(last) == [PAGES[claim.chapter]]


def test_the_counts_are_those_of_ledger_and_notebooks(ledger_page, shown):
    every = list(claims.ledger().values())
    some = {who: [c for c in every if c.group == group] for group, who in claims.SAYS.items()}
    some |= {kind: [c for c in every if c.kind == kind] for kind in claims.KINDS}
    expected = {}
    for name, chosen in (some | {"all claims": every}).items():
        verdicts = Counter(claim.verdict for claim in chosen)
        numbers = [len(chosen), *(verdicts[verdict] for verdict in claims.VERDICTS)]
        expected[name] = [*numbers, sum(claim.id in shown for claim in chosen)]
    table = ledger_page.select_one("table.ledger-counts")
    assert [text(head) for head in table.select("thead th")] == ["all", *claims.VERDICTS, "shown"]
    assert expected == {
        text(row.th): [int(cell.get_text()) for cell in row.select("td")]
        for row in table.select("tbody tr")
        if row.td
    }
    assert f"has {len(every)} claims. Cells of the book show {len(shown)} of" in text(ledger_page)


def test_at_most_three_cards_stand_in_a_row(html):
    for name in PAGES.values():
        page = BeautifulSoup((html / name).read_text(encoding="utf-8"), "html.parser")
        for fold in page.select("details.claims-more"):
            cards, before = fold.select(".claim"), fold.find_previous_siblings("div")
            assert text(fold.summary) == f"Also settled here ({len(cards)})"
            assert before[0].select(".claim"), "what is folded follows cards"
        for section in page.select("section"):
            row = 0
            for part in section.find_all(recursive=False):
                cards = part.select(".claim") if part.name == "div" else []
                row = row + len(cards) if cards else 0
                assert row <= 3, f"{name}: {section['id']}"


def test_the_controls_offer_what_is_there(ledger_page):
    rows = ledger_page.select(ROWS)
    form = ledger_page.select_one("form.ledger-filters")
    for name in ("says", "chapter", "verdict", "kind", "topic"):
        offered = [option["value"] for option in form.select(f"[name={name}] option")]
        assert sorted(offered) == ["", *sorted({row[f"data-{name}"] for row in rows})]
