"""The book's design in values, as Python reads it: `tokens.css` has them for pages and widgets."""

import re
from importlib.resources import files

TOKENS = (files("utils.figures") / "tokens.css").read_text(encoding="utf-8")
# Compared arms take these, in this order.
ARMS = ("blue", "orange", "green", "purple", "amber", "sky", "grey", "yellow")
_LIGHT, _DARK = re.split(r"(?m)^:is\(.*\{$", TOKENS)


def colours(dark: bool = False) -> dict[str, str]:
    """The colours of the design by name, such as "blue", "conv", "true"."""
    pairs = re.findall(r"--book-(\w+): (#[0-9a-f]+);", _DARK if dark else _LIGHT)
    return dict(pairs)
