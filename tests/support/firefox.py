"""The system's Firefox, over WebDriver BiDi: Playwright 1.65 sends what ESR 140 and 153 refuse."""

import json
import os
import re
import shutil
import subprocess
import time
from collections import defaultdict
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Error
from websocket import create_connection

NO_FIREFOX = "No Firefox was found: install firefox-esr, or set $FIREFOX."
# No host but this one can be reached.
SETTINGS = 'user_pref("network.dns.disabled", true);\n'
LISTENS = re.compile(r"WebDriver BiDi listening on (ws://\S+)\n")


def find_firefox() -> str | None:
    """Path of $FIREFOX, else of the system's Firefox; None without."""
    found = [os.environ.get("FIREFOX"), *map(shutil.which, ["firefox-esr", "firefox"])]
    return next((path for path in found if path and Path(path).exists()), None)


@contextmanager
def running_firefox(executable: str):
    """A headless Firefox with a profile of its own; afterwards nothing of it is left.

    Raises RuntimeError with what it said if it ends before it listens.
    """
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        log = Path(folder, "log")
        Path(folder, "user.js").write_text(SETTINGS)
        command = [executable, "--headless", "--remote-debugging-port=0", "--profile", folder]
        home = os.environ | {"HOME": folder}  # it makes folders there too
        with log.open("w") as out:
            process = subprocess.Popen(command, env=home, stdout=out, stderr=out)
        try:
            while not (address := LISTENS.search(log.read_text())):
                if process.poll() is not None:
                    raise RuntimeError(f"{executable} did not start: {log.read_text().strip()}")
                time.sleep(0.05)
            firefox = Firefox(address[1])
            yield firefox
            firefox.send("browser.close")
            process.wait(timeout=30)
        finally:
            process.kill()
            process.wait()


class Firefox:
    """A running Firefox. What its pages can do has the names that it has in Playwright."""

    def __init__(self, address: str):
        # To check that an answer is UTF-8 takes Python longer than all the rest.
        quick = {"suppress_origin": True, "skip_utf8_validation": True}
        self.socket = create_connection(f"{address}/session", **quick)
        self.numbers, self.complaints = count(), defaultdict(list)
        self.send("session.new", capabilities={})
        self.send("session.subscribe", events=["log.entryAdded"])

    def send(self, method: str, **params) -> dict:
        """The answer to a command; raises Playwright's Error if Firefox cannot do it."""
        number = next(self.numbers)
        self.socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (message := json.loads(self.socket.recv())).get("id") != number:
            logged = message.get("params", {})
            if logged.get("level") == "error":
                self.complaints[logged["source"].get("context")].append(logged["text"])
        if message["type"] == "error":
            raise Error(message["message"])
        return message["result"]

    def new_page(self) -> "FirefoxPage":
        return FirefoxPage(self)


class FirefoxPage:
    """A tab; `complaints` are the errors that it and its Workers have logged."""

    def __init__(self, firefox: Firefox):
        self.firefox = firefox
        self.context = firefox.send("browsingContext.create", type="tab")["context"]
        self.complaints = firefox.complaints[self.context]

    def goto(self, address: str) -> None:
        """Open an address and wait until it has loaded."""
        self.firefox.send(
            "browsingContext.navigate", context=self.context, url=address, wait="complete"
        )

    def evaluate(self, function: str, argument=None):
        """What a JavaScript function returns, or its promise; both values are such as JSON has.

        Raises Playwright's Error with the words of the JavaScript error.
        """
        text_to_text = f"async $given => JSON.stringify(await ({function})(JSON.parse($given)))"
        answer = self.firefox.send(
            "script.callFunction",
            functionDeclaration=text_to_text,
            arguments=[{"type": "string", "value": json.dumps(argument)}],
            awaitPromise=True,
            target={"context": self.context},
        )
        if answer["type"] == "exception":
            raise Error(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"].get("value", "null"))

    def close(self) -> None:
        self.firefox.send("browsingContext.close", context=self.context)
