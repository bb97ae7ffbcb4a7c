"""Stored runs can be trusted: complete, fresh, and free of the machine that made them."""

import json
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from utils import experiments, records
from utils.training import Recipe

REQUIRED = {
    "name", "command", "date", "source_sha256",
    "settings", "hardware", "versions", "seconds", "runs",
}  # fmt: skip
# Ten for what chapter 8 says of spread; the training at full size takes an hour, and is one run, as
# are the filters that chapter 10 looks at.
SEEDS = {
    "short_training": 10,
    "short_training_lenet": 10,
    "full_training": 1,
    "full_training_lenet": 10,
    "filters_from_photographs": 1,
    "filters_without_task": 1,
}


@pytest.mark.parametrize("name", experiments.NAMES)
def test_every_experiment_has_a_fresh_record_of_enough_seeds_and_finite_numbers(name):
    record, enough = records.load(name), SEEDS.get(name, 5)
    assert record.keys() == REQUIRED
    assert record["source_sha256"] == records.source_hash(
        import_module(f"utils.experiments.{name}")
    ), f"It is older than its code: run `python -m utils.experiments {name} --seeds {enough}`."
    seeds = [run["seed"] for run in record["runs"]]
    assert len(set(seeds)) == len(seeds) >= enough
    assert record["command"] == f"python -m utils.experiments {name} --seeds {len(seeds)}"
    assert str(Path.home()) not in str(record)
    json.dumps(record, allow_nan=False)


def test_the_short_training_was_made_with_the_defaults_of_today():
    for run in records.load("short_training")["runs"]:
        stored = run["arms"]["AlexNet"]["recipe"]  # a setting newer than it has its default
        assert Recipe(**stored) == Recipe(seed=run["seed"])


def test_save_and_load_agree_and_packed_arrays_come_back(tmp_path, monkeypatch):
    array = np.arange(24, dtype="uint16").reshape(2, 3, 4)[:, ::-1]  # not contiguous
    runs = [{"seed": n, "seconds": 1.5, "arms": {"one": records.pack(array)}} for n in (0, 1)]
    about = "abc", {"epochs": 1}, records.hardware() | {"threads": 1}
    records.save("short_training", *about, runs, tmp_path)
    monkeypatch.setattr("utils.records.record.RUNS", tmp_path)
    loaded = records.load("short_training")
    assert loaded.keys() == REQUIRED
    keys = "source_sha256", "settings", "hardware", "seconds", "runs"
    assert [loaded[key] for key in keys] == [*about, 3.0, runs]
    assert loaded["command"] == "python -m utils.experiments short_training --seeds 2"
    assert loaded["hardware"]["processor"]
    np.testing.assert_array_equal(records.unpack(loaded["runs"][0]["arms"]["one"]), array)


EXPERIMENT = '''"""What it measures."""

import math
from utils.data import split
from utils.experiments.sibling import (  # its recipe
    RATE,
)


def run(seed: int) -> dict:
    """Measure é, once."""
    import json

    rate = RATE  # of the sibling
    return {"# no comment": math.sqrt(seed), "text": """
import os
"""}
'''


@pytest.fixture
def hash_of(tmp_path, monkeypatch):
    """The hash of an experiment with this source, whose sibling has that source."""
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path)])

    def hash_of(source: str, sibling: str = "RATE = 0.01", name: str = "one.py") -> str:
        for file, text in ((name, source), ("sibling.py", sibling)):
            (tmp_path / file).write_text(text, encoding="utf-8")
        return records.source_hash(SimpleNamespace(__file__=str(tmp_path / name)))

    yield hash_of
    sys.modules.pop("utils.experiments.sibling", None)


@pytest.mark.parametrize(
    ("old", "new", "fresh"),
    [
        ('"""What it measures."""\n\n', "# Nothing.\n", True),
        ("import math\nfrom utils.data import split", "from elsewhere import math, split", True),
        ('    """Measure é, once."""\n', "", True),
        ("  # of the sibling", "", True),
        ("    import json\n\n", "", True),
        ("(  # its recipe\n    RATE,\n)", "RATE", True),
        ("math.sqrt(seed)", "math.sqrt(seed + 1)", False),
        ("# no comment", "#", False),
        ("import os", "import sys", False),
    ],
)
def test_statements_make_a_record_stale_and_imports_docstrings_and_comments_do_not(
    hash_of, old, new, fresh
):
    assert EXPERIMENT.count(old) == 1
    changed = hash_of(EXPERIMENT.replace(old, new), name="moved.py")
    assert (changed == hash_of(EXPERIMENT)) == fresh


def test_a_sibling_that_changes_makes_a_record_stale(hash_of):
    before = hash_of(EXPERIMENT)
    assert hash_of(EXPERIMENT, "RATE = 0.02") != before
    assert hash_of(EXPERIMENT, "# The rate.\nRATE = 0.01") == before


def test_a_missing_record_names_those_that_exist():
    with pytest.raises(FileNotFoundError, match=r'No record "lrn" is stored\. There are: .*recipe'):
        records.load("lrn")
