"""AlexNet live, in the page: as right as PyTorch, by mouse, finger, keyboard, with any file."""

import base64
import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.data import cat

from benchmarks import live_net as bench
from tests.browser.test_browser import elsewhere
from tools import pages
from tools.pages import HTML, transferred
from utils import quantised
from utils.data import MEAN, STD
from utils.widgets.live_net import LiveNet

PAGE, TITLE = "11_alexnet_live", "AlexNet live"
# The page with all that it loads, the network included: the one page with a limit of its own.
MAX_BYTES_LIVE = 4_000_000
READ = "node => node.getContext('2d').getImageData(0, 0, node.width, node.height).data.join()"

widths = pytest.mark.parametrize("width", [1280, 390])


@pytest.fixture
def live(open_page):
    """Open the page and wait until the network has answered; the locator is the widget."""

    def live(width=1280, how="http"):
        page = open_page(how, PAGE, width)
        widget = page.get_by_role("group", name=TITLE)
        widget.scroll_into_view_if_needed()
        settle(widget)
        return widget

    return live


def settle(widget):
    """Wait until the network has answered to what is set now."""
    widget.locator(".bw-state", has_text="The network says").wait_for()
    before = None
    for _ in range(100):
        widget.page.wait_for_timeout(150)
        now = widget.locator("table").inner_text()
        if now == before:
            return
        before = now


def press(widget, label, key, times=1):
    """Use a control by keyboard, and wait until that is drawn."""
    pages.press(widget, label, key, times)
    settle(widget)


def shares(widget):
    """The ten probabilities in per cent, as the table has them."""
    rows = widget.locator("tbody tr").evaluate_all("rows => rows.map(r => r.cells[2].innerText)")
    return [float(row.removesuffix(" %")) for row in rows]


def agrees(widget, **settings):
    """The bars are those that PyTorch computes for these settings."""
    found = LiveNet(**settings).maps()["fc8"].softmax(0)
    assert shares(widget) == pytest.approx((100 * found).tolist(), abs=0.06)
    (best,) = widget.locator("tr[aria-current] th").all_inner_texts()
    assert best.removesuffix(" (label)") == LiveNet().classes[found.argmax()]


def dropped(widget, name, content):
    """Choose a file and return what is said of it."""
    with TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(content)
        widget.locator("input[type=file]").set_input_files(file)
        said = note(widget).element_handle()
        widget.page.wait_for_function("node => node.textContent", arg=said)
    return note(widget).inner_text()


def note(widget):
    return widget.locator(".ln-note")


def png(array, mode=None, **options):
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(array, np.uint8), mode).save(buffer, "png", **options)
    return buffer.getvalue()


def test_javascript_and_pytorch_agree_on_all_images(browser):
    """Logits of the 200 images of the page, in Chromium: within a thousandth, and as many right."""
    page = browser.new_page()
    page.add_script_tag(content=bench.source())
    file = base64.b64encode(quantised.page_file()).decode()
    found = page.evaluate(bench.IN_PAGE, [file, quantised.SIDE, MEAN, STD])
    page.close()
    ours = torch.tensor(found["logits"])
    theirs, _ = bench.in_torch()
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-3)
    labels = quantised.page_tensors()["labels"]
    assert torch.equal(ours.argmax(1), theirs.argmax(1))
    assert (ours.argmax(1) == labels).float().mean() >= 0.85


@pytest.mark.parametrize("how", ["http", "file"])
def test_the_page_is_whole_and_light(open_page, sites, how):
    page = open_page(how, PAGE, read=False)
    name = f"{LiveNet.file}.js"
    assert not any(name in url for url in page.requests)  # not before the reader comes near
    pages.read_through(page)
    widget = page.get_by_role("group", name=TITLE)
    widget.scroll_into_view_if_needed()
    settle(widget)
    agrees(widget)
    (script,) = [url for url in page.requests if name in url]
    assert script.startswith(sites[how])
    assert "_static" not in script
    assert elsewhere(page, sites[how]) == [] and page.complaints == []
    if how == "http":
        here = [url for url in page.requests if url.startswith(sites[how])]
        files = {HTML / urlsplit(url).path.lstrip("/") for url in here}
        sizes = {file.name: transferred(file) for file in files}
        assert sum(sizes.values()) <= MAX_BYTES_LIVE, sizes


def test_no_other_page_has_the_network():
    mentions = [file.name for file in HTML.glob("*.html") if LiveNet.file in file.read_text()]
    assert mentions == [f"{PAGE}.html"]
    notebook = Path("book") / f"{PAGE}.ipynb"
    assert notebook.stat().st_size < 1_500_000


@widths
def test_live_by_keyboard(live, width):
    widget = live(width)
    agrees(widget)
    press(widget, "test image", "ArrowRight", 3)
    agrees(widget, index=3)
    press(widget, "cover (px)", "ArrowRight", 12)
    agrees(widget, index=3, size=12)
    press(widget, "down (px)", "Home")
    press(widget, "across (px)", "End")
    agrees(widget, index=3, size=12, row=0, column=16)
    said = widget.locator("canvas").first.get_attribute("aria-label")
    assert said.endswith("with a black cover of 12 × 12.")
    press(widget, "image", "c")  # a menu jumps to the entry that begins so
    agrees(widget, source="cat", size=12, row=0, column=16)
    assert "no way to say “none of these”" in widget.locator(".bw-state").inner_text()
    widget.get_by_role("button", name="Reset").press("Enter")
    settle(widget)
    agrees(widget)


def test_every_layer_can_be_seen(live):
    widget = live()
    maps, seen = widget.locator("canvas").nth(1), set()
    widget.get_by_label("layer", exact=True).focus()
    for name, output in list(LiveNet().maps().items())[:-1]:
        widget.get_by_label("layer", exact=True).select_option(name)
        widget.page.wait_for_timeout(100)
        low, high = (f"{v:.1f}".replace("-", "−") for v in (output.min(), output.max()))
        count = len(output)
        size = f"{count} maps of {output.shape[1]} × {output.shape[2]}" if output.ndim > 1 else ""
        expected = f"{name}: {size or f'{count} units'}; {low} (dark) to {high} (light)"
        assert maps.get_attribute("aria-label") == expected
        seen.add(maps.evaluate(READ))
    assert len(seen) == 17


@widths
def test_live_by_mouse(live, width):
    widget = live(width)
    canvas = widget.locator("canvas").first
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.75})
    settle(widget)
    agrees(widget, size=8, row=17, column=3)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    mouse = widget.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] - 2, box["y"] + 2, steps=5)
    mouse.up()
    settle(widget)
    agrees(widget, size=8, row=0, column=20)


@widths
def test_a_drawing_is_an_image_like_any_other(live, width):
    widget = live(width)
    press(widget, "cover (px)", "End")
    widget.get_by_role("button", name="Empty sheet").click()
    settle(widget)
    agrees(widget, source="own")
    before = shares(widget)
    canvas = widget.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    mouse = widget.page.mouse
    for x in (0.3, 0.4, 0.5, 0.6, 0.7):  # five broad strokes: a white rectangle
        mouse.move(box["x"] + x * box["width"], box["y"] + 0.2 * box["height"])
        mouse.down()
        mouse.move(box["x"] + x * box["width"], box["y"] + 0.8 * box["height"], steps=4)
        mouse.up()
    settle(widget)
    assert shares(widget) != before
    light = canvas.evaluate(
        "c => c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[0]"
    )
    assert light == 255
    widget.get_by_role("button", name="Light ↔ dark").click()
    settle(widget)
    dark = canvas.evaluate(
        "c => c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[0]"
    )
    assert dark == 0
    assert widget.get_by_label("pointer").input_value() == "draws black"
    press(widget, "cover (px)", "End")
    canvas.scroll_into_view_if_needed()
    canvas.click(position={"x": 0.1 * box["width"], "y": 0.1 * box["height"]})
    settle(widget)
    assert widget.get_by_label("cover (px)").input_value() == "0"  # it would hide the stroke
    assert seen(widget)[2, 2] == 0


def test_a_finger_draws_without_scrolling(browser, sites):
    context = browser.new_context(viewport={"width": 390, "height": 900}, has_touch=True)
    page = context.new_page()
    page.goto(f"{sites['http']}{PAGE}.html")
    pages.read_through(page)
    widget = page.get_by_role("group", name=TITLE)
    widget.scroll_into_view_if_needed()
    settle(widget)
    widget.get_by_role("button", name="Empty sheet").tap()
    settle(widget)
    canvas = widget.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box, top = canvas.bounding_box(), page.evaluate("scrollY")
    finger, before = context.new_cdp_session(page), canvas.evaluate(READ)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, way in [("touchStart", 0), *(("touchMove", 15 * i) for i in range(1, 8))]:
        points = [{"x": x, "y": y - way}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settle(widget)
    assert canvas.evaluate(READ) != before
    assert page.evaluate("scrollY") == top
    context.close()


def test_a_photograph_of_a_cat(live):
    widget = live(how="file")
    assert dropped(widget, "cat.png", png(cat())) == (
        "cat.png, 451 × 300 px, became 28 × 28 grey values."
    )
    settle(widget)
    assert "none of these" in widget.locator(".bw-state").inner_text()
    assert widget.get_by_label("image", exact=True).input_value() == "your own"


def test_a_file_can_be_dropped_on_the_figure(live):
    widget = live()
    widget.evaluate(
        """(node, bytes) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(bytes)], "x.png", { type: "image/png" }));
          const about = { dataTransfer: data, bubbles: true, cancelable: true };
          for (const kind of ["dragover", "drop"]) node.dispatchEvent(new DragEvent(kind, about));
        }""",
        list(png(np.full((30, 30), 40))),
    )
    widget.page.wait_for_function("n => n.textContent", arg=note(widget).element_handle())
    assert note(widget).inner_text().startswith("x.png, 30 × 30 px, became")
    widget.evaluate(
        "node => node.dispatchEvent(new DragEvent('drop', { dataTransfer: new DataTransfer() }))"
    )
    widget.page.wait_for_timeout(100)
    assert note(widget).inner_text() == "What was dropped is not a file."


def seen(widget):
    """The grey values on the canvas, one in the middle of each of the 28 × 28 cells."""
    found = widget.locator("canvas").first.evaluate(
        """c => { const side = c.width / 28, context = c.getContext("2d");
          return Array.from({ length: 784 }, (_, i) => context.getImageData(
            (i % 28 + 0.5) * side, (Math.floor(i / 28) + 0.5) * side, 1, 1).data[0]); }"""
    )
    return np.array(found).reshape(28, 28)


def test_a_bright_edge_exchanges_light_and_dark(live):
    image = np.full((280, 140), 255, np.uint8)
    image[100:180, 40:100] = 55
    widget = live()
    said = dropped(widget, "shirt.png", png(image))
    assert said.endswith("light and dark were exchanged: Fashion-MNIST shows clothes on black.")
    settle(widget)
    found = seen(widget)
    assert found[14, 14] == pytest.approx(200, abs=2)
    assert not found[:, :7].any() and not found[:9].any()


def test_transparent_parts_become_background(live):
    image = np.zeros((100, 100, 4), np.uint8)
    image[30:70, 30:70] = (200, 200, 200, 255)
    widget = live()
    said = dropped(widget, "cut.png", png(image, "RGBA"))
    assert said.endswith("Its transparent parts became black, which is the background here.")
    settle(widget)
    found = seen(widget)
    assert found[14, 14] == pytest.approx(200, abs=2)
    assert found[2, 2] == 0


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("notes.txt", b"no picture at all", "notes.txt is not an image that this browser can"),
        ("empty.png", b"", "empty.png is not an image that this browser can read"),
        ("torn.png", png(np.zeros((40, 40)))[:40], "torn.png is not an image that this browser"),
        ("heavy.png", b"0" * 20_100_000, "heavy.png has 21 MB, which is more than a photograph"),
        ("huge.png", png(np.zeros((6400, 6400))), "huge.png has 41 megapixels: at most 40"),
        (
            "glass.png",
            png(np.zeros((50, 50, 4)), "RGBA"),
            "glass.png is transparent all over: there is nothing to see.",
        ),
    ],
    ids=["text", "empty", "torn", "heavy", "huge", "transparent"],
)
def test_a_file_that_cannot_be_used_gets_a_sentence(live, name, content, sentence):
    widget = live()
    before = shares(widget)
    assert dropped(widget, name, content).startswith(sentence)
    settle(widget)
    assert shares(widget) == before
    assert widget.page.complaints == []
    widget.get_by_role("button", name="Reset").click()
    settle(widget)
    assert note(widget).inner_text() == ""


def test_a_network_that_does_not_arrive_is_said(open_page):
    page = open_page("http", PAGE, change=lambda html: re.sub(r'(data-file=")[^"]+', r"\1no", html))
    widget = page.get_by_role("group", name=TITLE)
    widget.scroll_into_view_if_needed()
    widget.locator(".bw-state", has_text="The network did not arrive").wait_for()
