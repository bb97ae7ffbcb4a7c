#!/usr/bin/env bash
# Does a progress bar that is switched off, tqdm(disable=True), leave anything behind in a process
# that its parent ends by SIGTERM?
#
# Guess:   no: a bar that is switched off does nothing.
# Seen:    tqdm 4.70.1, CPython 3.11.7, Linux: the first bar of a process makes the lock that all
#          bars share, switched off or not. In a process begun by "fork" nothing outlives it. In one
#          begun by "spawn" the lock is a named semaphore in the care of the resource tracker, and
#          its owner, when SIGTERM ends it, gives it back to nobody: when the parent ends, a warning
#          of one leaked semaphore stands in its error output. If SIGTERM is a Python handler that
#          raises, so that the process ends like a program, there is no warning.
# Output:  fork: nothing; spawn: 1 leaked semaphore; spawn with a handler: nothing
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check tqdm==4.70.1
cd "$folder"
cat >parent.py <<'PY'
import multiprocessing
import signal
import sys
import time

from tqdm import tqdm


def work(begun, handler):
    if handler:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    tqdm(disable=True)
    begun.send("begun")
    time.sleep(60)


if __name__ == "__main__":
    method, handler = sys.argv[1], len(sys.argv) > 2
    context = multiprocessing.get_context(method)
    here, there = context.Pipe()
    process = context.Process(target=work, args=(there, handler))
    process.start()
    here.recv()
    process.terminate()
    process.join()
PY
said() {
    "$folder/env/bin/python" parent.py "$@" 2>&1 |
        grep --only-matching --extended-regexp '[0-9]+ leaked semaphore' || echo nothing
}
found="fork: $(said fork); spawn: $(said spawn); spawn with a handler: $(said spawn handler)"
echo "$found"
test "$found" = "fork: nothing; spawn: 1 leaked semaphore; spawn with a handler: nothing"
