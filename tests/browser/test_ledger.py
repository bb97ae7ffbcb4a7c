"""The ledger's filters, used as a person would, against the ledger itself.

test_pages_audited.py reads the ledger without JavaScript.
"""

import re

import pytest

from tests.support import axe
from utils import claims

# Both ways, and both looks: rows of a table, and cards.
ways = pytest.mark.parametrize(("how", "width"), [("http", 390), ("file", 1280)])
CLAIMS = list(claims.ledger().values())
# A row as a reader sees it: there, with an area, and not cut away.
VISIBLE = "rows => rows.filter(row => row.checkVisibility() && row.offsetHeight).map(row => row.id)"


def visible(page):
    """The ids of the rows that can be seen."""
    return page.locator("table.ledger tbody tr").evaluate_all(VISIBLE)


def expected(**wanted):
    """The ids of the claims that fit, in order."""
    wanted = wanted.items()
    return [c.id for c in CLAIMS if all(str(getattr(c, name)) == value for name, value in wanted)]


def shows(page, ids):
    """Exactly these rows are seen, and the count says how many they are."""
    assert visible(page) == ids
    none = "" if ids else ": none fits all filters together. Take one back, or reset them."
    said = page.get_by_role("status").inner_text()
    assert said == f"{len(ids)} of {len(CLAIMS)} claims{none}"


def follow(page, address, hash):
    """Open the page anew at this part of its address."""
    page.goto("about:blank")
    page.goto(f"{address}#{hash}")
    page.locator(".ledger-filters").wait_for()


def tab_to(page, name):
    """Press Tab until the focus is on the control or the button with this name."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name || document.activeElement.type") == name:
            return
    pytest.fail(f"Tab does not lead to {name}.")


def test_ledger_by_keyboard(open_page):
    page = open_page("http", "claims")
    tab_to(page, "says")
    page.keyboard.type("the")  # a menu jumps to the entry that begins so
    shows(page, expected(group="P"))
    tab_to(page, "verdict")
    page.keyboard.press("ArrowDown")
    shows(page, expected(group="P", verdict="true"))
    page.keyboard.press("ArrowDown")
    shows(page, expected(group="P", verdict="false"))
    tab_to(page, "words")
    page.keyboard.type("NETWORK")
    some = visible(page)
    assert set(some) < set(expected(group="P", verdict="false"))
    tab_to(page, "reset")
    page.keyboard.press("Enter")
    page.wait_for_function("!location.hash")
    shows(page, expected())
    assert page.evaluate("document.activeElement.type") == "reset"
    assert page.evaluate("document.querySelector('[name=words]').value") == ""


def test_every_choice_and_all_words_show_what_fits(open_page):
    page = open_page("http", "claims")
    for label, name in (
        ("Who says it", "group"), ("Chapter", "chapter"), ("Verdict", "verdict"),
        ("How it is settled", "kind"), ("Topic", "topic"),
    ):  # fmt: skip
        menu = page.get_by_label(label)
        for value in menu.evaluate("menu => [...menu.options].slice(1).map(o => o.value)"):
            menu.select_option(value)
            shows(page, expected(**{name: value}))
        menu.select_option("")
    shows(page, expected())
    # Claims that the book shows have a result.
    menu = page.get_by_label("In the book")
    menu.select_option("shown in the book")
    there = page.locator("tr:has(.ledger-result)").evaluate_all("all => all.map(row => row.id)")
    shows(page, there)
    menu.select_option("not yet shown")
    shows(page, [id for id in expected() if id not in there])
    menu.select_option("")
    # Words are looked for in the whole row.
    words = page.get_by_label("Words")
    claim = claims.ledger()["T1-25"]
    words.fill(f"  {claim.id}  ")
    shows(page, [claim.id])
    for part in (claim.claim, claim.fact, claim.says, *claim.source):
        words.fill(part.upper())
        assert claim.id in visible(page)
    words.fill("dropout augmentation")  # both, in any order
    some = visible(page)
    words.fill("augmentation dropout")
    shows(page, some)
    words.fill("no claim says this")
    shows(page, [])
    words.press("Enter")  # sends nothing anywhere
    page.wait_for_timeout(300)
    assert "?" not in page.url
    shows(page, [])


@ways
def test_a_view_filtered_by_mouse_has_an_address(open_page, how, width):
    page = open_page(how, "claims", width)
    shows(page, expected())
    chosen = {}
    for label, choice, name, value in (
        ("Verdict", "misleading", "verdict", "misleading"),
        ("How it is settled", "computed", "kind", "computed"),
        ("Chapter", "3. Layer shapes", "chapter", "3"),
        ("Who says it", claims.SAYS["T1"], "group", "T1"),
    ):
        page.get_by_label(label).select_option(choice)
        chosen[name] = value
        assert expected(**chosen)
        shows(page, expected(**chosen))
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function("!location.hash")
    shows(page, expected())
    page.get_by_label("Verdict").select_option("false")
    page.get_by_label("Who says it").select_option(claims.SAYS["T4"])
    page.get_by_label("Words").fill("batch of")
    seen, (address, _, hash) = visible(page), page.url.partition("#")
    assert seen
    assert hash == "says=T4&verdict=false&words=batch+of"
    follow(page, address, hash)
    shows(page, seen)
    assert page.get_by_label("Words").input_value() == "batch of"
    page.evaluate("location.hash = '#verdict=unresolved'")  # a link within the page
    page.wait_for_function("document.querySelector('[name=verdict]').value === 'unresolved'")
    shows(page, expected(verdict="unresolved"))
    follow(page, address, "verdict=perhaps&colour=red")  # an address that says nothing
    shows(page, expected())
    assert page.get_by_label("Verdict").evaluate("menu => menu.selectedIndex") == 0
    assert page.complaints == []


@ways
def test_a_link_to_a_row_shows_it(open_page, how, width):
    first, *_, last = expected()
    page = open_page(how, "claims", width, read=False, place=f"#{last}")
    seen = """id => {
      const box = document.getElementById(id).getBoundingClientRect();
      const top = document.querySelector(".bd-header-article").offsetHeight;
      return box.height > 0 && box.top >= top && box.top < innerHeight;
    }"""
    page.wait_for_function(seen, arg=last)
    shows(page, expected())
    page.get_by_label("Words").fill(first)  # hides the last row
    assert last not in visible(page)
    page.evaluate(f"location.hash = '#{last}'")
    page.wait_for_function(seen, arg=last)
    shows(page, expected())


def test_a_filtered_ledger_is_accessible(open_page):
    """Colours do not depend on the width, everything else not on the colour mode."""
    page = open_page("http", "claims", scheme="dark", place="#T1-25")  # its row is marked
    for scheme, width in (("dark", 1280), ("light", 1280), ("light", 390)):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.wait_for_selector(f"html[data-theme={scheme}]")
        for words in ("T1-25", "no claim says this"):
            page.get_by_label("Words").fill(words)
            colours, others = width == 1280, scheme == "light"
            assert axe.complaints(page, ".bd-article", colours, others) == []


def test_rows_become_cards_where_it_is_narrow(open_page):
    page = open_page("http", "claims")
    tops = "row => new Set([...row.cells].map(cell => cell.getBoundingClientRect().top)).size"
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        lines = page.locator("#T1-25").evaluate(tops)
        assert lines == 1 if width == 1280 else lines > 2
        # and stay rows for a screen reader
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="T1-25"))
        assert row.get_by_role("cell").count() == 4
        for name in ("Id", "Claim", "Verdict", "What is right", "Chapter"):
            assert page.get_by_role("columnheader", name=name, exact=True).count() == 1


def test_the_ledger_fits_with_text_of_twice_the_size_and_on_paper(open_page):
    page = open_page("http", "claims")
    page.add_style_tag(content="html { font-size: 200% }")
    assert page.evaluate("document.documentElement.scrollWidth") == 1280
    page.emulate_media(media="print")  # what is contained cannot go on on the next page
    kind = "box => getComputedStyle(box).containerType"
    assert page.locator(".ledger-box").evaluate(kind) == "normal"


def test_back_to_a_filtered_ledger(open_page):
    page = open_page("http", "claims")
    page.get_by_label("Verdict").select_option("false")
    page.goto(page.url.replace("claims.html", "index.html").partition("#")[0])
    page.go_back()
    assert page.get_by_label("Verdict").input_value() == "false"
    shows(page, expected(verdict="false"))


def test_card_and_ledger_lead_to_each_other(open_page):
    page = open_page("file", "claims")
    results = page.locator(".ledger-result a")
    address = results.first.get_attribute("href")
    results.first.click()
    page.wait_for_url(re.compile(re.escape(address)))
    card = page.locator(f"#{address.partition('#')[2]}")
    assert card.is_visible()
    card.locator("small a").first.click()
    page.wait_for_url(re.compile(r"claims\.html#"))
    assert page.locator(f"#{page.url.partition('#')[2]}").is_visible()


def test_a_link_opens_the_fold_of_a_card_and_paper_shows_all(open_page):
    page = open_page("file", "09_which_alexnet", read=False)
    folded = page.locator(".claims-more .claim")
    ids = folded.evaluate_all("cards => cards.map(card => card.id)")
    assert not any(card.is_visible() for card in folded.all())
    seen = """id => {
      const { y, height } = document.getElementById(id).getBoundingClientRect();
      return height > 0 && y > 0 && y < 200;
    }"""
    page.evaluate("id => { location.hash = id }", ids[0])  # a link within the page
    page.wait_for_function(seen, arg=ids[0])
    page = open_page("http", "09_which_alexnet", read=False, place=f"#{ids[-1]}")
    page.wait_for_function(seen, arg=ids[-1])
    assert not page.locator(f"#{ids[0]}").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert all(card.is_visible() for card in page.locator(".claims-more .claim").all())
