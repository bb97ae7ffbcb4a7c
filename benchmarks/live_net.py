"""`python -m benchmarks.live_net`: the forward pass of chapter 11 in Chromium and in PyTorch.

Both work on the 200 images of the page, one at a time, on one thread; of each layer the shortest
time over all images counts, which other programs disturb least. The browser runs
`utils/widgets/forward.js` as the page does. The last line is JSON; `--record` stores it for the
chapter, with the largest difference of the logits.
"""

import argparse
import base64
import hashlib
import json
import math
import re
import sys
import time
from pathlib import Path

import torch
from playwright.sync_api import sync_playwright

from tools.pages import NO_BROWSER, find_chromium, launch
from utils import records
from utils.data import MEAN, STD, Labelled
from utils.nets import layer_table, live_net
from utils.widgets import HERE

FILES = ("forward.js", "network_file.js")
IN_PAGE = """([file, side, mean, std]) => {
  const found = tensors(Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0)));
  const net = parameters(found), best = {}, logits = [];
  for (let i = 0; i < found.images.shape[0]; i++) {
    const x = enlarged(found.images.data.subarray(784 * i, 784 * (i + 1)), side, mean, std);
    let last, before = performance.now();
    for (const [name, y] of forward(x, net)) {
      const now = performance.now();
      best[name] = Math.min(best[name] ?? Infinity, now - before);
      [last, before] = [y, performance.now()];
    }
    logits.push([...last.data]);
  }
  return { logits, best };
}"""


def source() -> str:
    """The JavaScript of the page as a classic script."""
    parts = [(HERE / name).read_text(encoding="utf-8") for name in FILES]
    return re.sub(r"^export ", "", "".join(parts), flags=re.MULTILINE)


def in_browser() -> tuple[torch.Tensor, dict[str, float]]:
    """Logits (200, 10) and milliseconds of each layer, by JavaScript in Chromium."""
    with sync_playwright() as playwright:
        executable = find_chromium(playwright)
        if executable is None:
            sys.exit(NO_BROWSER)
        browser = launch(playwright, executable)
        page = browser.new_page()
        page.add_script_tag(content=source())
        file = base64.b64encode(live_net.page_file()).decode()
        found = page.evaluate(IN_PAGE, [file, live_net.SIDE, MEAN, STD])
        browser.close()
    return torch.tensor(found["logits"]), found["best"]


@torch.no_grad()
def in_torch() -> tuple[torch.Tensor, dict[str, float]]:
    """The same by PyTorch, on the thread or threads that it has."""
    found = live_net.page_tensors()
    images = Labelled(found["images"], found["labels"])
    x, _ = next(images.batches(200, image_size=live_net.SIDE))
    net = live_net.page_net()
    best: dict[str, float] = {}
    logits = []
    for y in x.split(1):
        for name, layer in live_net.named_layers(net):
            start = time.perf_counter()
            y = layer(y)
            best[name] = min(1000 * (time.perf_counter() - start), best.get(name, math.inf))
        logits.append(y)
    return torch.cat(logits), best


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_net", description=__doc__)
    parser.add_argument("--record", action="store_true", help="store the numbers for chapter 11")
    record = parser.parse_args().record
    torch.set_num_threads(1)
    (ours, page), (theirs, pytorch) = in_browser(), in_torch()
    labels = live_net.page_tensors()["labels"]
    table = layer_table(live_net.page_net(), (1, live_net.SIDE, live_net.SIDE))
    table.index = table["layer"].str.split(".").str[-1]
    found = {
        "layers": {
            name: {
                "MACs": int(table["MACs"].get(name, 0)),
                "JavaScript ms": round(page[name], 4),
                "PyTorch ms": round(pytorch[name], 4),
            }
            for name in page
        },
        "ratio": round(sum(page.values()) / sum(pytorch.values()), 2),
        "largest difference of a logit": (ours - theirs).abs().max().item(),
        "largest logit": theirs.abs().max().item(),
        "right of 200": {
            "JavaScript": int((ours.argmax(1) == labels).sum()),
            "PyTorch": int((theirs.argmax(1) == labels).sum()),
        },
    }
    if record:
        about = {"command": "python -m benchmarks.live_net --record"}
        about |= {"source_sha256": measured(), "hardware": records.hardware()}
        print(records.write("bench_live_net", about | found, Path(records.RUNS)))
    print(json.dumps(found))


def measured() -> str:
    """Hash of what decides the numbers: this program, the page's JavaScript and its file."""
    own = records.source_hash(sys.modules[__name__]).encode()
    return hashlib.sha256(own + source().encode() + live_net.page_file()).hexdigest()


if __name__ == "__main__":
    main()
