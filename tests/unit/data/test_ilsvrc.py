"""The data of chapter 1: every number has a source in the bibliography."""

import re

from tools.notebooks import NOTEBOOKS
from utils.data import ilsvrc


def test_every_source_is_in_the_bibliography():
    text = NOTEBOOKS[0].with_name("references.bib").read_text(encoding="utf-8")
    keys = set(re.findall(r"^@\w+\{([^,\s]+)", text, re.MULTILINE))
    listed = [*ilsvrc.ENTRIES, *ilsvrc.DATA_SETS.values(), *ilsvrc.TIMELINE]
    assert {one.key for one in listed} <= keys


def test_no_entry_is_better_than_the_winner_of_its_year():
    """The winners, their years and the timeline are in chapter 1's checked outputs."""
    winners = {one.year: one for one in ilsvrc.ENTRIES if one.role == "winner"}
    assert len({one.name for one in ilsvrc.ENTRIES}) == len(ilsvrc.ENTRIES)
    assert all(one.error >= winners[one.year].error for one in ilsvrc.ENTRIES)
