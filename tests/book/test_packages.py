"""The dependency files name what the book needs, and agree with each other.

That pins and requirements fit together, pip asks when `make test` installs them (`pip check`).
"""

import ast
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools.notebooks import cells
from tools.update_constraints import CUDA, ROOT, closure, read_requirements

ALL = read_requirements(ROOT / "requirements.txt")
PAGES = read_requirements(ROOT / "requirements-book.txt")
CONSTRAINTS = read_requirements(ROOT / "constraints.txt")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGE = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
# Our own: packages, and what scripts and extensions import by file name.
OWN = {"utils", "tools", "tests", "benchmarks"} | {
    path.stem for folder in ("book", "tests", "tools") for path in ROOT.glob(f"{folder}/**/*.py")
}


def imported(path: Path) -> set[str]:
    """Top-level names of the packages from elsewhere that the code in a file imports."""
    names, source = set(), path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        notebook = nbformat.reads(source, as_version=4)
        source = "\n".join(cell.source for _, cell in cells(notebook, "code"))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.partition(".")[0])
    return names - OWN - sys.stdlib_module_names


@pytest.mark.parametrize(
    ("files", "allowed", "where"),
    [
        ("utils/**/*.py", PACKAGE, "the dependencies in pyproject.toml"),
        ("[bt]*s/**/*.py", set(ALL), "requirements.txt"),  # benchmarks, tests, tools
        ("book/*.ipynb", set(ALL), "requirements.txt"),
        ("book/_ext/*.py", closure(PAGES), "requirements-book.txt"),
    ],
)
def test_every_imported_package_is_named(files, allowed, where):
    providers = metadata.packages_distributions()  # of each importable name
    names = set().union(*(imported(path) for path in ROOT.glob(files)))
    missing = {
        name
        for name in names
        if not {canonicalize_name(one) for one in providers.get(name, [name])} & allowed
    }
    assert not missing, f"not in {where}, imported by {files}: {missing}"


def test_pages_and_package_need_a_part_of_the_requirements():
    assert {"d2l", "ipywidgets"} <= set(ALL)
    assert {name: ALL[name] for name in PAGES} == PAGES
    assert "sphinx" in closure(PAGES)
    assert not closure(PAGES) & {"torch", "torchvision", "d2l"}
    assert set(ALL) >= PACKAGE
    assert "d2l" not in PACKAGE


@pytest.mark.pinned
def test_constraints_name_everything_that_is_installed():
    needed = {name for name in closure(ALL) if not CUDA.match(name)}
    assert not needed - set(CONSTRAINTS), "run `python -m tools.update_constraints`"
    loose = [name for name, pin in CONSTRAINTS.items() if not str(pin.specifier).startswith("==")]
    assert not loose


@pytest.mark.pinned
def test_constraints_allow_the_oldest_python():
    """Debian 12 has Python 3.11.2; a package that asks for 3.11.5 would stop its first command."""
    here = {canonicalize_name(package.name) for package in metadata.distributions()}
    pinned = CONSTRAINTS.keys() & here  # some are for Python 3.11 only
    asked = {name: metadata.metadata(name).get("Requires-Python", "") for name in pinned}
    newer = {name: text for name, text in asked.items() if "3.11.0" not in SpecifierSet(text)}
    assert not newer, "install an older one, then run `python -m tools.update_constraints`"
