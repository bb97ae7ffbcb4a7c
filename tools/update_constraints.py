"""Write constraints.txt anew: the installed versions of all that requirements.txt needs.

    python -m tools.update_constraints

Left out are the CUDA libraries under torch: they differ between machines and builds of torch, and
torch itself names the ones it works with.
"""

import re
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
CUDA = re.compile(r"nvidia-|cuda-|triton$")


def read_requirements(file: Path) -> dict[str, Requirement]:
    """The lines of a requirements file, by canonical name."""
    lines = (
        line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()
    )
    found = map(Requirement, filter(None, lines))
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def closure(requirements: dict[str, Requirement]) -> set[str]:
    """Canonical names of the installed packages that these requirements need, themselves included.

    Raises importlib.metadata.PackageNotFoundError if one of them is not installed.
    """
    names: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [(name, frozenset(item.extras)) for name, item in requirements.items()]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        names.add(name)
        for needed in map(Requirement, metadata.requires(name) or []):
            if needed.marker is None or any(
                needed.marker.evaluate({"extra": extra}) for extra in extras | {""}
            ):
                waiting.append((canonicalize_name(needed.name), frozenset(needed.extras)))
    return names


if __name__ == "__main__":
    names = closure(read_requirements(ROOT / "requirements.txt"))
    pins = [f"{name}=={metadata.version(name)}\n" for name in sorted(names) if not CUDA.match(name)]
    (ROOT / "constraints.txt").write_text(
        "# The exact versions of the tests; written by tools/update_constraints.py.\n"
        + "".join(pins)
    )
