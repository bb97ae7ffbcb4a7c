"""`book/_ext/design.py` and `tables.py`: titles of folded cells, and tables that fit their page."""

import re

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from tests.book.test_notebooks import WIDTH
from tools.pages import ROOT

LONG = "a sentence that is too long to stand in one line"


def fit(extension, frame: pd.DataFrame) -> BeautifulSoup:
    """A table as a notebook stores it, fitted."""
    html = frame.to_html(border=0).replace(' border="0"', "")
    return BeautifulSoup(
        extension("tables").TABLE.sub(extension("tables").fit, html), "html.parser"
    )


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (2, ["dataframe"]),
        (5, ["dataframe", "cards"]),
        (10, ["dataframe", "cards", "wide"]),
        (13, ["dataframe", "cards", "wide", "wider"]),
    ],
)
def test_a_table_is_told_what_it_needs(extension, columns, names):
    table = fit(extension, pd.DataFrame({f"column {i}": ["0.123"] for i in range(columns)}))
    assert table.table["class"] == names
    assert bool(table.select(".full-width > table")) == ("wide" in names)


def test_a_cell_carries_the_head_of_its_column(extension):
    heads = pd.MultiIndex.from_product([["small", "large"], ["train", "test"]])
    table = fit(extension, pd.DataFrame([[1, 2, 3, 4]], columns=heads, index=["LeNet"]))
    cells = [cell.get("data-head") for cell in table.select("tbody tr > *")]
    assert cells == [None, "small, train", "small, test", "large, train", "large, test"]


def test_a_name_of_several_rows_stands_on_each_card(extension):
    rows = pd.MultiIndex.from_product([["LeNet", "AlexNet"], ["5", "20"]])
    table = fit(extension, pd.DataFrame({"accuracy": range(4)}, index=rows))
    lines = [row.get_text(" ", strip=True) for row in table.select("tbody tr")]
    assert lines == ["LeNet 5 0", "LeNet 20 1", "AlexNet 5 2", "AlexNet 20 3"]
    assert len(table.select(".again")) == 2  # hidden where the row is one of a table


def test_a_sentence_may_break_and_asks_for_less_room(extension):
    table = fit(extension, pd.DataFrame({"n": ["1"], "what": [LONG]}))
    assert [cell.get_text() for cell in table.select(".sentence")] == [LONG]
    assert table.table["class"] == ["dataframe"]


def test_folded_cells_say_what_they_hold(html):
    page = BeautifulSoup((html / "05_lrn.html").read_text(encoding="utf-8"), "html.parser")
    labels = [p.get_text() for p in page.select("details.hide > summary > p.collapsed")]
    assert {"Setup", "Answer", "Solution"} <= set(labels)
    assert any(label.startswith("Code: ") for label in labels)
    assert not any("@title" in pre.get_text() for pre in page.select("pre"))


def test_code_is_as_wide_in_ruff_and_in_the_page_as_in_the_rule(extension):
    assert extension("design").WIDTH == WIDTH
    assert re.search(r"line-length = (\d+)", (ROOT / "book/ruff.toml").read_text())[1] == str(WIDTH)
