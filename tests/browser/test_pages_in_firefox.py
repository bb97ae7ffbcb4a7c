"""The built pages in Firefox: every widget, and the ledger. All else is tested in Chromium."""

from collections import Counter

import pytest

from tests.support.widgets import WIDGETS
from utils import claims

COUNTS = Counter(chapter for _, chapter in WIDGETS.values())
# A reader begins and goes to every widget: how many can be used, and what is said of others.
READ_THROUGH = """async () => {
  dispatchEvent(new KeyboardEvent("keydown"));
  const figures = [...document.querySelectorAll("figure.widget")];
  for (const figure of figures) {
    figure.scrollIntoView();
    while (!figure.querySelector(".bw, .widget-problem")) await new Promise(requestAnimationFrame);
  }
  const problems = [...document.querySelectorAll(".widget-problem")].map(p => p.innerText);
  return [document.querySelectorAll("figure.widget .bw").length, problems];
}"""
ROWS = """() => {
  const rows = [...document.querySelectorAll("table.ledger tbody tr")];
  return rows.filter(row => row.checkVisibility()).map(row => row.id);
}"""


@pytest.fixture
def page(firefox):
    page = firefox.new_page()
    yield page
    page.close()
    assert page.complaints == []


def test_every_widget_mounts(page, sites):
    for chapter, count in COUNTS.items():
        page.goto(f"{sites['file']}{chapter}.html")
        assert page.evaluate(READ_THROUGH) == [count, []], chapter


def test_the_ledger_is_filtered(page, sites):
    page.goto(f"{sites['http']}claims.html#verdict=false")
    false = [claim.id for claim in claims.ledger().values() if claim.verdict == "false"]
    assert page.evaluate(ROWS) == false
