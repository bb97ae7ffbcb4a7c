"""Pack the built book for readers without the internet: one zip in dist/, and its checksum.

    python -m tools.make_dist      # after `make book`

Unpacked anywhere, `index.html` opens in a browser from the disk. Equal pages give equal bytes.
"""

import hashlib
import sys
import zipfile
from pathlib import Path

from tools.pages import HTML, NO_BUILD, ROOT
from utils import __version__

NAME = f"alexnet-book-{__version__}"


def pack(html: Path, folder: Path) -> Path:
    """Write NAME.zip and NAME.zip.sha256 (as `sha256sum --check` reads it) into `folder`."""
    folder.mkdir(exist_ok=True)
    archive = folder / f"{NAME}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(path for path in html.rglob("*") if path.is_file()):
            inside = zipfile.ZipInfo(f"{NAME}/{path.relative_to(html).as_posix()}")  # dated 1980
            inside.external_attr = 0o644 << 16
            inside.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(inside, path.read_bytes())
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_name(f"{archive.name}.sha256").write_text(f"{checksum}  {archive.name}\n")
    return archive


if __name__ == "__main__":
    if not (HTML / "index.html").is_file():
        sys.exit(NO_BUILD)
    archive = pack(HTML, ROOT / "dist")
    print(f"{archive}: {archive.stat().st_size / 1e6:.1f} MB, with its checksum beside it")
