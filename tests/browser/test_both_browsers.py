"""What the page's engine rests on, in Chromium and in Firefox, in a page from the disk."""

import os

import pytest
from playwright.sync_api import Error

from tests.support.firefox import running_firefox

# Adds 16 bytes of its memory to the next 16, as four float32 with one instruction of 128 bits:
# (memory (export "m") 1) (func (export "f") (v128.store (i32.const 32)
#   (f32x4.add (v128.load (i32.const 0)) (v128.load (i32.const 16)))))
ADDS = """
  0061736d 01000000 01040160 00000302 01000503 01000107 09020166 0000016d 02000a19 01170041
  204100fd 00040041 10fd0004 00fde401 fd0b0400 0b"""
ADD_IN_WORKER = """async ([hex, floats]) => {
  const program = `onmessage = async ({ data: [module, floats] }) => {
    const { f, m } = (await WebAssembly.instantiate(module)).instance.exports;
    new Float32Array(m.buffer).set(new Float32Array(floats));
    f();
    new Float32Array(floats).set(new Float32Array(m.buffer, 32, 4));
    postMessage(floats, [floats]);
  }`;
  const worker = new Worker(URL.createObjectURL(new Blob([program])));
  const module = Uint8Array.from(hex.match(/../g), byte => parseInt(byte, 16));
  const { buffer } = Float32Array.from(floats);
  const answer = new Promise(done => { worker.onmessage = ({ data }) => done(data); });
  worker.postMessage([module, buffer], [buffer]);
  return [buffer.byteLength, [...new Float32Array(await answer)].slice(0, 4)];
}"""
LOG_ERRORS = """async () => {
  console.error("page", 1);
  setTimeout(() => { throw new Error("page 2"); });
  const program = 'console.error("worker", 1); setTimeout(() => { throw new Error("worker 2"); })';
  const worker = new Worker(URL.createObjectURL(new Blob([program])));
  await new Promise(done => { worker.onerror = () => setTimeout(done, 100); });
}"""


@pytest.fixture
def page(engine_page, tmp_path):
    """An empty page from the disk, in each of the browsers."""
    file = tmp_path / "empty.html"
    file.write_text("<!doctype html><title>Empty</title>")
    engine_page.goto(file.as_uri())
    return engine_page


def test_a_worker_from_a_blob_computes_with_simd(page):
    floats = [1.5, 2.5, -3.5, 0.25, 10, 20, 30, 40]
    left, sums = page.evaluate(ADD_IN_WORKER, ["".join(ADDS.split()), floats])
    assert left == 0  # the buffer went to the Worker, it was not copied
    assert sums == [11.5, 22.5, 26.5, 40.25]
    assert page.complaints == []


def test_errors_of_the_page_and_of_its_workers_are_heard(page):
    page.evaluate(LOG_ERRORS)
    said = "\n".join(page.complaints)
    assert all(words in said for words in ("page 1", "page 2", "worker 1", "worker 2")), said


def test_an_error_in_the_page_is_raised_with_its_words(page):
    with pytest.raises(Error, match="One sentence"):
        page.evaluate("async () => { throw new Error('One sentence.'); }")


def test_megabytes_travel_to_the_page_and_back(page):
    text = 4_000_000 * "a"
    assert page.evaluate("text => text + 1", text) == f"{text}1"


@pytest.mark.skipif(os.name == "nt", reason="needs sh")
def test_a_firefox_that_does_not_start_says_why(tmp_path):
    broken = tmp_path / "firefox"
    broken.write_text("#!/bin/sh\necho a library is missing\nexit 1\n")
    broken.chmod(0o755)
    words = f"{broken} did not start: a library is missing"
    with pytest.raises(RuntimeError, match=words), running_firefox(str(broken)):
        pass
