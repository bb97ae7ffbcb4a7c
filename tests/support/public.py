"""The book's public address, and how tests lead git from it to a copy on this machine."""

import yaml

from tools.pages import ROOT

PUBLIC = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]


def instead_of(address: str) -> dict[str, str]:
    """Environment in which git asks `address` when it is told to ask the book's repository."""
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{address}.insteadOf",
        "GIT_CONFIG_VALUE_0": PUBLIC["url"],
    }
