"""The ledger of claims: its entries, and `check`, which compares them with what a notebook has."""

import math
import re
from collections import Counter
from dataclasses import replace
from functools import partial
from importlib.resources import files

import numpy as np
import pytest
import torch

from tools.notebooks import NOTEBOOKS
from utils.claims import (
    CARD,
    Claim,
    ClaimError,
    check,
    checking,
    format_value,
    problems,
    read,
)
from utils.claims.expectations import plain, satisfies

BIBLIOGRAPHY = NOTEBOOKS[0].with_name("references.bib").read_text(encoding="utf-8")
KEYS = set(re.findall(r"^@\w+\{([^,\s]+)", BIBLIOGRAPHY, re.MULTILINE))
GOOD = Claim(
    id="P-depth",
    topic="architecture",
    claim="The network has eight layers.",
    kind="computed",
    verdict="true",
    fact="Five convolutions and three fully connected layers.",
    source={"krizhevsky2012": "§3.5"},
    chapter=3,
)
claim = partial(replace, GOOD)  # a good entry with some things changed


@pytest.fixture
def settle(monkeypatch):
    """Check a value, in a ledger of one claim; returns what is displayed."""
    displayed = []
    monkeypatch.setattr(checking, "display", lambda bundle, raw: displayed.append(bundle))

    def settle(entry, value, live=None, name="P-depth"):
        monkeypatch.setattr(checking, "ledger", lambda: {entry.id: entry})
        try:
            check(name, value, live)
        except (ClaimError, ValueError):
            assert displayed == [], "a card, and an error"
            raise
        return displayed.pop()

    return settle


def test_the_ledger_keeps_its_schema_and_has_every_claim_of_the_tutorials_and_enough_of_the_paper():
    text = (files("utils.claims") / "claims.yml").read_text(encoding="utf-8")
    entries = read(text)  # `ledger` keeps one of two with the same id
    assert list(problems(entries, KEYS)) == []
    lasts = {"T0": 25, "T1": 50, "T2": 9, "T3": 18, "T4": 24}
    expected = {f"{group}-{i}" for group, last in lasts.items() for i in range(1, last + 1)}
    assert {entry.id for entry in entries if entry.group in lasts} == expected
    counts = Counter(entry.group for entry in entries)
    assert counts["P"] >= 30 and counts["D"] >= 10


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"verdict": "perhaps"}, "verdict"),
        ({"kind": "guessed"}, "kind"),
        ({"topic": "weather"}, "topic"),
        ({"chapter": 13}, "chapter"),
        ({"id": "X-1"}, "is no id"),
        ({"id": "P-"}, "is no id"),
        ({"id": "P-two words"}, "is no id"),
        ({"claim": " "}, "no claim"),
        ({"fact": ""}, "no fact"),
        ({"source": {}}, "no source"),
        ({"source": {"nobody1999": "§1"}}, "nobody1999"),
        ({"kind": "opinion"}, "opinion"),
        ({"expect": {"about": 8}}, "expects"),
        ({"expect": {"equal": 8, "between": [1, 9]}}, "expects"),
    ],
)
def test_a_bad_entry_is_named(changes, problem):
    (sentence,) = problems([claim(**changes)], {"krizhevsky2012"})
    assert problem in sentence


def test_an_id_that_is_there_twice_is_named_and_an_opinion_needs_no_source():
    assert list(problems([claim(kind="opinion", verdict="opinion", source={})], KEYS)) == []
    assert list(problems([claim(), claim()], KEYS)) == ["P-depth is there 2 times."]


@pytest.mark.parametrize(
    ("value", "expect", "expected"),
    [
        (np.float64(0.1) * 3, {"equal": 0.3}, True),
        ((torch.Size([1, 2]), "a"), {"equal": [[1, 2], "a"]}, True),
        ({"a": np.int64(1), "b": 2}, {"equal": {"a": 1, "b": 2}}, True),
        (True, {"equal": True}, True),
        ([], {"equal": []}, True),
        (0.5, {"between": [0, 1]}, True),
        ({"tanh": 3, "ReLU": 2}, {"order": ["ReLU", "tanh"]}, True),
        (True, {"equal": 1}, False),
        ("8", {"equal": 8}, False),
        ([1, 2, 3], {"equal": [1, 2]}, False),
        ({"a": 1}, {"equal": {"b": 1}}, False),
        (0.3001, {"equal": 0.3}, False),
        (math.nan, {"equal": math.nan}, False),
        (math.nan, {"between": [0, 1]}, False),
        ([0.5, 1.5], {"between": [0, 1]}, False),
        ([], {"between": [0, 1]}, False),
        ({"ReLU": 3, "tanh": 2}, {"order": ["ReLU", "tanh"]}, False),
        ({"ReLU": 2, "tanh": 2}, {"order": ["ReLU", "tanh"]}, False),
        ((0.1, 0.4), {"contains": 0}, False),
        ("ahead by 0.7 points (95 % interval 0.4 to 1.0)", {"word": "ahead"}, True),
        ("not resolved (0.1, −0.6 to 0.8)", {"word": "not resolved"}, True),
        ("not resolved (0.1, −0.6 to 0.8)", {"word": "within half a point"}, False),
        ({"a": "behind by 1.0 points"}, {"word": {"a": "behind"}}, True),
        ({"a": "behind by 1.0 points"}, {"word": {"a": "ahead"}}, False),
        ({"a": "behind by 1.0 points"}, {"word": {"a": "behind", "b": "behind"}}, False),
    ],
)
def test_what_satisfies_an_expectation(value, expect, expected):
    assert satisfies(plain(value), expect) == expected


EIGHT = claim(expect={"equal": 8}, unit="layers")
MEASURED = claim(kind="measured", expect={"between": [0.8, 1]}, live=[0.5, 1])


def test_check_shows_the_same_card_every_time(settle):
    bundle = settle(EIGHT, torch.tensor(8))
    assert bundle == settle(EIGHT, 8)
    assert bundle[CARD] == {"id": "P-depth", "value": "8 layers"}
    assert 'id="claim-P-depth"' in bundle["text/html"]
    assert "Computed here: 8 layers." in bundle["text/html"]
    assert bundle["text/plain"].startswith("[P-depth, true] the paper of 2012 says: ")
    assert "krizhevsky2012, §3.5" in bundle["text/html"]


def test_a_card_shows_text_and_no_markup(settle):
    html = settle(claim(expect={"equal": "<b>"}, claim="a < b & c"), "<b>")["text/html"]
    assert "a &lt; b &amp; c" in html
    assert "&lt;b&gt;" in html and "<b>" not in html


def test_a_measured_claim_shows_the_live_run_beside_the_seeds(settle):
    bundle = settle(MEASURED, [0.89, 0.9], live=0.7)
    assert bundle[CARD]["live"] == "0.7"
    assert "Recorded seeds: 0.89, 0.9. This run: 0.7." in bundle["text/html"]


NO_LONGER = (
    r"^Claim P-depth no longer holds \(The network has eight layers\.\): the ledger expects 8, and "
    r"here it is 7 layers\.$"
)
NOT_AHEAD = r"expects a difference that is ahead, and here it is behind by 1\.0 points\.$"
FAR_OFF = r"^Claim P-depth: this run gave .* Look for a mistake"


@pytest.mark.parametrize(
    ("error", "sentence", "arguments"),
    [
        (ClaimError, NO_LONGER, (EIGHT, 7)),
        (ClaimError, NOT_AHEAD, (claim(expect={"word": "ahead"}), "behind by 1.0 points")),
        (ClaimError, FAR_OFF, (MEASURED, [0.89, 0.9], 0.4)),
        (ClaimError, FAR_OFF, (MEASURED, [0.89, 0.9], math.nan)),
        (ClaimError, FAR_OFF, (claim(kind="measured", expect={"contains": 0}), (-1, 1), math.nan)),
        (ValueError, r'^There is no claim "T9-9" in claims\.yml\.$', (claim(), 1, None, "T9-9")),
        (ValueError, r"^Claim P-depth has no `expect` in claims\.yml", (claim(), 1)),
    ],
)
def test_check_raises_where_a_claim_cannot_be_settled(settle, error, sentence, arguments):
    with pytest.raises(error, match=sentence):
        settle(*arguments)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (0.123456, "0.1235"),
        ([[1, 2], [3]], "1×2, 3"),
        ([], "none"),
        ({"a": 1, "b": [2, 3]}, "a: 1; b: 2, 3"),
        (False, "no"),
    ],
)
def test_values_are_readable(value, text):
    assert format_value(value) == text
