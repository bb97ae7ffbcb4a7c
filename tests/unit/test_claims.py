"""The ledger of claims: its entries, and `check`, which compares them with what a notebook has."""

import math
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from tools.notebooks import NOTEBOOKS
from utils import claims
from utils.claims import CARD, Claim, ClaimError, check, holds, plain, problems, read, shown

KEYS = set(
    re.findall(
        r"^@\w+\{([^,\s]+)",
        NOTEBOOKS[0].with_name("references.bib").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
)
ENTRY = {
    "id": "P-depth",
    "topic": "architecture",
    "claim": "The network has eight layers.",
    "kind": "computed",
    "verdict": True,
    "fact": "Five convolutions and three fully connected layers.",
    "source": {"krizhevsky2012": "§3.5"},
    "chapter": 3,
}


def claim(**changes):
    """A good entry with some things changed."""
    entry = ENTRY | changes
    return Claim(**entry | {"verdict": str(entry["verdict"]).lower()})


@pytest.fixture
def ledger(monkeypatch):
    """Replace the ledger by these claims."""

    def ledger(*entries):
        monkeypatch.setattr(claims, "ledger", lambda: {entry.id: entry for entry in entries})

    return ledger


@pytest.fixture
def displayed(monkeypatch):
    """What `check` displays."""
    bundles = []
    monkeypatch.setattr(claims, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def test_the_ledger_keeps_its_schema():
    text = Path(claims.__file__).with_suffix(".yml").read_text(encoding="utf-8")
    assert list(problems(read(text), KEYS)) == []


def test_every_claim_of_the_tutorials_and_enough_of_the_paper_are_there():
    counts = Counter(entry.group for entry in claims.ledger().values())
    numbers = {"T0": 25, "T1": 50, "T2": 9, "T3": 18, "T4": 24}
    for group, last in numbers.items():
        ids = {f"{group}-{i}" for i in range(1, last + 1)}
        assert ids <= claims.ledger().keys()
        assert counts[group] == last
    assert counts["P"] >= 30
    assert counts["D"] >= 10


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"verdict": None}, "verdict"),
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
    found = list(problems([claim(**changes)], {"krizhevsky2012"}))
    assert len(found) == 1
    assert problem in found[0]


def test_an_id_that_is_there_twice_is_named():
    assert list(problems([claim(), claim()], KEYS)) == ["P-depth is there 2 times."]


def test_an_opinion_needs_no_source():
    opinion = claim(kind="opinion", verdict="opinion", source={})
    assert list(problems([opinion], KEYS)) == []


@pytest.mark.parametrize("text", ["- id: P-x\n  colour: red", "- id: P-x"])
def test_an_entry_with_other_keys_is_named(text):
    with pytest.raises(ValueError, match=r"^claims.yml, entry P-x: [^\n]*(colour|topic)[^\n]*\.$"):
        read(text)


@pytest.mark.parametrize(
    ("value", "expect"),
    [
        (8, {"equal": 8}),
        (torch.tensor(8), {"equal": 8}),
        (np.float64(0.1) * 3, {"equal": 0.3}),
        ((torch.Size([1, 2]), "a"), {"equal": [[1, 2], "a"]}),
        (pd.Series({"a": 1, "b": 2}).to_dict(), {"equal": {"a": 1, "b": 2}}),
        (True, {"equal": True}),
        ([], {"equal": []}),
        (0.5, {"between": [0, 1]}),
        ([0.2, 0.9], {"between": [0, 1]}),
        ({"tanh": 3, "ReLU": 2}, {"order": ["ReLU", "tanh"]}),
        ((-0.5, 0.4), {"contains": 0}),
    ],
)
def test_what_holds(value, expect):
    assert holds(plain(value), **expect)


@pytest.mark.parametrize(
    ("value", "expect"),
    [
        (9, {"equal": 8}),
        (True, {"equal": 1}),
        ("8", {"equal": 8}),
        ([1, 2, 3], {"equal": [1, 2]}),
        ({"a": 1}, {"equal": {"b": 1}}),
        (0.3001, {"equal": 0.3}),
        (math.nan, {"equal": math.nan}),
        (math.nan, {"between": [0, 1]}),
        ([0.5, 1.5], {"between": [0, 1]}),
        ([], {"between": [0, 1]}),
        ({"ReLU": 3, "tanh": 2}, {"order": ["ReLU", "tanh"]}),
        ({"ReLU": 2, "tanh": 2}, {"order": ["ReLU", "tanh"]}),
        ((0.1, 0.4), {"contains": 0}),
    ],
)
def test_what_does_not_hold(value, expect):
    assert not holds(plain(value), **expect)


def test_check_shows_a_card(ledger, displayed):
    ledger(claim(expect={"equal": 8}, unit="layers"))
    check("P-depth", torch.tensor(8))
    (bundle,) = displayed
    assert bundle[CARD] == {"id": "P-depth", "value": "8 layers"}
    assert 'id="claim-P-depth"' in bundle["text/html"]
    assert "Computed here: 8 layers." in bundle["text/html"]
    assert bundle["text/plain"].startswith("[P-depth, true] the paper of 2012 says: ")
    assert "krizhevsky2012, §3.5" in bundle["text/html"]


def test_check_shows_the_same_card_every_time(ledger, displayed):
    ledger(claim(expect={"equal": 8}))
    check("P-depth", 8)
    check("P-depth", 8)
    assert displayed[0] == displayed[1]


def test_a_card_shows_text_and_no_markup(ledger, displayed):
    ledger(claim(expect={"equal": "<b>"}, claim="a < b & c"))
    check("P-depth", "<b>")
    html = displayed[0]["text/html"]
    assert "a &lt; b &amp; c" in html
    assert "&lt;b&gt;" in html and "<b>" not in html


def test_check_raises_when_a_claim_no_longer_holds(ledger, displayed):
    ledger(claim(expect={"equal": 8}, unit="layers"))
    sentence = (
        r"^Claim P-depth no longer holds \(The network has eight layers\.\): "
        r"the ledger expects 8, and here it is 7 layers\.$"
    )
    with pytest.raises(ClaimError, match=sentence):
        check("P-depth", 7)
    assert displayed == []


def test_a_measured_claim_shows_the_live_run_beside_the_seeds(ledger, displayed):
    ledger(claim(kind="measured", expect={"between": [0.8, 1]}, live=[0.5, 1]))
    check("P-depth", [0.89, 0.9], live=0.7)
    assert displayed[0][CARD]["live"] == "0.7"
    assert "Recorded seeds: 0.89, 0.9. This run: 0.7." in displayed[0]["text/html"]


@pytest.mark.parametrize("live", [math.nan, 0.4, math.inf])
def test_a_live_run_far_off_is_an_error(ledger, live):
    ledger(claim(kind="measured", expect={"between": [0.8, 1]}, live=[0.5, 1]))
    with pytest.raises(ClaimError, match=r"^Claim P-depth: this run gave .* Look for a mistake"):
        check("P-depth", [0.89, 0.9], live=live)


def test_a_live_run_that_is_no_number_is_an_error_without_an_interval(ledger):
    ledger(claim(kind="measured", expect={"contains": 0}))
    with pytest.raises(ClaimError):
        check("P-depth", (-1, 1), live=math.nan)


def test_check_knows_its_claims(ledger):
    ledger(claim())
    with pytest.raises(ValueError, match=r'^There is no claim "T9-9" in claims\.yml\.$'):
        check("T9-9", 1)
    with pytest.raises(ValueError, match=r"^Claim P-depth has no `expect` in claims\.yml"):
        check("P-depth", 1)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (0.123456, "0.1235"),
        ([54, 26], "54, 26"),
        ([[1, 2], [3]], "1×2, 3"),
        ([], "none"),
        ({"a": 1, "b": [2, 3]}, "a: 1; b: 2, 3"),
        (False, "no"),
    ],
)
def test_values_are_readable(value, text):
    assert shown(value) == text
