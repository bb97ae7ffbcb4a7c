"""Set the book's public address, and the branch or tag from which its notebooks install.

    python -m tools.set_repo URL             # make set-repo URL=…: this address, branch main
    python -m tools.set_repo --release X.Y.Z # make release VERSION=…: version X.Y.Z, tag vX.Y.Z

Everything that names the address is written: the launch buttons (`_config.yml`), the setup cell and
its copies in the notebooks, the Colab links of the README, `CITATION.cff`. Before it is set, the
owner is `-OWNER-`: no name on GitHub begins with a hyphen, so nothing leads to a stranger.

It needs Python's own library only, and works on the folder that it lies in.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ADDRESS = re.compile(r"https://github\.com/[A-Za-z\d][A-Za-z\d-]*/[\w.-]+?(?:\.git)?/?")
VERSION = re.compile(r"\d+\.\d+\.\d+")
NOBODY = "/-OWNER-/"
COLAB = "https://colab.research.google.com"


def replace(name: str, pattern: str, value: str) -> None:
    """Write `value` in place of what the pattern finds after its first group, wherever it does.

    Raises ValueError if it finds nothing.
    """
    path = ROOT / name
    before = path.read_text(encoding="utf-8")
    after, count = re.subn(pattern, lambda found: found[1] + value, before, flags=re.MULTILINE)
    if not count:
        raise ValueError(f"{name} has nothing like {pattern}: it was changed by hand; mend it.")
    if after != before:
        path.write_text(after, encoding="utf-8", newline="\n")


def current() -> str:
    """The address that is set now."""
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    return re.search(r"^  url: (\S+)$", config, re.MULTILINE)[1]


def set_address(url: str, ref: str) -> None:
    """Write the address and the branch or tag into every file that names them."""
    pip = f"git+{url}@{ref}"
    replace("_config.yml", r"^(  url: )\S+$", url)
    replace("_config.yml", r"^(  branch: )\S+$", ref)
    replace("_config.yml", r"^(  colab_url: ).*$", COLAB)
    replace("tools/setup_cell.py", r'^(address = ")[^"]+', pip)
    for notebook in sorted((ROOT / "book").glob("*.ipynb")):
        replace(f"book/{notebook.name}", r'(^ *"address = \\")[^\\"]+', pip)
    link = f"{url.removeprefix('https://github.com/')}/blob/{ref}/book/"
    replace("README.md", rf"({re.escape(COLAB)}/github/)[^/]+/[^/]+/blob/[^/]+/book/", link)
    replace("CITATION.cff", r"^(repository-code: ).*$", url)


def main(arguments: list[str]) -> str:
    """Do what the command line says; returns what to do next.

    Raises ValueError, in one sentence, if the address or the version is none.
    """
    match arguments:
        case ["--release", version]:
            if not VERSION.fullmatch(version):
                raise ValueError(f'VERSION is "{version}": give three numbers, for example 1.0.0.')
            if NOBODY in current():
                raise ValueError("The address is not set: run `make set-repo URL=…` first.")
            set_address(current(), f"v{version}")
            replace("CITATION.cff", r"^(version: ).*$", version)
            replace("utils/__init__.py", r'^(__version__ = ")[^"]+', version)
            return (
                f"Version {version}. Now: git commit --all --message 'Version {version}' && "
                f"git tag v{version} && git push origin HEAD v{version}; "
                f"then, to go on: make set-repo URL={current()}"
            )
        case [url] if ADDRESS.fullmatch(url):
            set_address(url.removesuffix("/").removesuffix(".git"), "main")
            return f"The book is at {current()}, branch main. Run `make test`, then commit."
        case _:
            raise ValueError(
                "Give the address of a repository, for example "
                "URL=https://github.com/<you>/<repository> (Colab opens notebooks from GitHub)."
            )


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except ValueError as error:
        sys.exit(str(error))
