"""`make set-repo` and `make release` on a copy of the tree: every address, and nothing else."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from tests.support.trial_book import build, code, markdown
from tools.execute_notebooks import ROOT
from tools.pages import TOC
from tools.set_repo import COLAB, NOBODY, current

URL = "https://github.com/somebody/a-book"
needs_make = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")


@pytest.fixture
def clone(tmp_path) -> Path:
    """A copy of every file that the repository holds, as it stands."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("This copy of the book is no git repository.")
    for name in filter(None, listed.stdout.splitlines()):
        if (ROOT / name).is_file():
            target = tmp_path / "clone" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    return tmp_path / "clone"


def make(clone: Path, *arguments: str) -> str:
    """What a target of the copy says; it must not fail."""
    command = ["make", "--silent", "-C", clone, f"PY={sys.executable}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def addresses(clone: Path) -> set[str]:
    """Owner, name and perhaps branch, wherever a file names a repository of this book."""
    found = set()
    for path in clone.rglob("*"):
        if path.suffix in {".md", ".yml", ".py", ".ipynb", ".cff", ".toml", ".json"}:
            if {"tests", "workflows"} & set(
                path.relative_to(clone).parts
            ) or path.name == "set_repo.py":
                continue
            text = path.read_text(encoding="utf-8")
            found |= set(re.findall(r"github\.com/(-OWNER-/[\w./@-]+?|somebody/[\w./@-]+)", text))
            found |= set(re.findall(r"research\.google\.com/github/([^/]+/[^/]+/blob/[^/]+)", text))
    return found


@needs_make
def test_one_command_sets_the_address_everywhere(clone):
    said = make(clone, "set-repo", f"URL={URL}.git")
    assert URL in said
    assert addresses(clone) == {
        "somebody/a-book",
        "somebody/a-book@main",
        "somebody/a-book/blob/main",
    }
    assert NOBODY not in "".join(
        path.read_text(encoding="utf-8") for path in clone.glob("book/*.ipynb")
    )
    config = yaml.safe_load((clone / "_config.yml").read_text(encoding="utf-8"))
    assert config["repository"] == {"url": URL, "path_to_book": "book", "branch": "main"}
    assert config["launch_buttons"] == {"colab_url": COLAB}
    setup = (clone / "tools/setup_cell.py").read_text(encoding="utf-8").rstrip("\n")
    for path in clone.glob("book/*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert setup in ["".join(cell["source"]) for cell in cells]


@needs_make
def test_a_release_pins_version_and_tag_and_work_goes_on(clone):
    make(clone, "set-repo", f"URL={URL}")
    before = {path: path.read_bytes() for path in clone.rglob("*") if path.is_file()}
    assert "git tag v1.2.3" in make(clone, "release", "VERSION=1.2.3")
    pinned = {"somebody/a-book", "somebody/a-book@v1.2.3", "somebody/a-book/blob/v1.2.3"}
    assert addresses(clone) == pinned
    assert '__version__ = "1.2.3"' in (clone / "utils/__init__.py").read_text()
    assert yaml.safe_load((clone / "CITATION.cff").read_text())["version"] == "1.2.3"
    make(clone, "set-repo", f"URL={URL}")
    changed = {path.name for path, text in before.items() if path.read_bytes() != text}
    assert changed == {"__init__.py", "CITATION.cff"}  # the version


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Give the address of a repository"),
        ([""], "Give the address of a repository"),
        (["https://example.org/somebody/a-book"], "Give the address of a repository"),
        (["https://github.com/-OWNER-/alexnet-book"], "Give the address of a repository"),
        (["--release", ""], 'VERSION is "": give three numbers'),
        (["--release", "v1"], 'VERSION is "v1": give three numbers'),
        (["--release", "1.0.0"], "The address is not set: run `make set-repo URL=…` first."),
    ],
)
def test_what_cannot_be_set_is_said_in_one_sentence(clone, arguments, sentence):
    if NOBODY not in current():
        pytest.skip("The address is set.")
    command = [sys.executable, "-m", "tools.set_repo", *arguments]
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert done.stderr.count("\n") == 1


def test_before_it_is_set_nothing_leads_to_a_stranger():
    if NOBODY not in current():
        pytest.skip("The address is set.")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    for name in tracked.stdout.splitlines():
        if Path(name).suffix in {".md", ".yml", ".yaml", ".cff", ".ipynb", ".toml", ".json"}:
            text = (ROOT / name).read_text(encoding="utf-8")
            assert not re.search(r"github\.com/(?!-)[\w-]+/alexnet-book", text), name


def test_launch_buttons_point_at_the_chapter_s_file(tmp_path):
    """With an address: the button of a page opens its notebook; without: there is no button."""
    cell = code("1", {"data": {"text/plain": "1"}})
    name = TOC["chapters"][0]["file"]
    shown = {}
    for state, change in {"before": str, "after": set_in_config}.items():
        folder = tmp_path / state
        folder.mkdir()
        built = build(folder, [markdown("# A"), cell], name=name, change=change)
        assert built.returncode == 0, built.stderr
        page = BeautifulSoup((folder / f"_build/html/{name}.html").read_text(), "html.parser")
        shown[state] = [link["href"] for link in page.select("a[href*=colab]")]
    assert set(shown["after"]) == {f"{COLAB}/github/somebody/a-book/blob/main/book/{name}.ipynb"}
    assert (ROOT / "book" / f"{name}.ipynb").is_file()
    if NOBODY in current():
        assert shown["before"] == []


def set_in_config(text: str) -> str:
    """The configuration as `make set-repo` writes it."""
    text = re.sub(r"^(  url: ).*$", rf"\1{URL}", text, flags=re.MULTILINE)
    return re.sub(r"^(  colab_url: ).*$", rf"\1{COLAB}", text, flags=re.MULTILINE)
