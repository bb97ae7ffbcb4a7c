"""The book's public address without a network: git, pip and Python ask this machine alone."""

import os
from pathlib import Path

import yaml

from tools.pages import ROOT

PUBLIC = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]
# On PYTHONPATH, its sitecustomize.py takes the network from every Python that starts.
NO_NETWORK = Path(__file__).with_name("no_network")


def instead_of(address: str) -> dict[str, str]:
    """Environment in which git asks `address` when it is told to ask the book's repository."""
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{address}.insteadOf",
        "GIT_CONFIG_VALUE_0": PUBLIC["url"],
    }


def install_into(target: Path, *search: Path | str) -> dict[str, str]:
    """Environment in which pip asks nobody and installs into `target`, where Python looks first.

    What the package needs, to be built and to run, lies beside that Python, or in `search`.
    """
    return {
        "PIP_TARGET": str(target),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # "0" is how pip reads "no isolation" from a variable
        "PYTHONPATH": os.pathsep.join(map(str, [target, *search])),
    }
