"""The setup cell, really run: in a clone, beside a stranger's package, offline, and alone."""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.support.public_address import NO_NETWORK, PUBLIC, install_into, instead_of
from tools import run_alone
from tools.execute_notebooks import ROOT, SETUP

WHERE = "\nprint(utils.BOOK, utils.__file__)"
PACKAGES = sysconfig.get_path("purelib")
NOBODY = instead_of("http://127.0.0.1:9/nobody")


@pytest.fixture
def run(tmp_path):
    """Run a cell where no clone is; returns its exit status, output and errors."""

    def run_cell(source: str, folder: Path = tmp_path, **settings: str):
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
    return done.stderr.strip().splitlines()[-1]


def test_in_a_clone_its_own_helpers_are_used(run, stranger):
    done = run(SETUP + WHERE, folder=ROOT / "book", PYTHONPATH=stranger)
    assert done.stdout.strip() == f"alexnet {ROOT / 'utils' / '__init__.py'}"
    assert done.stderr == ""


def test_a_stranger_s_package_is_refused(run, stranger):
    folder = re.escape(stranger.partition(os.pathsep)[0])
    said = sentence(run(SETUP, PYTHONPATH=stranger))
    assert re.match(f"RuntimeError: .*{folder}.*restart the kernel", said)


CLONE = {"PYTHONPATH": os.pathsep.join([str(ROOT), PACKAGES])}
LOOK = "import sys\nfrom importlib import metadata\n"
OLD_PYTHON = LOOK + "sys.version_info = (3, 10, 12, 'final', 0)\n"
OLD_TORCH = LOOK + "metadata.version = lambda name: '1.13.1+cu117'\n"
OTHER_UTILS = LOOK + "import types\nsys.modules['utils'] = types.ModuleType('utils')\n"
NEEDS = "ImportError: This book needs "
REFUSED = {  # what is so before the cell runs, what is set, and what is said
    "offline": ("", NOBODY, "RuntimeError: .*unable to access.*go online once"),
    "another utils": (OTHER_UTILS, {}, "RuntimeError: .*hides ours.*restart the kernel"),
    "no git": ("", {"PATH": str(NO_NETWORK)}, "RuntimeError: .*'git'.*with git installed"),
    "Python 3.10": (OLD_PYTHON, CLONE, NEEDS + "Python 3.11 or newer, and this is "),
    "PyTorch 1.13": (OLD_TORCH, CLONE, NEEDS + "PyTorch 2.6 or newer, and here is 1.13.1.cu117: "),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_sentence(run, name):
    before, settings, said = REFUSED[name]
    assert re.match(said, sentence(run(before + SETUP, **settings)))


def test_a_branch_that_does_not_exist(run, public_address):
    source = SETUP.replace(f"@{PUBLIC['branch']}", "@nonesuch")
    assert "'nonesuch' did not match" in sentence(run(source, **public_address))


def files_of(folder: Path) -> set[Path]:
    """Paths below `folder`, without what Python and editors leave there."""
    paths = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {path for path in paths if not re.search(r"(^|/)(\.|__pycache__)", path.as_posix())}


def test_opened_alone_it_installs_the_package_once(run, public_address, tmp_path, monkeypatch):
    """All of it and nothing else; a chapter runs on it, where no checkout is in reach."""
    target = tmp_path / "site-packages"
    target.mkdir()
    helpers = target / "utils" / "__init__.py"
    offline = install_into(target, PACKAGES)
    done = run("\n".join([SETUP, SETUP]) + WHERE, **offline, **public_address)
    assert done.stdout.strip() == f"alexnet {helpers}", done.stderr
    again = run(SETUP + WHERE, **offline, **NOBODY)  # a new kernel, without the internet
    assert again.stdout == done.stdout
    names = sorted(path.name.partition("-")[0] for path in target.iterdir())
    assert names == ["alexnet_book", "utils"]
    assert files_of(target / "utils") == files_of(ROOT / "utils")
    monkeypatch.setenv("PYTHONPATH", str(target))
    assert run_alone.run(ROOT / "book" / "03_layer_shapes.ipynb").startswith(f"{helpers} ")
