"""`make dist`: one zip with every page, the same bytes each time, and its checksum."""

import hashlib
import zipfile

from tools.make_dist import NAME, pack


def test_the_zip_holds_every_file_and_is_the_same_twice(tmp_path):
    html = tmp_path / "html"
    (html / "_static").mkdir(parents=True)
    (html / "index.html").write_text("<p>page</p>")
    (html / "_static" / "a.css").write_text("p {}")
    first = pack(html, tmp_path / "dist")
    (html / "index.html").touch()
    second = pack(html, tmp_path / "again")
    assert first.read_bytes() == second.read_bytes()
    checksum = hashlib.sha256(first.read_bytes()).hexdigest()
    assert (tmp_path / "dist" / f"{first.name}.sha256").read_text() == f"{checksum}  {first.name}\n"
    with zipfile.ZipFile(first) as packed:
        assert sorted(packed.namelist()) == [f"{NAME}/_static/a.css", f"{NAME}/index.html"]
        packed.extractall(tmp_path / "reader")
    assert (tmp_path / "reader" / NAME / "index.html").read_text() == "<p>page</p>"
