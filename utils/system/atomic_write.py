"""A file that is there whole, or not at all, whatever happens while it is written."""

import os
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that after any accident `path` is the old one or the new one, never a part.

    Raises OSError if it cannot be written; the old file is then untouched.
    """
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:  # Ctrl-C too
        with suppress(OSError):
            beside.unlink()
        raise
    with suppress(OSError):  # the new name must reach the disk too, where a system can do that
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
