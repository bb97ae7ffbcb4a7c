"""AlexNet live, in the page: as right as PyTorch, by mouse, finger, keyboard, with any file.

What the page weighs, with the network and before the reader comes near it, is for
test_pages_audited.py.
"""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import TimeoutError
from skimage.data import cat

from benchmarks import live_net as bench
from tools import pages
from tools.pages import DRAWN, HTML
from utils import quantised
from utils.data import MEAN, STD
from utils.widgets.live_net import LiveNet

PAGE = "11_alexnet_live"
READ = "node => node.getContext('2d').getImageData(0, 0, node.width, node.height).data.join()"
# The ten probabilities in per cent, as the table has them.
SHARES = "table => [...table.tBodies[0].rows].map(row => parseFloat(row.cells[2].innerText))"
NEAR = f"""([table, expected]) => {{
  const shares = ({SHARES})(table);
  return expected.every((share, i) => Math.abs(share - shares[i]) <= 0.06);
}}"""


@pytest.fixture(scope="module")
def opened(open_in):
    """Open a page of the widget once for all tests: by way, width, and whether by finger."""
    found = {}

    def opened(how, width, has_touch):
        key = how, width, has_touch
        if key not in found:
            found[key] = open_in(how, PAGE, width, has_touch=has_touch)
        return found[key]

    yield opened
    for page in found.values():
        page.context.close()


@pytest.fixture
def live(opened):
    """The widget as it begins, with its network; afterwards no error may have been logged."""
    used = []

    def live(width=1280, how="http", has_touch=False):
        page = opened(how, width, has_touch)
        used.append(page)
        widget = page.get_by_role("group", name="AlexNet live")
        widget.scroll_into_view_if_needed()
        widget.locator(".bw-state", has_text="The network says").wait_for()
        press_button(widget, "Reset")
        agrees(widget)
        return widget

    yield live
    for page in used:
        assert page.complaints == [] and page.elsewhere == []


def settle(widget):
    """Wait until what was done is drawn; the answer of the network comes later, see `agrees`."""
    widget.page.evaluate(DRAWN)


def press(widget, label, key, times=1):
    """Use a control by keyboard, and wait until that is drawn."""
    pages.press(widget, label, key, times)
    settle(widget)


def press_button(widget, name):
    widget.get_by_role("button", name=name).press("Enter")
    settle(widget)


def shares(widget):
    return widget.locator("table").evaluate(SHARES)


def agrees(widget, **settings):
    """The bars become those that PyTorch computes for these settings."""
    found = LiveNet(**settings).maps()["fc8"].softmax(0)
    expected = (100 * found).tolist()
    try:
        table = widget.locator("table").element_handle()
        widget.page.wait_for_function(NEAR, arg=[table, expected], timeout=15_000)
    except TimeoutError:
        assert shares(widget) == pytest.approx(expected, abs=0.06)
    (best,) = widget.locator("tr[aria-current] th").all_inner_texts()
    assert best.removesuffix(" (label)") == LiveNet().classes[found.argmax()]


def dropped(widget, name, content):
    """Choose a file and return what is said of it."""
    chooser = widget.locator("input[type=file]")
    chooser.set_input_files({"name": name, "mimeType": "", "buffer": content})
    widget.locator(".ln-note:not(:empty)").wait_for()
    settle(widget)
    return note(widget)


def note(widget):
    return widget.locator(".ln-note").inner_text()


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


def test_no_other_page_has_the_network():
    mentions = [file.name for file in HTML.glob("*.html") if LiveNet.file in file.read_text()]
    assert mentions == [f"{PAGE}.html"]
    notebook = Path("book") / f"{PAGE}.ipynb"
    assert notebook.stat().st_size < 1_500_000


def test_live_by_keyboard(live):
    widget = live()
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
    press_button(widget, "Reset")
    agrees(widget)


def test_every_layer_can_be_seen(live):
    widget = live()
    maps, seen = widget.locator("canvas").nth(1), set()
    widget.get_by_label("layer", exact=True).focus()
    for name, output in list(LiveNet().maps().items())[:-1]:
        widget.get_by_label("layer", exact=True).select_option(name)
        settle(widget)
        low, high = (f"{v:.1f}".replace("-", "−") for v in (output.min(), output.max()))
        count = len(output)
        size = f"{count} maps of {output.shape[1]} × {output.shape[2]}" if output.ndim > 1 else ""
        expected = f"{name}: {size or f'{count} units'}; {low} (dark) to {high} (light)"
        assert maps.get_attribute("aria-label") == expected
        seen.add(maps.evaluate(READ))
    assert len(seen) == 17


def centre(widget):
    """The canvas, brought into view, its place, and the middle of it."""
    canvas = widget.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    return canvas, box, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def drag(widget, *places):
    """Press the mouse on the first of these places, lead it to the others, let it go."""
    mouse = widget.page.mouse
    mouse.move(*places[0])
    mouse.down()
    for place in places[1:]:
        mouse.move(*place, steps=5)
    mouse.up()
    settle(widget)


def test_live_by_mouse(live):
    widget = live(390)
    canvas, box, _ = centre(widget)
    canvas.click(position={"x": box["width"] * 0.25, "y": box["height"] * 0.75})
    settle(widget)
    agrees(widget, size=8, row=17, column=3)
    _, box, middle = centre(widget)
    drag(widget, middle, (box["x"] + box["width"] - 2, box["y"] + 2))
    agrees(widget, size=8, row=0, column=20)


def test_a_drawing_is_an_image_like_any_other(live):
    widget = live(390)
    press(widget, "cover (px)", "End")
    press_button(widget, "Empty sheet")
    agrees(widget, source="own")
    before = shares(widget)
    _, box, _ = centre(widget)
    top, bottom = (box["y"] + y * box["height"] for y in (0.2, 0.8))
    for x in (0.3, 0.4, 0.5, 0.6, 0.7):  # five broad strokes: a white rectangle
        left = box["x"] + x * box["width"]
        drag(widget, (left, top), (left, bottom))
    changed = f"([table, before]) => ({SHARES})(table).join() !== before.join()"
    table = widget.locator("table").element_handle()
    widget.page.wait_for_function(changed, arg=[table, before])
    assert seen(widget)[14, 14] == 255
    press_button(widget, "Light ↔ dark")
    assert seen(widget)[14, 14] == 0
    assert widget.get_by_label("pointer").input_value() == "draws black"
    press(widget, "cover (px)", "End")
    canvas, box, _ = centre(widget)
    canvas.click(position={"x": 0.1 * box["width"], "y": 0.1 * box["height"]})
    settle(widget)
    assert widget.get_by_label("cover (px)").input_value() == "0"  # it would hide the stroke
    assert seen(widget)[2, 2] == 0


def test_a_finger_draws_without_scrolling(live):
    widget = live(390, has_touch=True)
    page = widget.page
    widget.get_by_role("button", name="Empty sheet").tap()
    settle(widget)
    canvas, _, (x, y) = centre(widget)
    top, before = page.evaluate("scrollY"), canvas.evaluate(READ)
    finger = page.context.new_cdp_session(page)
    for kind, way in [("touchStart", 0), *(("touchMove", 15 * i) for i in range(1, 8))]:
        points = [{"x": x, "y": y - way}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    settle(widget)
    assert canvas.evaluate(READ) != before
    assert page.evaluate("scrollY") == top


def seen(widget):
    """The grey values on the canvas, one in the middle of each of the 28 × 28 cells."""
    found = widget.locator("canvas").first.evaluate(
        """c => { const side = c.width / 28, context = c.getContext("2d");
          return Array.from({ length: 784 }, (_, i) => context.getImageData(
            (i % 28 + 0.5) * side, (Math.floor(i / 28) + 0.5) * side, 1, 1).data[0]); }"""
    )
    return np.array(found).reshape(28, 28)


def test_a_photograph_of_a_cat_on_the_disk(live):
    widget = live(how="file")
    assert dropped(widget, "cat.png", png(cat())) == (
        "cat.png, 451 × 300 px, became 28 × 28 grey values."
    )
    assert "none of these" in widget.locator(".bw-state").inner_text()
    assert widget.get_by_label("image", exact=True).input_value() == "your own"
    # The network lies beside the page: in _static it would be for all pages.
    (script,) = [url for url in widget.page.requests if f"{LiveNet.file}.js" in url]
    assert "_static" not in script


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
    widget.evaluate(drop, [list(png(np.full((30, 30), 40)))])
    widget.locator(".ln-note:not(:empty)").wait_for()
    assert note(widget).startswith("x.png, 30 × 30 px, became")
    widget.evaluate(drop, [])
    settle(widget)
    assert note(widget) == "What was dropped is not a file."


def test_a_bright_edge_exchanges_light_and_dark(live):
    image = np.full((280, 140), 255, np.uint8)
    image[100:180, 40:100] = 55
    widget = live()
    said = dropped(widget, "shirt.png", png(image))
    assert said.endswith("light and dark were exchanged: Fashion-MNIST shows clothes on black.")
    found = seen(widget)
    assert found[14, 14] == pytest.approx(200, abs=2)
    assert not found[:, :7].any() and not found[:9].any()


def test_transparent_parts_become_background(live):
    image = np.zeros((100, 100, 4), np.uint8)
    image[30:70, 30:70] = (200, 200, 200, 255)
    widget = live()
    said = dropped(widget, "cut.png", png(image, "RGBA"))
    assert said.endswith("Its transparent parts became black, which is the background here.")
    found = seen(widget)
    assert found[14, 14] == pytest.approx(200, abs=2)
    assert found[2, 2] == 0


# Files that cannot be used: their content, and how the sentence about them begins.
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


def test_files_that_cannot_be_used_get_a_sentence(live):
    widget = live()
    before = seen(widget)
    for name, (content, sentence) in BAD.items():
        assert dropped(widget, name, content).startswith(sentence)
        assert (seen(widget) == before).all(), name
        assert widget.get_by_label("image", exact=True).input_value() == "test images", name
        press_button(widget, "Reset")
        assert note(widget) == "", name


def test_a_network_that_does_not_arrive_is_said(open_page):
    page = open_page("http", PAGE, change=lambda html: re.sub(r'(data-file=")[^"]+', r"\1no", html))
    widget = page.get_by_role("group", name="AlexNet live")
    widget.scroll_into_view_if_needed()
    widget.locator(".bw-state", has_text="The network did not arrive").wait_for()
