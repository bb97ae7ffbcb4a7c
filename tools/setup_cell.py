# Setup: does nothing in a clone of the book; elsewhere it installs utils.
import os
import re
import subprocess as sp
import sys
from pathlib import Path

address = "git+https://github.com/-OWNER-/alexnet-book@main"
for folder in Path("here").absolute().parents:
    init = folder / "utils/__init__.py"
    if init.is_file() and b'BOOK = "alexnet"' in init.read_bytes():
        sys.path.insert(0, str(folder))  # a clone uses its own helpers
        break
try:
    import utils
except ModuleNotFoundError:
    os.environ["GIT_TERMINAL_PROMPT"] = "0"  # fail, do not ask a password
    pip = [sys.executable, "-m", "pip", "install", "--quiet", address]
    if (done := sp.run(pip, capture_output=True, text=True)).returncode:
        why = re.search(r"(?i:fatal|error): (?!sub)(.+)|$", done.stderr)
        advice = "go online once, with git installed, or use a clone"
        raise RuntimeError(f"{address}: {why[1]}; {advice}.") from None
    import utils
if getattr(utils, "BOOK", None) != "alexnet":
    raise RuntimeError(f"{utils} hides ours: rename it, restart the kernel")
