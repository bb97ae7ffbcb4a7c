"""The laboratory, operated in the page: networks train there, and the page stays quick."""

import base64
import gzip
import json
import re

import pytest
from playwright.sync_api import expect

from utils.page_files import page_file

TITLE = "Laboratory"
# Notes every task that keeps the page from drawing and listening for more than 50 ms.
LONG_TASKS = """globalThis.long = [];
new PerformanceObserver(list => long.push(...list.getEntries().map(entry => entry.duration)))
  .observe({ type: "longtask" });"""


def says(widget, words, seconds=5):
    """The sentence of the widget becomes one that has these words."""
    state = widget.group.locator(".lab-state")
    expect(state).to_contain_text(re.compile(words), timeout=1000 * seconds)


def finish(widget):
    """Wait for LeNet's one epoch; what is said of it: mean loss at the end, test accuracy."""
    says(widget, r"^LeNet has trained for 1 epoch in [\d.]+ s\. Test accuracy after epoch 1", 60)
    loss = re.search(r"at step 125 the mean of the last 20 is (0\.\d{3})\.$", widget.label(0))[1]
    accuracy = re.search(r"epoch 1: (0\.\d{3})\.$", widget.state)[1]
    assert widget.label(1) == f"Test accuracy after each epoch: {accuracy}."
    assert steps(widget) == 125
    return float(loss), float(accuracy)


def steps(widget):
    """How many are done, as the last line says."""
    return int(re.match(r"Step (\d+) of", widget.group.locator(".lab-numbers").inner_text())[1])


def test_lenet_learns_by_keyboard_and_the_page_stays_quick(widget):
    widget.press("network", "ArrowDown")
    assert widget.control("learning rate").input_value() == "0.005"  # that of the larger network
    widget.press("network", "ArrowUp")
    assert widget.control("learning rate").input_value() == "0.01"
    widget.press("epochs", "Home")
    widget.button("Train").press("Enter")
    says(widget, "Training LeNet, epoch 1 of 1.", 30)
    widget.page.evaluate(LONG_TASKS)
    assert widget.control("seed").is_disabled()
    loss, accuracy = finish(widget)
    # On a quiet machine none lasts 50 ms (`longest` in page_training); tests share theirs.
    assert max(widget.page.evaluate("long"), default=0) < 200
    assert loss < 0.9
    assert accuracy > 0.7
    assert widget.control("seed").is_enabled()


def test_a_training_that_waited_ends_like_one_that_did_not_by_pointer(on_phone):
    on_phone.choose("epochs", "1")
    on_phone.push("Train")
    says(on_phone, "Training LeNet", 30)
    on_phone.push("Pause")
    says(on_phone, r"LeNet waits after step \d+")
    on_phone.page.wait_for_timeout(300)  # until the last report
    here = steps(on_phone)
    on_phone.page.wait_for_timeout(300)
    assert steps(on_phone) == here < 125
    on_phone.push("Go on")
    paused = finish(on_phone)
    on_phone.push("Train")
    assert finish(on_phone) == paused
    on_phone.click("seed", 0.99)
    on_phone.push("Train")
    assert finish(on_phone) != paused
    on_phone.choose("epochs", "3")
    says(on_phone, "LeNet waits after step 125")
    on_phone.push("Go on")
    says(on_phone, "Training LeNet, epoch 2 of 3")
    on_phone.push("Pause")
    on_phone.choose("epochs", "1")  # fewer than it has begun
    assert on_phone.button("Train").is_visible()
    on_phone.choose("epochs", "10")
    assert on_phone.button("Go on").is_visible()
    on_phone.click("seed", 0.01)  # another seed is another training
    assert on_phone.button("Train").is_visible()


def test_a_loss_that_is_no_number_stops_the_training_with_a_sentence(widget):
    widget.press("network", "ArrowDown")
    widget.press("learning rate", "End")
    widget.button("Train").press("Enter")
    words = r"Quarter-width AlexNet diverges: from step \d on, its loss is not a number\. Take a sm"
    says(widget, words, 30)
    widget.button("Reset").press("Enter")
    says(widget, "Nothing has been trained yet")


def program(line):
    """The Worker's program with a line before it, as the file that a page loads."""
    text = line + gzip.decompress(page_file("engine")).decode()
    return gzip.compress(text.encode())


FAULTS = {  # the file that is another one, and what is said
    "missing": ("clothes", None, "The file clothes is missing or damaged: reload the page"),
    "damaged": ("clothes", page_file("clothes")[:-9], "A file beside this page is damaged"),
    "no program": ("engine", None, "The file engine is missing or damaged"),
    "no SIMD": ("engine", program("WebAssembly.validate = () => false;"), "no WebAssembly with"),
    "no memory": (
        "engine",
        program("WebAssembly.Memory.prototype.grow = () => { throw new RangeError(); };"),
        "The browser has no memory left for this training: close other pages",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_keeps_a_network_from_training_is_one_sentence_and_can_be_tried_again(
    open_page, fault
):
    name, file, sentence = FAULTS[fault]
    page = open_page("http", "11_alexnet_live")
    body = f"globalThis.bookFile = {json.dumps(base64.b64encode(file or b'').decode())};"

    def answer(route):
        route.fulfill(body=body, content_type="text/javascript") if file else route.abort()

    page.route(f"**/{name}.js*", answer)
    group = page.get_by_role("group", name=TITLE, exact=True)
    group.get_by_role("button", name="Train").click()
    state = group.locator(".lab-state")
    expect(state).to_contain_text(sentence, timeout=20_000)
    assert not re.search("^(Training|The images)", state.inner_text())
    page.unroute(f"**/{name}.js*")
    group.get_by_role("button", name="Train").click()
    expect(state).to_contain_text("Training LeNet, epoch 1 of 3.", timeout=30_000)


def test_a_page_without_workers_says_so(open_page):
    page = open_page("file", "11_alexnet_live", script="delete globalThis.Worker;")
    group = page.get_by_role("group", name=TITLE, exact=True)
    group.get_by_role("button", name="Train").click()
    words = "This page may not start the program that trains, a Worker with WebAssembly: open the"
    expect(group.locator(".lab-state")).to_contain_text(words)
