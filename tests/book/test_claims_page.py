"""The ledger's page as a file, the cards in the chapters, and what fails a build."""

import json
import re
from collections import Counter

import pytest
import yaml
from bs4 import BeautifulSoup

from tests.support.trial_book import build, build_again, code, markdown
from tools.notebooks import cards
from tools.pages import HTML, NO_BUILD, PAGES, ROOT
from utils import claims

NOTEBOOKS = [name for name in PAGES if (ROOT / f"book/{name}.ipynb").exists()]


def read(file):
    return BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")


def text(tag):
    return " ".join(tag.get_text(" ").split())


def links(tag):
    return [link["href"] for link in tag.select("a[href]")]


# --- The built page ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ledger_page():
    if not (HTML / "claims.html").exists():
        pytest.fail(NO_BUILD)
    return read(HTML / "claims.html")


@pytest.fixture(scope="module")
def shown():
    """The cards in the book's notebooks: the notebook and the card's fields, by the claim's id."""
    return {
        fields["id"]: (name, fields)
        for name in NOTEBOOKS
        for fields in cards(json.loads((ROOT / f"book/{name}.ipynb").read_text(encoding="utf-8")))
    }


def test_the_table_has_every_claim_in_full(ledger_page, shown):
    rows = ledger_page.select("table.ledger tbody tr")
    assert [row["id"] for row in rows] == list(claims.ledger())
    for row, claim in zip(rows, claims.ledger().values(), strict=True):
        said = text(row)
        for part in (claim.id, claim.claim, claim.says, claim.topic, claim.verdict, claim.fact):
            assert " ".join(part.split()) in said, claim.id
        assert claim.kind in said
        assert {name: row[f"data-{name}"] for name in ("says", "verdict", "kind", "topic")} == {
            "says": claim.group,
            "verdict": claim.verdict,
            "kind": claim.kind,
            "topic": claim.topic,
        }
        assert row["data-chapter"] == str(claim.chapter)
        assert row["data-shown"] == ("yes" if claim.id in shown else "no")
        for key, place in claim.source.items():
            assert f"references.html#{key}" in links(row)
            assert " ".join(f"{key} , {place}".split()) in said, claim.id


def test_a_chapter_is_a_link_or_to_come(ledger_page):
    pages = {int(name[:2]): f"{name}.html" for name in NOTEBOOKS if name[:2].isdigit()}
    for row in ledger_page.select("table.ledger tbody tr"):
        cell, number = row.select("td")[-1], int(row["data-chapter"])
        assert f"{number}. {claims.CHAPTERS[number]}" in text(cell)
        assert links(cell) == ([pages[number]] if number in pages else [])
        assert ("to come" in text(cell)) == (number not in pages)


def test_values_are_those_of_the_stored_notebooks(ledger_page, shown):
    found = {row.find_parent("tr")["id"]: row for row in ledger_page.select(".ledger-result")}
    assert sorted(found) == sorted(shown)
    for claim_id, (name, fields) in shown.items():
        assert links(found[claim_id]) == [f"{name}.html#claim-{claim_id}"]
        for value in (fields[part] for part in ("value", "live") if part in fields):
            assert " ".join(value.split()) in text(found[claim_id])


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_cards_lead_to_the_ledger_and_to_the_references(name, shown):
    page = read(HTML / f"{name}.html")
    expected = [claim_id for claim_id, (where, _) in shown.items() if where == name]
    shown_cards = page.select(".claim")
    assert sorted(card["id"] for card in shown_cards) == sorted(f"claim-{i}" for i in expected)
    for card in shown_cards:
        claim = claims.ledger()[card["id"].removeprefix("claim-")]
        sources = [f"references.html#{key}" for key in claim.source]
        assert links(card) == [f"claims.html#{claim.id}", *sources]


def test_the_counts_are_those_of_ledger_and_notebooks(ledger_page, shown, capsys):
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
    assert {
        text(row.th): [int(cell.get_text()) for cell in row.select("td")]
        for row in table.select("tbody tr")
        if row.td
    } == expected
    assert f"has {len(every)} claims. Cells of the book show {len(shown)} of" in text(ledger_page)
    with capsys.disabled():
        names = ("claims", *claims.VERDICTS, "shown by a cell")
        numbers = zip(expected["all claims"], names, strict=True)
        print("\nThe ledger:", ", ".join(f"{count} {name}" for count, name in numbers))


def test_the_controls_wait_for_the_script_and_offer_what_is_there(ledger_page):
    form = ledger_page.select_one("form.ledger-filters")
    assert form.has_attr("hidden")
    rows = ledger_page.select("table.ledger tbody tr")
    menus = form.select("select")
    names = ["says", "chapter", "verdict", "kind", "topic", "shown"]
    assert [menu["name"] for menu in menus] == names
    for menu in menus[:-1]:
        values = [option["value"] for option in menu.select("option")]
        assert values[0] == ""
        assert sorted(values[1:]) == sorted({row[f"data-{menu['name']}"] for row in rows})


def test_script_and_style_of_the_ledger_are_on_its_page_only(ledger_page):
    for page in HTML.glob("*.html"):
        found = {"ledger.js", "ledger.css"} & set(
            re.findall(r"ledger\.\w+(?=\?v)", page.read_text())
        )
        assert len(found) == (2 if page.name == "claims.html" else 0), page.name


# --- What fails a build -----------------------------------------------------------------------

ENTRY = {
    "id": "T1-25",
    "topic": "memory",
    "claim": "Two layers hold < 1 GB.",
    "kind": "computed",
    "verdict": "false",
    "fact": "They hold 218 million bytes.",
    "source": {"krizhevsky2012": "§3.5"},
    "chapter": 3,
    "expect": {"equal": 218136576},
    "unit": "bytes",
}
OTHER = ENTRY | {"id": "P-224", "chapter": 7, "fact": "The arithmetic needs 227."}


def ledger(*entries):
    return yaml.safe_dump([*entries], allow_unicode=True, sort_keys=False)


def card(entry, **fields):
    """A cell with the card that `utils.claims.check` stores."""
    (claim,) = claims.read(ledger(entry))
    fields = {"id": claim.id, "value": "218,136,576 bytes"} | fields
    html = claims.card(claim, fields)
    data = {claims.CARD: fields, "text/html": html, "text/plain": claims.line(claim, fields)}
    return code(f'check("{claim.id}", value)', {"data": data})


def test_a_card_gets_links_and_a_place_in_the_ledger(tmp_path):
    cells = [markdown("# A"), card(ENTRY, live="0.5 s")]
    built = build(tmp_path, cells, name="03_shapes", ledger=ledger(ENTRY, OTHER))
    assert built.returncode == 0, built.stderr
    html = tmp_path / "_build/html"
    (shown,) = read(html / "03_shapes.html").select("#claim-T1-25")
    assert links(shown) == ["claims.html#T1-25", "references.html#krizhevsky2012"]
    assert "“Two layers hold < 1 GB.”" in text(shown)
    page = read(html / "claims.html")
    result = page.select_one("#T1-25 .ledger-result")
    assert links(result) == ["03_shapes.html#claim-T1-25"]
    assert text(result) == "Computed in chapter 3 : 218,136,576 bytes. One run: 0.5 s."
    assert links(page.select("#T1-25 td")[-1]) == ["03_shapes.html"]
    assert text(page.select("#P-224 td")[-1]) == "7. Augmentation (to come)"
    assert page.select("#P-224 .ledger-result") == []

    # A change in the ledger, and then one in a notebook, bring the pages up to date.
    changed = OTHER | {"fact": "It needs 227, or a padding of 2."}
    (tmp_path / "utils/claims.yml").write_text(ledger(ENTRY, changed))
    assert build_again(tmp_path).returncode == 0
    page = read(html / "claims.html")
    assert "It needs 227, or a padding of 2." in text(page.select_one("#P-224"))
    notebook = tmp_path / "book/03_shapes.ipynb"
    notebook.write_text(notebook.read_text().replace("0.5 s", "0.75 s"))
    assert build_again(tmp_path).returncode == 0
    page = read(html / "claims.html")
    assert "One run: 0.75 s." in text(page.select_one("#T1-25"))


def test_mistakes_in_the_ledger_fail_the_build(tmp_path):
    entries = [ENTRY | {"source": {"nobody1900": "§1"}}, OTHER | {"chapter": 13}]
    built = build(tmp_path, [markdown("# A"), card(ENTRY)], ledger=ledger(*entries))
    assert built.returncode != 0
    assert "T1-25 cites nobody1900, which is not in references.bib." in built.stderr
    assert "P-224 has the chapter 13: use one of [1, 2," in built.stderr
    assert "Traceback" not in built.stderr


def test_a_claim_without_a_verdict_fails_the_build(tmp_path):
    entry = {name: value for name, value in ENTRY.items() if name != "verdict"}
    built = build(tmp_path, [markdown("# A")], ledger=ledger(entry))
    assert built.returncode != 0
    sentence = "entry T1-25: missing 1 required positional argument: 'verdict'."
    assert sentence in built.stderr
    assert "Traceback" not in built.stderr


def test_cards_that_do_not_fit_the_ledger_fail_the_build(tmp_path):
    stale = card(ENTRY | {"id": "T1-26", "fact": "As it was said before."})
    unknown = card(ENTRY | {"id": "T1-99"})
    cells = [markdown("# A"), card(ENTRY), card(ENTRY), stale, unknown, card(OTHER)]
    known = ledger(ENTRY, ENTRY | {"id": "T1-26"}, OTHER)
    built = build(tmp_path, cells, name="03_shapes", ledger=known)
    assert built.returncode != 0
    for sentence in (
        "Claim T1-25 is checked 2 times: check it once.",
        "The card of claim T1-26 is not what claims.yml says now: run `make notebooks`.",
        "A cell checks the claim T1-99, which is not in claims.yml.",
        "Claim P-224 is checked here, but its chapter in claims.yml is 7.",
    ):
        assert sentence in built.stderr
    assert built.stderr.count("The card of claim") == 1
    assert "03_shapes.ipynb" in built.stderr


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "claims.yml cannot be read: No such file"),
        ("- id: [", "claims.yml is not YAML: while parsing"),
        ("", "claims.yml is no list of claims as utils/claims.py describes them"),
        ("T1-25: false", "claims.yml is no list of claims as utils/claims.py describes them"),
        (ledger(ENTRY | {"source": 5}), "claims.yml is no list of claims"),
    ],
    ids=["missing", "no YAML", "empty", "no list", "wrong type"],
)
def test_a_ledger_that_cannot_be_read_is_one_sentence(monkeypatch, tmp_path, text, sentence):
    monkeypatch.syspath_prepend(ROOT / "book/_ext")
    from claims import load

    if text is not None:
        (tmp_path / "claims.yml").write_text(text)
    entries, (problem,) = load(tmp_path / "claims.yml", {"krizhevsky2012"})
    assert entries == []
    assert problem.startswith(sentence)
    assert "\n" not in problem
