"""AlexNet live, in the page: as right as PyTorch, by mouse, finger, keyboard, with any file.

What the page weighs with the network, and before it, is for test_pages_audited.py.
"""

import base64
import io
import json
import re
from itertools import islice
from types import SimpleNamespace

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image
from playwright.sync_api import TimeoutError, expect
from skimage.data import cat
from torch import nn

from benchmarks import live_net as bench
from tests.support.processes import wait_until
from tests.support.widget_page import WidgetPage, numbers
from tools.pages import HTML
from utils.data import MEAN, STD, Labelled
from utils.nets import laboratory_net, live_net
from utils.page_files import page_file, script
from utils.widgets import HERE, LiveNet
from utils.widgets.laboratory import described

PAGE = "11_alexnet_live"
# The ten probabilities in per cent, as the table has them.
SHARES = "table => [...table.tBodies[0].rows].map(row => parseFloat(row.cells[2].innerText))"
NEAR = f"""([table, expected]) => {{
  const shares = ({SHARES})(table);
  return expected.every((share, i) => Math.abs(share - shares[i]) <= 0.06);
}}"""


def agrees(widget, **settings):
    """The bars become those that PyTorch computes for these settings."""
    shows(widget, LiveNet(**settings).maps()["fc8"])


def shows(widget, logits):
    """The bars become those of these logits."""
    found = logits.softmax(0)
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
  const engine = await startNet(bytes(program), { input: [1, side, side], ...bookNetwork(net) });
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
        words = f"{name}: {size}; {low} (dark) to {high} (light)"
        wait_until(lambda words=words: widget.label(1) == words)  # the engine answers later
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


# --- a network of the reader's

LABORATORY = {
    "LeNet, tanh, LRN, dropout 0.5": (("LeNet", "tanh", "LRN", 0.5), 28),
    "LeNet, ReLU, batch norm": (("LeNet", "ReLU", "batch norm", 0), 24),
    "quarter-width AlexNet, sigmoid, constant": (
        ("quarter-width AlexNet", "sigmoid", "constant", 0),
        28,
    ),
}
# What the menu adds to a layer's name that does not say it.
KINDS = {
    "tanh": ", tanh", "sigmoid": ", sigmoid", "lrn": ", LRN", "constant": ", constant",
    "batch_norm": ", batch norm",
}  # fmt: skip


def three_steps(combination, window):
    """A network of the laboratory after three steps, and the file that it would save of it."""
    torch.manual_seed(0)
    net = laboratory_net(*combination)
    optimiser, page = torch.optim.Adam(net.parameters(), lr=0.01), live_net.page_tensors()
    images = Labelled(page["images"], page["labels"].long())
    for x, y in islice(images.batches(64, image_size=net.image_size), 3):
        optimiser.zero_grad()
        nn.functional.cross_entropy(net(x), y).backward()
        optimiser.step()
    settings = dict(zip(("network", "activation", "norm", "dropout"), combination, strict=True))
    about = {"settings": settings, **described(net), "mean": MEAN, "std": STD, "window": window}
    state = {name: v for name, v in net.state_dict().items() if "num_batches" not in name}
    return net.eval(), safetensors.torch.save(state, {"laboratory": json.dumps(about)})


@torch.no_grad()
def outputs(net, window, **settings):
    """What each layer makes of the image that the figure shows with these settings."""
    rim = (28 - window) // 2
    images = LiveNet(**settings).seen()[None, rim : 28 - rim, rim : 28 - rim]
    x, _ = next(Labelled(images, torch.zeros(1)).batches(1, image_size=net.image_size))
    found = {}
    for part in (net.features, net.classifier):
        x = x if part is net.features else net.flatten(x)
        for name, layer in part.named_children():
            x = layer(x)
            found[name] = x[0]
    return found


def give(widget, path, content):
    """Choose a file in the figure's field."""
    path.write_bytes(content)
    with widget.page.expect_file_chooser() as opened:
        widget.group.locator("input[type=file]").click()
    opened.value.set_files(path)


@pytest.mark.parametrize("name", LABORATORY)
def test_a_network_of_the_laboratory_can_be_tried(live, tmp_path, name):
    combination, window = LABORATORY[name]
    net, content = three_steps(combination, window)
    widget = live(1280)
    give(widget, tmp_path / "mine.safetensors", content)
    widget.group.get_by_text(f"Your network: {name}. Test images and drawings are as").wait_for()
    expected = outputs(net, window)
    *shown, last = expected
    shows(widget, expected[last])
    options = {layer: layer + KINDS.get(kind, "") for layer, kind, _ in described(net)["layers"]}
    del options[last]
    assert list(options) == shown
    assert widget.control("layer").locator("option").all_inner_texts() == [*options.values()]
    for layer, option in options.items():
        widget.choose("layer", option)
        output = expected[layer]
        sides = " × ".join(map(str, output.shape[1:]))
        size = f"{len(output)} maps of {sides}" if sides else f"{len(output)} units"
        expect(widget.canvas(1)).to_have_attribute("aria-label", re.compile(f"^{layer}: {size}; "))
        low, high = numbers(widget.label(1).split("; ")[1])
        assert (low, high) == pytest.approx([value.item() for value in output.aminmax()], abs=0.051)
    widget.press("cover (px)", "ArrowRight", 9)
    shows(widget, outputs(net, window, size=9)[last])
    widget.choose("image", "cat")
    shows(widget, outputs(net, window, size=9, source="cat")[last])
    widget.push("Reset")
    agrees(widget)
    assert widget.value("layer") == 1  # relu1
    assert not widget.button("The book’s network").is_visible()


def test_the_book_s_network_comes_back_and_its_layer_with_it(live, tmp_path):
    net, content = three_steps(("LeNet", "ReLU", "none", 0), 28)
    widget = live(1280)
    widget.choose("layer", "conv2")
    give(widget, tmp_path / "mine.safetensors", content)
    shows(widget, outputs(net, 28)["fc5"])
    widget.button("The book’s network").press("Enter")
    agrees(widget)
    assert widget.label(1).startswith("conv2: 64 maps")
    give(widget, tmp_path / "mine.safetensors", content)
    shows(widget, outputs(net, 28)["fc5"])


def test_a_drawing_is_shown_to_the_readers_network(live, tmp_path):
    net, content = three_steps(("LeNet", "ReLU", "none", 0), 28)
    widget = live(390)
    give(widget, tmp_path / "mine.safetensors", content)
    widget.push("Empty sheet")
    shows(widget, outputs(net, 28, source="own")["fc5"])
    widget.drag(0, (0.3, 0.2), (0.7, 0.8))
    found = torch.from_numpy(seen(widget)).round().to(torch.uint8).numpy().tobytes()
    shows(widget, outputs(net, 28, source="own", own=found)["fc5"])


def test_a_network_that_cannot_be_shown_gets_a_sentence(live, tmp_path):
    _, content = three_steps(("LeNet", "ReLU", "none", 0), 28)
    note = "This is no network of the laboratory: take a .safetensors file"
    bad = {
        "cut.safetensors": (content[:-1], "The file of this network is cut off: save"),
        "empty.safetensors": (b"", note),
        "half.safetensors": ((live_net.FOLDER / "half.safetensors").read_bytes(), note),
        "wider.safetensors": (
            content.replace(rb"\"features\": 120", rb"\"features\": 121"),
            "fc3.weight has 48400 numbers in this network, not 48000: the weights are those of",
        ),
        "odd.safetensors": (
            content.replace(rb"\"relu\"", rb"\"rely\""),
            "act1 is of a kind that the engine does not know, “rely”: it knows conv2d, linear,",
        ),
    }
    widget = live(1280)
    for name, (changed, sentence) in bad.items():
        assert changed != content
        give(widget, tmp_path / name, changed)
        expect(widget.group.locator(".ln-note")).to_contain_text(sentence)
        agrees(widget)  # the book's network is still there, or again
        assert not widget.button("The book’s network").is_visible()
        widget.push("Reset")


def test_without_the_engine_a_network_of_the_laboratory_gets_a_sentence(browser, sites, tmp_path):
    page = browser.new_page()
    page.add_init_script("delete globalThis.Worker")
    widget = WidgetPage(page, sites["file"], "AlexNet live")
    give(widget, tmp_path / "mine.safetensors", three_steps(("LeNet", "ReLU", "none", 0), 28)[1])
    note = widget.group.locator(".ln-note")
    expect(note).to_contain_text("Your network needs a Worker with WebAssembly, which this browser")
    agrees(widget)
    page.close()


# What a page of the book does that has trained a network, and what it says if no window opens.
HAND_OVER = """async ([code, text]) => {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0)), open = window.open;
  window.open = (address) => (globalThis.figure = open(address));
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const { openInFigure } = await import(address);
  try {
    openInFigure(bytes);
  } catch (error) {
    return error.message;
  }
}"""


def hand_over(page, content):
    code = (HERE / "laboratory_file.js").read_text(encoding="utf-8")
    return page.evaluate(HAND_OVER, [code, base64.b64encode(content).decode()])


@pytest.fixture
def handed_over(open_page):
    """A function that opens the figure with the file of a network, from another chapter."""

    def handed_over(how, content):
        page = open_page(how, "05_lrn")
        with page.expect_popup() as opened:
            assert hand_over(page, content) is None
        figure = opened.value
        assert figure.url.endswith("11_alexnet_live.html#try-it")
        group = figure.get_by_role("group", name="AlexNet live")
        group.get_by_text("Your network: ").wait_for()
        return page, SimpleNamespace(page=figure, group=group)

    return handed_over


@pytest.mark.parametrize("how", ["http", "file"])
def test_a_page_that_has_trained_a_network_hands_it_over(handed_over, how):
    net, content = three_steps(("LeNet", "tanh", "none", 0), 24)
    _, widget = handed_over(how, content)
    shows(widget, outputs(net, 24)["fc5"])


def test_of_messages_only_networks_from_the_opener_and_this_page_are_taken(handed_over):
    net, content = three_steps(("LeNet", "tanh", "none", 0), 24)
    other, others = three_steps(("LeNet", "ReLU", "none", 0), 28)
    page, widget = handed_over("file", content)
    note, expected = widget.group.locator(".ln-note"), outputs(net, 24)["fc5"]
    given = base64.b64encode(others).decode()
    take = """text => {
      const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
      (globalThis.figure ?? globalThis).postMessage({ book: "network", bytes }, "*");
    }"""
    widget.page.evaluate(
        """text => {
          const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
          const frame = document.body.appendChild(document.createElement("iframe"));
          const send = "bytes => parent.postMessage({ book: 'network', bytes }, '*')";
          frame.contentWindow.eval(send)(bytes);
        }""",
        given,
    )
    page.evaluate("""() => {
      const bytes = new Uint8Array(9), wrong = [{ book: "nothing", bytes }, { book: "network" }];
      for (const data of [null, 1, "network", { book: "network", bytes: [1] }, ...wrong]) {
        figure.postMessage(data, "*");
      }
    }""")
    widget.page.wait_for_timeout(500)
    shows(widget, expected)
    expect(note).to_be_empty()
    page.evaluate("() => figure.postMessage({ book: 'network', bytes: new Uint8Array(9) }, '*')")
    expect(note).to_contain_text("This is no network of the laboratory")
    shows(widget, expected)
    page.evaluate(take, given)
    shows(widget, outputs(other, 28)["fc5"])
    widget.page.evaluate(take, base64.b64encode(content).decode())
    shows(widget, expected)


def test_where_no_window_opens_there_is_a_sentence(open_page):
    page = open_page("file", "05_lrn", script="window.open = () => null")
    sentence = "No window opened: save the weights, and open the file in the figure of chapter 11."
    assert hand_over(page, b"") == sentence
    page.evaluate("document.querySelectorAll('figure').forEach((figure) => figure.remove())")
    assert hand_over(page, b"") == sentence  # as in a notebook, which has no page beside it


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
