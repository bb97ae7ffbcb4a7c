"""The commands of the README: they exist, explain themselves, and install nothing twice."""

import hashlib
import re
import shutil
import zipfile

import pytest

from tools.make_dist import NAME, pack
from tools.pages import ROOT


def test_help_lists_every_target_and_the_readme_names_no_other(make):
    text = (ROOT / "Makefile").read_text().replace("\\\n", "")
    targets = set(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split())
    assert {line.split()[0] for line in make("help").stdout.splitlines()} == targets
    named = re.findall(r"`make ([a-z-]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert named and set(named) <= targets


def test_a_second_make_installs_nothing(make):
    if not (ROOT / ".venv/.all").is_file():
        pytest.skip("This environment was not made by `make test`: there are no stamps.")
    plan = make("--dry-run", "test").stdout
    assert "jupyter-book" in plan
    assert "pip" not in plan


def test_an_old_python_is_refused_in_one_sentence(make, tmp_path):
    for name in ("Makefile", "constraints.txt", "requirements-book.txt"):
        shutil.copy(ROOT / name, tmp_path)
    said = make("book", "PYTHON=", folder=tmp_path).stdout
    assert "This book needs Python 3.11 or newer" in said


def test_the_pages_are_built_from_what_solutions_says(make):
    for setting, source in {"no": "build _build/student/book", "yes": "build book"}.items():
        plan = make("--dry-run", "book", f"SOLUTIONS={setting}").stdout
        assert f"jupyter-book {source} --config" in plan
        assert f"test {setting} = yes || " in plan and "-m tools.student_copy" in plan
    said = make("--dry-run", "book", "SOLUTIONS=maybe").stderr
    assert 'SOLUTIONS is "maybe": set it to yes or no.' in said


def test_the_zip_of_the_pages_holds_every_file_and_is_the_same_twice(tmp_path):
    html = tmp_path / "html"
    (html / "_static").mkdir(parents=True)
    (html / "index.html").write_text("<p>page</p>")
    (html / "_static" / "a.css").write_text("p {}")
    first = pack(html, tmp_path / "dist")
    (html / "index.html").touch()
    second = pack(html, tmp_path / "again")
    assert first.read_bytes() == second.read_bytes()
    checksum = hashlib.sha256(first.read_bytes()).hexdigest()
    assert (tmp_path / "dist" / f"{first.name}.sha256").read_text() == f"{checksum}  {first.name}\n"
    with zipfile.ZipFile(first) as packed:
        assert sorted(packed.namelist()) == [f"{NAME}/_static/a.css", f"{NAME}/index.html"]
        assert packed.read(f"{NAME}/index.html") == b"<p>page</p>"
