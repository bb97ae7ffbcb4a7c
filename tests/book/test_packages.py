"""The dependency files name what the book needs, agree with each other, and fit together."""

import ast
import subprocess
import sys
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tools.update_constraints import CUDA, ROOT, closure, read_requirements

ALL = read_requirements(ROOT / "requirements.txt")
PAGES = read_requirements(ROOT / "requirements-book.txt")
CONSTRAINTS = read_requirements(ROOT / "constraints.txt")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
providers = cache(metadata.packages_distributions)  # of each importable name
OWN = {
    "utils",
    "tools",
    "tests",
    "benchmarks",
}.union(  # and what scripts and extensions import by file name
    path.stem for folder in ("book", "tests", "tools") for path in ROOT.glob(f"{folder}/**/*.py")
)


def code(path: Path) -> str:
    """The Python in a file; of a notebook, the code cells without lines for IPython."""
    if path.suffix == ".py":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    lines = "\n".join(cell.source for cell in cells if cell.cell_type == "code").splitlines()
    return "\n".join(line for line in lines if not line.startswith(("%", "!")))


def imported(source: str) -> set[str]:
    """Top-level names of the packages from elsewhere that this code imports."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(node.module.partition(".")[0])
    return names - OWN - sys.stdlib_module_names


def not_among(names: set[str], allowed: set[str]) -> dict[str, list[str]]:
    """Imported names of which no distribution is allowed, with their distributions."""
    distributions = {name: providers().get(name, [name]) for name in names}
    return {
        name: found
        for name, found in distributions.items()
        if not {canonicalize_name(one) for one in found} & allowed
    }


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import torch.nn.functional as F", {"torch"}),
        ("from matplotlib import pyplot\nimport os, yaml", {"matplotlib", "yaml"}),
        ("from . import shapes\nfrom utils import data", set()),
        ("def f():\n    from d2l import torch as d2l", {"d2l"}),
    ],
)
def test_imports_are_found(source, names):
    assert imported(source) == names


@pytest.mark.parametrize("folder", ["utils", "tests", "tools", "benchmarks", "book/*.ipynb"])
def test_requirements_name_every_imported_package(folder):
    paths = ROOT.glob(folder if "*" in folder else f"{folder}/**/*.py")
    names = set().union(*(imported(code(path)) for path in paths))
    missing = not_among(names, set(ALL))
    assert not missing, f"not in requirements.txt, imported by {folder}: {missing}"


def test_a_package_that_is_not_named_is_found():
    assert not_among({"yaml", "nonesuch"}, {"pyyaml"}) == {"nonesuch": ["nonesuch"]}


def test_d2l_and_ipywidgets_are_required():
    assert {"d2l", "ipywidgets"} <= set(ALL)


def test_building_the_pages_needs_a_part_of_the_requirements():
    assert {name: ALL[name] for name in PAGES} == PAGES


def test_building_the_pages_needs_no_torch():
    needed = closure(PAGES)
    assert "sphinx" in needed
    assert not needed & {"torch", "torchvision", "d2l"}
    names = set().union(*(imported(code(path)) for path in ROOT.glob("book/_ext/*.py")))
    assert not not_among(names, needed)


def test_the_package_depends_on_what_it_imports_and_not_on_d2l():
    needed = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    assert needed <= set(ALL)
    assert "d2l" not in needed
    names = set().union(*(imported(code(path)) for path in ROOT.glob("utils/**/*.py")))
    missing = not_among(names, needed)
    assert not missing, f"not among the dependencies in pyproject.toml: {missing}"


@pytest.mark.pinned
def test_constraints_name_everything_that_is_installed():
    needed = {name for name in closure(ALL) if not CUDA.match(name)}
    assert not needed - set(CONSTRAINTS), "run `python -m tools.update_constraints`"
    loose = [name for name, pin in CONSTRAINTS.items() if not str(pin.specifier).startswith("==")]
    assert not loose


def test_constraints_fit_the_requirements():
    for name, requirement in ALL.items():
        (pin,) = CONSTRAINTS[name].specifier
        assert requirement.specifier.contains(pin.version), f"{requirement} and {pin}"


@pytest.mark.pinned
def test_constraints_allow_the_oldest_python():
    """Debian 12 has Python 3.11.2; a package that asks for 3.11.5 would stop its first command."""
    here = {canonicalize_name(package.name) for package in metadata.distributions()}
    pinned = CONSTRAINTS.keys() & here  # some are for Python 3.11 only
    asked = {name: metadata.metadata(name).get("Requires-Python", "") for name in pinned}
    newer = {name: text for name, text in asked.items() if "3.11.0" not in SpecifierSet(text)}
    assert not newer, "install an older one, then run `python -m tools.update_constraints`"


def test_installed_packages_fit_together():
    command = [sys.executable, "-m", "pip", "check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_d2l_offers_what_chapter_8_compares():
    from d2l import torch as d2l  # here, because the import takes seconds

    assert callable(d2l.train_ch6)
    assert callable(d2l.load_data_fashion_mnist)
