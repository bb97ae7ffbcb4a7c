"""`make set-repo` and `make release` on a copy of the tree: every address, and nothing else."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools import set_repo
from tools.pages import ROOT
from tools.set_repo import COLAB, NOBODY

URL = "https://github.com/somebody/a-book"
TEXTS = {".md", ".yml", ".yaml", ".cff", ".ipynb", ".toml", ".json", ".py"}


@pytest.fixture
def clone(tmp_path) -> Path:
    """A copy of every file that the repository holds, as it stands."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("This copy of the book is no git repository.")
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def say(make, clone):
    """What a target of the copy says, in its output or, where it must fail, in its errors."""

    def say(*arguments: str, code: int = 0) -> str:
        done = make("--silent", f"PY={sys.executable}", *arguments, folder=clone)
        assert done.returncode == code, done.stderr
        return done.stderr if code else done.stdout

    return say


def addresses(clone: Path) -> set[str]:
    """Owner, name and perhaps branch, wherever a file names a repository of this book."""
    ours = r"github\.com/(-OWNER-/[\w./@-]+?|somebody/[\w./@-]+|[\w-]+/alexnet-book)"
    found = set()
    for path in clone.rglob("*"):
        other = path.name == "set_repo.py" or path.is_relative_to(clone / "tests")
        if path.suffix in TEXTS and not other:
            text = path.read_text(encoding="utf-8")
            found |= set(re.findall(ours, text))
            found |= set(re.findall(r"research\.google\.com/github/([^/]+/[^/]+/blob/[^/]+)", text))
    return found


def test_one_command_sets_the_address_everywhere(clone, say):
    refused = say("set-repo", "URL=", code=2)
    assert refused.startswith("Give the address of a repository") and "Traceback" not in refused
    assert URL in say("set-repo", f"URL={URL}.git")
    names = {"somebody/a-book", "somebody/a-book@main", "somebody/a-book/blob/main"}
    assert addresses(clone) == names
    config = yaml.safe_load((clone / "_config.yml").read_text(encoding="utf-8"))
    assert config["repository"] == {"url": URL, "path_to_book": "book", "branch": "main"}
    assert config["launch_buttons"] == {"colab_url": COLAB}
    setup = (clone / "tools/setup_cell.py").read_text(encoding="utf-8").rstrip("\n")
    for path in clone.glob("book/*.ipynb"):
        text = path.read_text(encoding="utf-8")
        assert NOBODY not in text
        assert setup in ["".join(cell["source"]) for cell in json.loads(text)["cells"]]


def test_a_release_pins_version_and_tag_and_work_goes_on(clone, say):
    say("set-repo", f"URL={URL}")
    before = {path: path.read_bytes() for path in clone.rglob("*") if path.is_file()}
    assert "git tag v1.2.3" in say("release", "VERSION=1.2.3")
    pinned = {"somebody/a-book", "somebody/a-book@v1.2.3", "somebody/a-book/blob/v1.2.3"}
    assert addresses(clone) == pinned
    assert '__version__ = "1.2.3"' in (clone / "utils/__init__.py").read_text()
    assert yaml.safe_load((clone / "CITATION.cff").read_text())["version"] == "1.2.3"
    say("set-repo", f"URL={URL}")
    changed = {path.name for path, text in before.items() if path.read_bytes() != text}
    assert changed == {"__init__.py", "CITATION.cff"}  # the version


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Give the address of a repository"),
        (["https://example.org/somebody/a-book"], "Give the address of a repository"),
        (["https://github.com/-OWNER-/alexnet-book"], "Give the address of a repository"),
        (["--release", ""], 'VERSION is "": give three numbers'),
        (["--release", "v1"], 'VERSION is "v1": give three numbers'),
        (["--release", "1.0.0"], "The address is not set: run `make set-repo URL=…` first."),
    ],
)
def test_what_cannot_be_set_is_said_in_one_sentence(monkeypatch, tmp_path, arguments, sentence):
    (tmp_path / "_config.yml").write_text(f"  url: https://github.com{NOBODY}alexnet-book")
    monkeypatch.setattr(set_repo, "ROOT", tmp_path)
    with pytest.raises(ValueError, match=rf"^{re.escape(sentence)}[^\n]*\Z"):
        set_repo.main(arguments)
