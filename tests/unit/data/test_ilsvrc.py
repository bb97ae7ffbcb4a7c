"""The data of chapter 1: every number has a source in the bibliography, and they fit together."""

import re
from pathlib import Path

import pytest

from utils import ilsvrc
from utils.ilsvrc import ENTRIES, RUN_NOTES, SUPERVISION, entry, gap

BIBLIOGRAPHY = Path(__file__).parents[3] / "book" / "references.bib"


def test_every_source_is_in_the_bibliography():
    text = BIBLIOGRAPHY.read_text(encoding="utf-8")
    keys = set(re.findall(r"^@\w+\{([^,\s]+)", text, re.MULTILINE))
    listed = [*ENTRIES, *ilsvrc.DATA_SETS.values(), *ilsvrc.TIMELINE]
    assert {one.key for one in listed} <= keys


def test_every_year_has_one_winner_with_the_lowest_error_and_the_timeline_is_in_order():
    winners = {one.year: one for one in ENTRIES if one.role == "winner"}
    assert [*winners] == list(range(2010, 2018))
    for one in ENTRIES:
        assert one.error >= winners[one.year].error
    assert len({one.name for one in ENTRIES}) == len(ENTRIES)
    years = [step.year for step in ilsvrc.TIMELINE]
    assert years == sorted(years)


def test_the_handed_in_files_and_the_run_notes_agree_with_the_entries():
    ours = {one.error for one in ENTRIES if "AlexNet" in one.name}
    assert set(SUPERVISION.values()) < ours
    assert entry("2012, AlexNet, 1 network").error == pytest.approx(100 * RUN_NOTES["145"].top5)


def test_a_gap_is_in_points_and_as_a_share():
    points, share = gap(entry("2016, best entry"), entry("2017, SENet"))
    assert points == pytest.approx(0.74)
    assert round(100 * share) == 25  # as the SENet paper says
    with pytest.raises(ValueError, match='No entry "2018": there are 2010, best entry'):
        entry("2018")
