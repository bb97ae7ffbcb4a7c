"""The setup cell, really run: in a clone, beside a stranger's package, offline, and alone."""

import os
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.support.public import PUBLIC, instead_of
from tools.execute_notebooks import ROOT, SETUP

WHERE = "\nprint(utils.BOOK, utils.__file__)"


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> Path:
    """A Python with this one's packages, but without a book that may be installed beside them."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


@pytest.fixture
def run(python, tmp_path):
    """Run a cell in an empty folder; returns its exit status, output and errors."""
    empty = tmp_path / "empty"
    empty.mkdir()

    def run_cell(source: str, folder: Path = empty, paths: tuple[Path, ...] = (), **settings: str):
        search = os.pathsep.join([*map(str, paths), sysconfig.get_path("purelib")])
        return subprocess.run(
            [python, "-c", source],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": search} | settings,
            capture_output=True,
            text=True,
            check=False,
        )

    return run_cell


@pytest.fixture
def stranger(tmp_path) -> Path:
    """A folder with somebody else's package of the same name."""
    package = tmp_path / "stranger" / "utils"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("BOOK = 'another'\n")
    return package.parent


def sentence(done: subprocess.CompletedProcess) -> str:
    """The one line that a failed cell says below its traceback."""
    assert done.returncode == 1
    assert "During handling" not in done.stderr  # no second traceback
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("RuntimeError: ")
    return last


def test_cell_installs_from_the_book_s_address():
    assert f'"git+{PUBLIC["url"]}@{PUBLIC["branch"]}"' in SETUP


def test_in_a_clone_its_own_helpers_are_used(run, stranger):
    done = run(SETUP + WHERE, folder=ROOT / "book", paths=(stranger,))
    assert done.stdout.strip() == f"alexnet {ROOT / 'utils' / '__init__.py'}"
    assert done.stderr == ""


def test_a_stranger_s_package_is_refused(run, stranger):
    said = sentence(run(SETUP, paths=(stranger,)))
    assert str(stranger) in said
    assert "restart the kernel" in said


def test_a_stranger_s_module_already_imported_is_refused(run):
    imported = "import sys, types\nsys.modules['utils'] = types.ModuleType('utils')\n"
    assert "restart the kernel" in sentence(run(imported + SETUP, folder=ROOT / "book"))


def test_offline(run):
    said = sentence(run(SETUP, **instead_of("http://127.0.0.1:9/nobody")))
    assert "unable to access" in said
    assert "go online once" in said


def test_without_git(run, tmp_path):
    said = sentence(run(SETUP, PATH=str(tmp_path)))
    assert "'git'" in said
    assert "with git installed" in said


def test_a_branch_that_does_not_exist(run, public_repository):
    source = SETUP.replace(f"@{PUBLIC['branch']}", "@nonesuch")
    assert "'nonesuch' did not match" in sentence(
        run(source, **instead_of(public_repository.as_uri()))
    )


def test_opened_alone_it_installs_the_helpers_once(run, public_repository, tmp_path):
    target = tmp_path / "site-packages"
    target.mkdir()
    offline = {  # pip may ask nobody: what builds the package lies beside this Python
        "PIP_NO_INDEX": "1",
        "PIP_NO_DEPS": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # "0" is how pip reads "no isolation" from a variable
        "PIP_TARGET": str(target),
    }
    source = "\n".join([SETUP, SETUP]) + WHERE
    done = run(source, paths=(target,), **offline, **instead_of(public_repository.as_uri()))
    assert done.stdout.strip() == f"alexnet {target / 'utils' / '__init__.py'}", done.stderr

    broken = instead_of("http://127.0.0.1:9/nobody")
    again = run(SETUP + WHERE, paths=(target,), **broken)  # a new kernel, without the internet
    assert again.stdout == done.stdout
