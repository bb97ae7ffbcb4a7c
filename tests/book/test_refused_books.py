"""What fails a build: each mistake is a warning with a sentence of its own, and those are errors.

One book has every mistake that a notebook can have; its last, a formula, ends the build. A ledger
with a mistake is not shown at all, and hides what is wrong with cards: it has a book of its own.
"""

import re

import pytest

from tests.support import trial_book as trial
from tools.set_repo import NOBODY, current

STALE, UNKNOWN = trial.ENTRY | {"id": "T1-26"}, trial.ENTRY | {"id": "T1-99"}


def test_each_mistake_in_a_notebook_is_said_once_and_nothing_else(tmp_path):
    no_picture = trial.widget("m1", "5")
    del no_picture["outputs"][0]["data"]["image/png"]
    cells = [
        trial.markdown("# A\n\n[1](references.md#nobody1900) [2](missing.md) [3](claims.html)"),
        trial.markdown("$\\frac{1}$"),
        *map(trial.figure, ["", "loss.png", "Loss falls.", "Loss falls."]),
        *(trial.widget(model, f"Model {model}") for model in ("m0", "m2", "m3")),
        no_picture,
        trial.widget("m1", "4", caption=""),
        trial.widget("m1", "6", files=["page.safetensors", "nowhere.bin"]),
        trial.card(trial.ENTRY),
        trial.card(trial.ENTRY),
        trial.card(STALE | {"fact": "As it was said before."}),
        trial.card(UNKNOWN),
        trial.card(trial.OTHER),
    ]
    strange = {"path": ["x"], "encoding": "hex", "data": "00"}
    saved = {"m1": trial.model(), "m2": trial.model(_esm="")}
    saved["m3"] = trial.model() | {"buffers": [strange]}
    ledger = trial.ledger_of(trial.ENTRY, STALE, trial.OTHER)
    built = trial.build(tmp_path, cells, saved, ledger)
    assert built.returncode != 0
    sentences = [
        "An image has no alternative text",
        "An image has a file name as its alternative text (loss.png)",
        "An image repeats the alternative text of another one (Loss falls.)",
        "local id not found in doc 'references': 'nobody1900'",
        "'myst' cross-reference target not found: 'missing.md'",
        "'myst' cross-reference target not found: 'claims.html'",
        "A widget has no saved state in this notebook",
        "A widget has no `_esm`",
        "A widget has saved data in the encoding hex",
        "A widget has no still picture",
        "A widget has no caption or heights",
        "A widget asks for a file that utils/page_files.py does not know: nowhere.bin",
        "Claim T1-25 is checked 2 times: check it once.",
        "The card of claim T1-26 is not what claims.yml says now: run `make notebooks`.",
        "A cell checks the claim T1-99, which is not in claims.yml.",
        "Claim P-224 is checked here, but its chapter in claims.yml is 7.",
    ]
    found = re.findall(r"WARNING: (.*)", built.stderr + built.stdout)
    assert [said for said in found if not said.startswith(tuple(sentences))] == []
    assert [part for part in sentences if not any(said.startswith(part) for said in found)] == []
    assert len(found) == len(sentences)
    assert f"{trial.NAME}.ipynb: WARNING: The card of claim T1-26" in built.stderr
    assert "KaTeX parse error" in built.stderr  # of the formula, which ends the build


def test_mistakes_in_the_ledger_fail_the_build(tmp_path):
    entries = [trial.ENTRY | {"source": {"nobody1900": "§1"}}, trial.OTHER | {"chapter": 13}]
    cells = [trial.markdown("# A"), trial.card(trial.ENTRY)]
    built = trial.build(tmp_path, cells, ledger=trial.ledger_of(*entries))
    assert built.returncode != 0
    assert "WARNING: The ledger of claims: T1-25 cites nobody1900, which is not" in built.stderr
    assert "WARNING: The ledger of claims: P-224 has the chapter 13: use one of" in built.stderr
    assert "Traceback" not in built.stderr
    if NOBODY in current():  # a page without an address has no launch button
        page = trial.read(tmp_path, trial.NAME)
        assert page.select(".bd-article h1") and not page.select("a[href*=colab]")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "claims.yml cannot be read: No such file"),
        ("- id: [", "claims.yml is not YAML: while parsing"),
        ("", "claims.yml is no list of claims as utils.claims describes them"),
        ("T1-25: false", "claims.yml is no list of claims as utils.claims describes them"),
        (trial.ledger_of(trial.ENTRY | {"source": 5}), "claims.yml is no list of claims"),
        ("- id: T1-25", "claims.yml, entry T1-25: missing 7 required positional arguments: "),
        ("- colour: red", "claims.yml, entry number 1: got an unexpected keyword argument"),
    ],
)
def test_a_ledger_that_cannot_be_read_is_one_sentence(extension, tmp_path, text, sentence):
    if text is not None:
        (tmp_path / "claims.yml").write_text(text)
    entries, (problem,) = extension("claims").load(tmp_path / "claims.yml", {"krizhevsky2012"})
    assert entries == []
    assert problem.startswith(sentence)
    assert "\n" not in problem
