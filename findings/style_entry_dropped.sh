#!/usr/bin/env bash
# What does Matplotlib do with a style file in which one entry cannot be read, here a colour of
# three hexadecimal digits within the cycle of colours?
#
# Guess:   plt.style.use raises an error that names the line; the style is not used.
# Seen:    matplotlib 3.11.2, CPython 3.11.7: one message in the log, no error and no warning. The
#          entry is dropped, the others are used: every figure comes out in the style, and in
#          Matplotlib's own colours. The same colour, "555", is also refused outside a cycle, where
#          Python accepts "#555"; six digits are read in both places.
# Output:  error: no; warnings: 0; logged: 1; lines.linewidth: 3.0; first colour: #1f77b4;
#          text.color 555: dropped; text.color 555555: read
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check matplotlib==3.11.2
cd "$folder"
cat >look.py <<'PY'
import logging
import warnings
from pathlib import Path

import matplotlib
from matplotlib import pyplot as plt

matplotlib.use("agg")
messages = []
handler = logging.Handler()
handler.emit = messages.append
logging.getLogger("matplotlib").addHandler(handler)


def use(text):
    """Use a style file with this text; whether an error was raised, and how many warnings."""
    matplotlib.rcdefaults()
    messages.clear()
    Path("book.mplstyle").write_text(text)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            plt.style.use("./book.mplstyle")
        except Exception:
            return "yes", len(warned)
    return "no", len(warned)


error, warned = use("axes.prop_cycle: cycler('color', ['0072b2', '555'])\nlines.linewidth: 3\n")
first = plt.rcParams["axes.prop_cycle"].by_key()["color"][0]
parts = [f"error: {error}", f"warnings: {warned}", f"logged: {len(messages)}"]
parts += [f"lines.linewidth: {plt.rcParams['lines.linewidth']}"]
parts += [f"first colour: {matplotlib.colors.to_hex(first)}"]
for colour in ("555", "555555"):
    use(f"text.color: {colour}\n")
    parts.append(f"text.color {colour}: {'dropped' if messages else 'read'}")
print("; ".join(parts))
PY
found=$("$folder/env/bin/python" look.py 2>/dev/null)
echo "$found"
test "$found" = "error: no; warnings: 0; logged: 1; lines.linewidth: 3.0; first colour: #1f77b4; \
text.color 555: dropped; text.color 555555: read"
