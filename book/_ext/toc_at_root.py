"""Let `_toc.yml` lie beside `_config.yml`, outside the source folder.

Jupyter Book checks `--toc _toc.yml` against the working directory and then reads it relative to the
source folder. An absolute path means the same file to both.
"""

from pathlib import Path


def make_absolute(app, config):
    config.external_toc_path = str(Path(config.external_toc_path).absolute())


def setup(app):
    app.connect("config-inited", make_absolute)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
