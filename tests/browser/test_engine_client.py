"""The Worker in which networks train, and the images for it, from the disk; what is said if not.

The methods here stand in for those of the engine.
"""

import base64
import hashlib

import pytest
from playwright.sync_api import Error

from utils.data import download
from utils.page_files import ENGINE, HERE, page_file, script

MODULES = ("kit.js", "files.js", "engine/client.js", "engine/clothes.js")
NETWORK = """
export function methods({ memory }, report) {
  return {
    double: (values) => ({ data: values.map((value) => 2 * value), last: undefined }),
    refuse(side) { throw new Error(`Images of ${side} px do not fit: give 28 px.`); },
    ask: () => memory.grow(65536),
    hold: () => new Float32Array(2 ** 50),
    async train(steps) {
      for (let i = 0; i < steps; i++) {
        await new Promise((done) => setTimeout(done));
        report(i);
      }
      return "trained";
    },
  };
}
"""
# (module (memory (export "memory") 1 2) (func (result v128) (v128.const i32x4 0 0 0 0)))
WASM = """
    0061736d010000000105016000017b03020100050401010102070a01066d656d6f72790200
    0a16011400fd0c000000000000000000000000000000000b
"""
USED = """async (program) => {
  const engine = await startEngine(program), told = [], mine = Float32Array.of(1, 2);
  engine.onprogress = (progress) => told.push(progress);
  const said = (work) => work.then(() => "nothing", (error) => error.message);
  const both = [engine.call("train", 3), engine.call("double", mine)];
  const [trained, { data }] = await Promise.all(both);
  const sentences = [];
  for (const method of ["refuse", "ask", "hold"]) {
    sentences.push(await said(engine.call(method, 27)));
  }
  const after = (await engine.call("double", mine)).data;  // all went on
  const stopped = engine.call("train", 1e6);
  engine.end();
  await Promise.race([stopped, new Promise((done) => setTimeout(done, 100))]);
  return { trained, data: [...data], after: [...after], told, sentences };
}"""


@pytest.fixture
def program(tmp_path):
    """A Worker's program with the methods above, and 128-bit SIMD in its module."""
    (tmp_path / "worker.js").write_text((ENGINE / "worker.js").read_text(encoding="utf-8"))
    (tmp_path / "network.js").write_text(NETWORK)
    wasm = base64.b64encode(bytes.fromhex(WASM)).decode()
    return f'const WASM = "{wasm}";\n{script(tmp_path, "worker.js")}'


@pytest.fixture
def open_script(browser, tmp_path):
    """A page from the disk with the modules of a widget that trains as one, under a policy."""
    opened = []

    def open_script(policy=""):
        code = "".join(script(HERE / "widgets", name) for name in MODULES)
        meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
        (tmp_path / "page.html").write_text(f"{meta}<script>{code}</script>", encoding="utf-8")
        opened.append(browser.new_page())
        opened[-1].goto((tmp_path / "page.html").as_uri())
        return opened[-1]

    yield open_script
    for page in opened:
        page.close()


def test_a_worker_answers_reports_and_stops(open_script, program):
    found = open_script().evaluate(USED, program)
    assert found["trained"] == "trained"
    assert found["told"] == [0, 1, 2]
    assert found["data"] == found["after"] == [2, 4]  # what was given is still there
    assert found["sentences"] == [
        "Images of 27 px do not fit: give 28 px.",
        *["The browser has no memory left for this training: close other pages, or choose a "
          "smaller network or batch."] * 2,
    ]  # fmt: skip
    assert len(found["told"]) == 3  # after its end it is silent


@pytest.mark.parametrize(
    ("policy", "before", "sentence"),
    [
        ("worker-src 'none'", "", "This page may not start the program that trains"),
        ("script-src 'unsafe-inline'; worker-src blob:", "", "This page may not start the program"),
        ("", "delete globalThis.Worker;", "This page may not start the program that trains"),
    ],
)
def test_a_worker_that_may_not_start_is_one_sentence(
    open_script, program, policy, before, sentence
):
    page = open_script(policy)
    if before:
        page.add_script_tag(content=before)
    with pytest.raises(Error, match=sentence):
        page.evaluate("(program) => startEngine(program)", program)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda text: f"WebAssembly.validate = () => false;{text}", "no WebAssembly with 128-bit"),
        (lambda text: f"delete globalThis.WebAssembly;{text}", "no WebAssembly with 128-bit"),
        (lambda text: text[: len(text) // 2], "The program that trains is damaged: reload"),
    ],
)
def test_a_program_that_cannot_run_is_one_sentence(open_script, program, change, sentence):
    with pytest.raises(Error, match=sentence):
        open_script().evaluate("(program) => startEngine(program)", change(program))


ASK = """async (missing) => {
  const heard = new Set(), data = new DataView(Uint8Array.of(0, 1, 2, 3).buffer, 1, 2);
  const tell = (content, buffers) => heard.forEach((hear) => hear(content, buffers));
  const model = {
    on: (event, hear) => heard.add(hear),
    off: (event, hear) => heard.delete(hear),
    send(name) {
      tell({ file: "another" }, [data]);
      if (missing) tell({ missing: name }, []); else tell({ file: name }, [data]);
    },
  };
  return [[...await fileOf(model, "clothes")], heard.size];
}"""


def test_a_file_is_its_bytes_or_one_sentence(open_script):
    page = open_script()
    assert page.evaluate(ASK, False) == [[1, 2], 0]
    with pytest.raises(Error, match="The file clothes is missing or damaged: reload the page, or"):
        page.evaluate(ASK, True)


UNPACK = """async (text) => {
  const file = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const sum = async (array) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", array))];
  const { train, test } = clothes(await unpacked(file));
  return Promise.all([train.images, train.labels, test.images, test.labels].map(sum));
}"""


def test_the_images_of_the_page_are_the_first_of_the_subset(open_script):
    found = open_script().evaluate(UNPACK, base64.b64encode(page_file("clothes")).decode())
    train, train_labels, test, test_labels = download.bundled().values()
    first = train[16:][: 784 * 8000], train_labels[8:][:8000], test[16:], test_labels[8:]
    assert [bytes(digest) for digest in found] == [hashlib.sha256(part).digest() for part in first]


def flip(file):
    return file[:2_000_000] + bytes([file[2_000_000] ^ 1]) + file[2_000_001:]


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file[:-1],
        lambda file: file[:1000],
        flip,
        lambda file: b"",
        lambda file: file * 2,
    ],
    ids=["one byte less", "cut off", "one bit", "nothing", "twice"],
)
def test_damaged_images_are_one_sentence(open_script, damage):
    file = base64.b64encode(damage(page_file("clothes"))).decode()
    with pytest.raises(Error, match="A file beside this page is damaged: reload the page, or"):
        open_script().evaluate(UNPACK, file)
