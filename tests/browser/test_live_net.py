"""AlexNet live, in the page: as right as PyTorch, by mouse, finger, keyboard, with any file.

What the page weighs with the network, and before it, is for test_pages_audited.py.
"""

import base64
import io
import re

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import TimeoutError
from skimage.data import cat

from benchmarks import live_net as bench
from tools import pages
from tools.pages import DRAWN, HTML, ROOT
from utils import quantised
from utils.data import MEAN, STD
from utils.widgets.live_net import LiveNet

PAGE = "11_alexnet_live"
READ = "node => node.getContext('2d').getImageData(0, 0, node.width, node.height).data.join()"
# The grey values on the canvas, one in the middle of each of the 28 × 28 cells.
CELLS = """c => { const side = c.width / 28, context = c.getContext("2d");
  return Array.from({ length: 784 }, (_, i) => context.getImageData(
    (i % 28 + 0.5) * side, (Math.floor(i / 28) + 0.5) * side, 1, 1).data[0]); }"""
# The ten probabilities in per cent, as the table has them.
SHARES = "table => [...table.tBodies[0].rows].map(row => parseFloat(row.cells[2].innerText))"
NEAR = f"""([table, expected]) => {{
  const shares = ({SHARES})(table);
  return expected.every((share, i) => Math.abs(share - shares[i]) <= 0.06);
}}"""


class Live:
    """The widget in an open page."""

    def __init__(self, page):
        self.page, self.group = page, page.get_by_role("group", name="AlexNet live")
        self.canvas, self.maps = (self.group.locator("canvas").nth(i) for i in (0, 1))
        self.table, self.note = self.group.locator("table"), self.group.locator(".ln-note")
        self.state = self.group.locator(".bw-state")

    def settle(self):
        """Wait until what was done is drawn; for what the network answers, wait in `agrees`."""
        self.page.evaluate(DRAWN)

    def set(self, label, key, times=1):
        """Use a control by keyboard."""
        pages.press(self.group, label, key, times)
        self.settle()

    def press(self, button):
        self.group.get_by_role("button", name=button).press("Enter")
        self.settle()

    def value(self, label):
        return self.group.get_by_label(label, exact=True).input_value()

    def seen(self):
        return np.array(self.canvas.evaluate(CELLS)).reshape(28, 28)

    def agrees(self, **settings):
        """The bars become those that PyTorch computes for these settings."""
        found = LiveNet(**settings).maps()["fc8"].softmax(0)
        expected = (100 * found).tolist()
        try:
            table = self.table.element_handle()
            self.page.wait_for_function(NEAR, arg=[table, expected], timeout=15_000)
        except TimeoutError:
            assert self.table.evaluate(SHARES) == pytest.approx(expected, abs=0.06)
        (best,) = self.group.locator("tr[aria-current] th").all_inner_texts()
        assert best.removesuffix(" (label)") == LiveNet().classes[found.argmax()]

    def at(self, x, y):
        """The place on the screen of these shares of the canvas, which is brought into view."""
        self.canvas.scroll_into_view_if_needed()
        box = self.canvas.bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def drag(self, *places):
        """Press the mouse at the first of these shares of the canvas, and lead it to the others."""
        first, *others = [self.at(*place) for place in places]
        self.page.mouse.move(*first)
        self.page.mouse.down()
        for place in others:
            self.page.mouse.move(*place, steps=5)
        self.page.mouse.up()
        self.settle()


@pytest.fixture(scope="module")
def opened(open_in):
    """Open a page for all tests: over http or from the disk, wide or that of a phone."""
    found = {}

    def opened(how, width):
        if (how, width) not in found:
            found[how, width] = Live(open_in(how, PAGE, width, has_touch=width < 500))
        return found[how, width]

    yield opened
    for live in found.values():
        live.page.context.close()


@pytest.fixture
def live(opened):
    """The widget as it begins, with its network; afterwards no error may have been logged."""
    used = []

    def live(width=1280, how="http"):
        widget = opened(how, width)
        used.append(widget.page)
        widget.group.scroll_into_view_if_needed()
        widget.press("Reset")
        widget.agrees()
        return widget

    yield live
    for page in used:
        assert page.complaints == [] and page.elsewhere == []


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


def test_no_other_page_has_the_network():
    mentions = [file.name for file in HTML.glob("*.html") if LiveNet.file in file.read_text()]
    assert mentions == [f"{PAGE}.html"]
    assert (ROOT / "book" / f"{PAGE}.ipynb").stat().st_size < 1_500_000


def test_live_by_keyboard(live):
    widget = live()
    widget.set("test image", "ArrowRight", 3)
    widget.agrees(index=3)
    widget.set("cover (px)", "ArrowRight", 12)
    widget.agrees(index=3, size=12)
    widget.set("down (px)", "Home")
    widget.set("across (px)", "End")
    widget.agrees(index=3, size=12, row=0, column=16)
    assert "with a black cover of 12 × 12." in widget.canvas.get_attribute("aria-label")
    widget.set("image", "c")  # a menu jumps to the entry that begins so
    widget.agrees(source="cat", size=12, row=0, column=16)
    assert "no way to say “none of these”" in widget.state.inner_text()
    widget.press("Reset")
    widget.agrees()


def test_every_layer_can_be_seen(live):
    widget, seen = live(), set()
    for name, output in list(LiveNet().maps().items())[:-1]:
        widget.group.get_by_label("layer", exact=True).select_option(name)
        widget.settle()
        low, high = (f"{v:.1f}".replace("-", "−") for v in (output.min(), output.max()))
        count = len(output)
        size = f"{count} maps of {output.shape[1]} × {output.shape[2]}" if output.ndim > 1 else ""
        expected = f"{name}: {size or f'{count} units'}; {low} (dark) to {high} (light)"
        assert widget.maps.get_attribute("aria-label") == expected
        seen.add(widget.maps.evaluate(READ))
    assert len(seen) == 17


def test_live_by_mouse(live):
    widget = live(390)
    widget.drag((0.25, 0.75))
    widget.agrees(size=8, row=17, column=3)
    widget.drag((0.5, 0.5), (0.99, 0.01))
    widget.agrees(size=8, row=0, column=20)


def test_a_drawing_is_an_image_like_any_other(live):
    widget = live(390)
    widget.set("cover (px)", "End")
    widget.press("Empty sheet")
    widget.agrees(source="own")
    before = widget.table.evaluate(SHARES)
    for x in (0.3, 0.4, 0.5, 0.6, 0.7):  # five broad strokes: a white rectangle
        widget.drag((x, 0.2), (x, 0.8))
    changed = f"([table, before]) => ({SHARES})(table).join() !== before.join()"
    widget.page.wait_for_function(changed, arg=[widget.table.element_handle(), before])
    assert widget.seen()[14, 14] == 255
    widget.press("Light ↔ dark")
    assert widget.seen()[14, 14] == 0
    assert widget.value("pointer") == "draws black"
    widget.set("cover (px)", "End")
    widget.drag((0.1, 0.1))
    assert widget.value("cover (px)") == "0"  # it would hide the stroke
    assert widget.seen()[2, 2] == 0


def test_a_finger_draws_without_scrolling(live):
    widget = live(390)
    widget.group.get_by_role("button", name="Empty sheet").tap()
    widget.settle()
    x, y = widget.at(0.5, 0.5)
    top, before = widget.page.evaluate("scrollY"), widget.canvas.evaluate(READ)
    finger = widget.page.context.new_cdp_session(widget.page)
    for kind, way in [("touchStart", 0), *(("touchMove", 15 * i) for i in range(1, 8))]:
        points = [{"x": x, "y": y - way}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    widget.settle()
    assert widget.canvas.evaluate(READ) != before
    assert widget.page.evaluate("scrollY") == top


def test_a_file_can_be_dropped_on_the_figure(live):
    widget = live()
    drop = """(node, files) => {
      const data = new DataTransfer();
      for (const bytes of files) {
        data.items.add(new File([Uint8Array.from(bytes)], "x.png", { type: "image/png" }));
      }
      const about = { dataTransfer: data, bubbles: true, cancelable: true };
      for (const kind of ["dragover", "drop"]) node.dispatchEvent(new DragEvent(kind, about));
    }"""
    widget.group.evaluate(drop, [list(png(np.full((30, 30), 40)))])
    widget.note.filter(has_text="x.png, 30 × 30 px, became").wait_for()
    widget.group.evaluate(drop, [])
    widget.note.filter(has_text=re.compile("^What was dropped is not a file.$")).wait_for()


def png(array, mode=None):
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(array, np.uint8), mode).save(buffer, "png")
    return buffer.getvalue()


SHIRT = np.full((280, 140), 255)  # on white, and dark
SHIRT[100:180, 40:100] = 55
CUT = np.zeros((100, 100, 4))  # light, with nothing around it
CUT[30:70, 30:70] = (200, 200, 200, 255)
# A file and what is said of it: one that becomes an image, or one that cannot be used.
GOOD = {
    "cat.png": (png(cat()), "cat.png, 451 × 300 px, became 28 × 28 grey values."),
    "shirt.png": (
        png(SHIRT),
        "light and dark were exchanged: Fashion-MNIST shows clothes on black.",
    ),
    "cut.png": (
        png(CUT, "RGBA"),
        "Its transparent parts became black, which is the background here.",
    ),
}
BAD = {
    "notes.txt": (b"no picture at all", "notes.txt is not an image that this browser can read"),
    "empty.png": (b"", "empty.png is not an image that this browser can read"),
    "torn.png": (png(np.zeros((40, 40)))[:40], "torn.png is not an image that this browser can"),
    "heavy.png": (b"0" * 20_100_000, "heavy.png has 21 MB, which is more than a photograph"),
    "huge.png": (png(np.zeros((6400, 6400))), "huge.png has 41 megapixels: at most 40"),
    "glass.png": (
        png(np.zeros((50, 50, 4)), "RGBA"),
        "glass.png is transparent all over: there is nothing to see.",
    ),
}


def test_every_file_becomes_an_image_or_gets_a_sentence(live, tmp_path):
    widget = live(how="file")
    first = widget.seen()
    for name, (content, sentence) in (GOOD | BAD).items():
        (tmp_path / name).write_bytes(content)
        widget.group.locator("input[type=file]").set_input_files(tmp_path / name)
        widget.group.locator(".ln-note:not(:empty)").wait_for()
        widget.settle()
        said, found = widget.note.inner_text(), widget.seen()
        assert said.endswith(sentence) if name in GOOD else said.startswith(sentence)
        assert widget.value("image") == ("your own" if name in GOOD else "test images"), name
        if name == "cat.png":
            assert "none of these" in widget.state.inner_text()
        elif name in GOOD:
            assert found[14, 14] == pytest.approx(200, abs=2), name
            above = 9 if name == "shirt.png" else 8
            assert not found[:above].any() and not found[:, :7].any(), name
        else:
            assert (found == first).all(), name
        widget.press("Reset")
        assert widget.note.inner_text() == "", name
    # The network lies beside the page: in _static it would be for all pages.
    (script,) = [url for url in widget.page.requests if f"{LiveNet.file}.js" in url]
    assert "_static" not in script


def test_a_network_that_does_not_arrive_is_said(open_page):
    page = open_page("http", PAGE, change=lambda html: re.sub(r'(data-file=")[^"]+', r"\1no", html))
    page.locator(".bw-state", has_text="The network did not arrive").wait_for()
