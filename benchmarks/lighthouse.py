"""`python -m benchmarks.lighthouse`: Lighthouse's four scores for built pages, on a "phone".

Measured are the first page, the ledger, and every page with widgets. Needs `make book`, Node.js and
Lighthouse (`npm install lighthouse@12` in a folder, given as `--folder`). Every page is visited
three times; the median counts. It takes a quarter of an hour. Run it with nothing else running: the
performance score is made of times, on a processor four times as slow as this one. How fast this
one is stands beside the scores (`benchmarkIndex`; Lighthouse warns below 1,000). The last line is
JSON; `--record` stores it.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

from playwright.sync_api import sync_playwright

from tools.pages import HTML, NO_BROWSER, NO_BUILD, CompressingHandler, find_chromium, serve

SCORES = ("performance", "accessibility", "best-practices", "seo")
TIMES = 3
RECORD = Path(__file__).with_suffix(".json")


def pages() -> list[str]:
    """The names of the pages to measure."""
    shown = {page.stem: page.read_text(encoding="utf-8") for page in HTML.glob("*.html")}
    return ["index", "claims", *sorted(n for n, html in shown.items() if 'class="widget"' in html)]


def visit(address: str, folder: Path, chromium: str) -> dict[str, float | None]:
    """One visit: {score: 0 to 100, or None if Lighthouse could not tell}, and `benchmarkIndex`."""
    command = [
        folder / "node_modules/.bin/lighthouse", address, "--output=json", "--quiet",
        f"--only-categories={','.join(SCORES)}", "--chrome-flags=--headless=new --no-sandbox",
    ]  # fmt: skip
    environment = os.environ | {"CHROME_PATH": chromium}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        sys.exit(f"Lighthouse could not measure {address}: {done.stderr.strip()[-300:]}")
    report = json.loads(done.stdout)
    given = {name: report["categories"][name]["score"] for name in SCORES}
    found = {name: None if score is None else 100 * score for name, score in given.items()}
    return found | {"benchmarkIndex": report["environment"]["benchmarkIndex"]}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lighthouse", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(), help="where Lighthouse is installed")
    parser.add_argument("--record", action="store_true", help=f"store the result in {RECORD.name}")
    options = parser.parse_args()
    if not (options.folder / "node_modules/.bin/lighthouse").is_file():
        sys.exit(f"No Lighthouse in {options.folder}: run `npm install lighthouse@12` there.")
    if not (HTML / "index.html").is_file():
        sys.exit(NO_BUILD)
    with sync_playwright() as playwright:
        chromium = find_chromium(playwright) or sys.exit(NO_BROWSER)
    server, found = serve(handler=CompressingHandler), {}
    for page in pages():
        address = f"http://127.0.0.1:{server.server_port}/{page}.html"
        visits = [visit(address, options.folder, chromium) for _ in range(TIMES)]
        found[page] = {
            name: round(median(v[name] for v in visits if v[name] is not None))
            for name in (*SCORES, "benchmarkIndex")
        }
        print(page, found[page], flush=True)
    server.shutdown()
    text = json.dumps(found)
    print(text)
    if options.record:
        RECORD.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
