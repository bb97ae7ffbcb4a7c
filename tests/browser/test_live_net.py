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
from tests.support.widget_page import WidgetPage
from tools.pages import HTML
from utils.data import MEAN, STD
from utils.nets import live_net
from utils.page_files import page_file, script
from utils.widgets import HERE, LiveNet

PAGE = "11_alexnet_live"
# The ten probabilities in per cent, as the table has them.
SHARES = "table => [...table.tBodies[0].rows].map(row => parseFloat(row.cells[2].innerText))"
NEAR = f"""([table, expected]) => {{
  const shares = ({SHARES})(table);
  return expected.every((share, i) => Math.abs(share - shares[i]) <= 0.06);
}}"""


def agrees(widget, **settings):
    """The bars become those that PyTorch computes for these settings."""
    found = LiveNet(**settings).maps()["fc8"].softmax(0)
    expected = (100 * found).tolist()
    table = widget.group.locator("table")
    try:
        widget.page.wait_for_function(NEAR, arg=[table.element_handle(), expected], timeout=15_000)
    except TimeoutError:
        assert table.evaluate(SHARES) == pytest.approx(expected, abs=0.06)
    (best,) = widget.group.locator("tr[aria-current] th").all_inner_texts()
    assert best.removesuffix(" (label)") == LiveNet().classes[found.argmax()]


def seen(widget):
    """The grey values on the canvas, one in the middle of each of the 28 × 28 cells."""
    middles = [((x + 0.5) / 28, (y + 0.5) / 28) for y in range(28) for x in range(28)]
    return widget.colours(0, middles)[:, 0].reshape(28, 28)


@pytest.fixture
def live(visit):
    """The widget as it begins, with its network; afterwards no error may have been logged.

    A phone has it from the server, a wide screen from the disk.
    """
    used = []

    def live(width):
        widget, _ = visit("AlexNet live", width, "http" if width < 500 else "file")
        used.append(widget)
        widget.group.scroll_into_view_if_needed()
        widget.push("Reset")
        agrees(widget)
        return widget

    yield live
    for widget in used:
        assert widget.complaints == []


def test_javascript_and_pytorch_agree_on_all_images(browser):
    """Logits of the 200 images of the page, in Chromium: within a thousandth, and as many right."""
    page = browser.new_page()
    page.add_script_tag(content=bench.source())
    file = base64.b64encode(live_net.page_file()).decode()
    found = page.evaluate(bench.IN_PAGE, [file, live_net.SIDE, MEAN, STD])
    page.close()
    ours = torch.tensor(found["logits"])
    theirs, _ = bench.in_torch()
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-3)
    labels = live_net.page_tensors()["labels"]
    assert torch.equal(ours.argmax(1), theirs.argmax(1))
    assert (ours.argmax(1) == labels).float().mean() >= 0.85


BOTH = """async ([file, program, side, mean, std]) => {
  const bytes = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const found = tensors(bytes(file)), net = parameters(found), differences = {};
  const engine = await startNet(bytes(program), net, side);
  for (let i = 0; i < 3; i++) {
    const x = enlarged(found.images.data.subarray(784 * i, 784 * (i + 1)), side, mean, std);
    const fast = await engine.call("outputs", x.data);
    for (const [name, { shape, data }] of forward(x, net)) {
      const far = data.map((value, k) => Math.abs(value - fast[name].data[k]));
      const share = Math.max(...far) / Math.max(...data.map(Math.abs));
      differences[name] = Math.max(share, differences[name] ?? 0);
      if (`${fast[name].shape}` !== `${shape}`) throw new Error(`${name}: ${fast[name].shape}`);
    }
  }
  engine.end();
  return differences;
}"""


def test_the_engine_and_the_listing_agree_in_every_layer(engine_page, tmp_path):
    code = script(HERE, "live_net.js").replace("export default", "")
    (tmp_path / "page.html").write_text(f"<script>{code}</script>", encoding="utf-8")
    engine_page.goto((tmp_path / "page.html").as_uri())
    files = [base64.b64encode(page_file(name)).decode() for name in LiveNet.files]
    differences = engine_page.evaluate(BOTH, [*files, live_net.SIDE, MEAN, STD])
    assert len(differences) == 18
    assert max(differences.values()) < 1e-5


@pytest.mark.parametrize("worker", [True, False])
def test_the_engine_computes_and_where_there_is_none_the_listing(browser, sites, worker):
    page = browser.new_page()
    if not worker:
        page.add_init_script("delete globalThis.Worker")
    widget = WidgetPage(page, sites["file"], "AlexNet live")
    agrees(widget)
    assert widget.complaints == []
    page.wait_for_timeout(1000 * worker)  # it may start behind the first answer
    assert len(page.workers) == worker
    widget.press("test image", "ArrowRight")
    agrees(widget, index=1)
    page.close()


def test_no_other_page_has_the_network():
    name = LiveNet.files[0]
    mentions = [file.name for file in HTML.glob("*.html") if name in file.read_text()]
    assert mentions == [f"{PAGE}.html"]
    (script,) = HTML.rglob(f"*{name}*")
    assert script.parent.name == "widget-files"  # in _static it would be for all pages


def test_live_by_keyboard(live):
    widget = live(1280)
    widget.press("test image", "ArrowRight", 3)
    agrees(widget, index=3)
    widget.press("cover (px)", "ArrowRight", 12)
    agrees(widget, index=3, size=12)
    widget.press("down (px)", "Home")
    widget.press("across (px)", "End")
    agrees(widget, index=3, size=12, row=0, column=16)
    assert "with a black cover of 12 × 12." in widget.label()
    widget.press("image", "c")  # a menu jumps to the entry that begins so
    agrees(widget, source="cat", size=12, row=0, column=16)
    assert "no way to say “none of these”" in widget.state
    widget.button("Reset").press("Enter")
    agrees(widget)


def test_every_layer_can_be_seen(live):
    widget, drawn = live(1280), set()
    for name, output in list(LiveNet().maps().items())[:-1]:
        widget.choose("layer", name)
        low, high = (f"{v:.1f}".replace("-", "−") for v in (output.min(), output.max()))
        sides = " × ".join(map(str, output.shape[1:]))
        size = f"{len(output)} maps of {sides}" if sides else f"{len(output)} units"
        assert widget.label(1) == f"{name}: {size}; {low} (dark) to {high} (light)"
        drawn.add(widget.drawn(1))
    assert len(drawn) == 17


def test_live_by_mouse(live):
    widget = live(390)
    widget.click(0, 0.25, 0.75)
    agrees(widget, size=8, row=17, column=3)
    widget.drag(0, (0.5, 0.5), (0.99, 0.01))
    agrees(widget, size=8, row=0, column=20)


def test_a_drawing_is_an_image_like_any_other(live):
    widget = live(390)
    widget.press("cover (px)", "End")
    widget.push("Empty sheet")
    agrees(widget, source="own")
    table = widget.group.locator("table")
    before = table.evaluate(SHARES)
    for x in (0.3, 0.4, 0.5, 0.6, 0.7):  # five broad strokes: a white rectangle
        widget.drag(0, (x, 0.2), (x, 0.8))
    changed = f"([table, before]) => ({SHARES})(table).join() !== before.join()"
    widget.page.wait_for_function(changed, arg=[table.element_handle(), before])
    assert seen(widget)[14, 14] == 255
    widget.push("Light ↔ dark")
    assert seen(widget)[14, 14] == 0
    assert widget.value("pointer") == 2  # draws black
    widget.press("cover (px)", "End")
    widget.click(0, 0.1, 0.1)
    assert widget.value("cover (px)") == 0  # it would hide the stroke
    assert seen(widget)[2, 2] == 0


def test_a_finger_draws_without_scrolling(live):
    widget = live(390)
    widget.button("Empty sheet").tap()
    widget.canvas().scroll_into_view_if_needed()
    widget.settle()
    top, before = widget.page.evaluate("scrollY"), widget.drawn()
    widget.swipe(0, 105)
    assert widget.drawn() != before
    assert widget.page.evaluate("scrollY") == top


def test_a_file_can_be_dropped_on_the_figure(live):
    widget = live(1280)
    drop = """(node, files) => {
      const data = new DataTransfer();
      for (const bytes of files) {
        data.items.add(new File([Uint8Array.from(bytes)], "x.png", { type: "image/png" }));
      }
      const about = { dataTransfer: data, bubbles: true, cancelable: true };
      for (const kind of ["dragover", "drop"]) node.dispatchEvent(new DragEvent(kind, about));
    }"""
    note = widget.group.locator(".ln-note")
    widget.group.evaluate(drop, [list(png(np.full((30, 30), 40)))])
    note.filter(has_text="x.png, 30 × 30 px, became").wait_for()
    widget.group.evaluate(drop, [])
    note.filter(has_text=re.compile("^What was dropped is not a file.$")).wait_for()


def png(array):
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(array, np.uint8)).save(buffer, "png")
    return buffer.getvalue()


DARK = np.full((280, 140), 255)  # a shirt on white
DARK[100:180, 40:100] = 55
CUT = np.zeros((100, 100, 4))  # light, with nothing around it
CUT[30:70, 30:70] = (200, 200, 200, 255)
# A file and what is said of it: one that becomes an image, or one that cannot be used.
GOOD = {
    "cat.png": (png(cat()), "cat.png, 451 × 300 px, became 28 × 28 grey values."),
    "dark.png": (png(DARK), "light and dark were exchanged: Fashion-MNIST shows clothes on black."),
    "cut.png": (png(CUT), "Its transparent parts became black, which is the background here."),
}
BAD = {
    "notes.txt": (b"no picture at all", "notes.txt is not an image that this browser can read"),
    "empty.png": (b"", "empty.png is not an image that this browser can read"),
    "torn.png": (png(np.zeros((40, 40)))[:40], "torn.png is not an image that this browser can"),
    "heavy.png": (b"0" * 20_100_000, "heavy.png has 21 MB, which is more than a photograph"),
    "huge.png": (png(np.zeros((6400, 6400))), "huge.png has 41 megapixels: at most 40"),
    "glass.png": (
        png(np.zeros((50, 50, 4))),
        "glass.png is transparent all over: there is nothing to see.",
    ),
}


def test_every_file_becomes_an_image_or_gets_a_sentence(live, tmp_path):
    widget = live(1280)
    first, note = seen(widget), widget.group.locator(".ln-note")
    for name, (content, sentence) in (GOOD | BAD).items():
        (tmp_path / name).write_bytes(content)
        widget.group.locator("input[type=file]").set_input_files(tmp_path / name)
        widget.group.locator(".ln-note:not(:empty)").wait_for()
        widget.settle()
        said, found = note.inner_text(), seen(widget)
        assert said.endswith(sentence) if name in GOOD else said.startswith(sentence)
        source = widget.control("image").input_value()
        assert source == ("your own" if name in GOOD else "test images"), name
        if name == "cat.png":
            assert "none of these" in widget.state
        elif name in GOOD:
            assert found[14, 14] == pytest.approx(200, abs=2), name
            above = 9 if name == "dark.png" else 8
            assert not found[:above].any() and not found[:, :7].any(), name
        else:
            assert (found == first).all(), name
        widget.push("Reset")
        assert note.inner_text() == "", name


@pytest.mark.parametrize(
    "script",
    [
        None,
        'globalThis.bookFile = "AAAA',
        'globalThis.bookFile = "!"',
        'globalThis.bookFile = "AA=="',
    ],
    ids=["missing", "cut off", "not base64", "too short"],
)
def test_a_network_that_does_not_arrive_whole_is_said(open_page, script):
    page = open_page("http", PAGE, read=False)
    answer = {"status": 404} if script is None else {"content_type": "text/javascript"}
    page.route("**/page.safetensors.js?v=*", lambda route: route.fulfill(body=script, **answer))
    page.locator("figure.widget").first.scroll_into_view_if_needed()
    page.locator(".bw-state", has_text="The network did not arrive").wait_for()
