"""The setup cell, really run: in a clone, beside a stranger's package, offline, and alone."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.public_address import NO_NETWORK, PUBLIC, install_into, instead_of
from tools.execute_notebooks import ROOT, SETUP

WHERE = "\nprint(utils.BOOK, utils.__file__)"
PACKAGES = sysconfig.get_path("purelib")
NOBODY = instead_of("http://127.0.0.1:9/nobody")


@pytest.fixture
def run(tmp_path):
    """Run a cell in an empty folder; returns its exit status, output and errors."""
    empty = tmp_path / "empty"
    empty.mkdir()

    def run_cell(source: str, folder: Path = empty, **settings: str):
        # -S: a book that may be installed beside this Python's packages is not found.
        command = [sys.executable, "-S", "-c", source]
        environment = os.environ | {"PYTHONPATH": PACKAGES} | settings
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)

    return run_cell


@pytest.fixture
def stranger(tmp_path) -> str:
    """Where Python looks: first, a folder with somebody else's package of the same name."""
    package = tmp_path / "stranger" / "utils"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("BOOK = 'another'\n")
    return os.pathsep.join([str(package.parent), PACKAGES])


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
    done = run(SETUP + WHERE, folder=ROOT / "book", PYTHONPATH=stranger)
    assert done.stdout.strip() == f"alexnet {ROOT / 'utils' / '__init__.py'}"
    assert done.stderr == ""


def test_a_stranger_s_package_is_refused(run, stranger):
    said = sentence(run(SETUP, PYTHONPATH=stranger))
    assert stranger.partition(os.pathsep)[0] in said
    assert "restart the kernel" in said


def test_a_stranger_s_module_already_imported_is_refused(run):
    imported = "import sys, types\nsys.modules['utils'] = types.ModuleType('utils')\n"
    assert "restart the kernel" in sentence(run(imported + SETUP, folder=ROOT / "book"))


@pytest.mark.parametrize(
    ("settings", "why", "advice"),
    [
        (NOBODY, "unable to access", "go online once"),
        ({"PATH": str(NO_NETWORK)}, "'git'", "with git installed"),
    ],
    ids=["offline", "without git"],
)
def test_what_cannot_be_installed_is_said_with_advice(run, settings, why, advice):
    said = sentence(run(SETUP, **settings))
    assert why in said
    assert advice in said


def test_a_branch_that_does_not_exist(run, public_address):
    source = SETUP.replace(f"@{PUBLIC['branch']}", "@nonesuch")
    assert "'nonesuch' did not match" in sentence(run(source, **public_address))


def test_opened_alone_it_installs_the_helpers_once(run, public_address, tmp_path):
    target = tmp_path / "site-packages"
    target.mkdir()
    offline = install_into(target, PACKAGES)
    done = run("\n".join([SETUP, SETUP]) + WHERE, **offline, **public_address)
    assert done.stdout.strip() == f"alexnet {target / 'utils' / '__init__.py'}", done.stderr
    again = run(SETUP + WHERE, **offline, **NOBODY)  # a new kernel, without the internet
    assert again.stdout == done.stdout
