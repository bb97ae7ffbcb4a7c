"""Each widget operated as a person would, in the built page, and compared with Python."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import expect
from torchvision.models import alexnet

from tools import pages
from utils import compare, records
from utils.models import AlexNet, D2LAlexNet, LeNet
from utils.relatives import ProgramAlexNet, caffe_alexnet
from utils.shapes import conv_out
from utils.widgets.augmentation_studio import AugmentationStudio
from utils.widgets.convolution import ConvolutionArithmetic
from utils.widgets.dropout_masks import DropoutMasks
from utils.widgets.filter_explorer import FilterExplorer
from utils.widgets.ilsvrc_gap import IlsvrcGap
from utils.widgets.receptive_field import ReceptiveField
from utils.widgets.response_norm import ResponseNorm
from utils.widgets.shape_game import ShapeGame
from utils.widgets.signal_depth import SignalDepth
from utils.widgets.to_scale import layers
from utils.widgets.training_player import NAMES

CONVOLUTION = "Convolution arithmetic"
FIELD = "What a unit sees"
GAME = "Shape game"
PLAYER = "Training player"
FULL = "The full training"
DIFF = "Two networks side by side"
SIGNAL = "Signal and gradient through the layers"
MASKS = "Dropout, pass by pass"
GAP = "The step between two results"
SCALE = "Two networks to scale"
STUDIO = "Augmentation studio"
LIVE = "AlexNet live"
NORM = "Local response normalisation of nine channels"
FILTERS = "Filter explorer"
CHAPTER = {
    GAP: "01_history",
    SCALE: "02_lenet_vs_alexnet",
    CONVOLUTION: "03_layer_shapes",
    FIELD: "03_layer_shapes",
    GAME: "03_layer_shapes",
    PLAYER: "08_training",
    FULL: "08_training",
    DIFF: "09_which_alexnet",
    SIGNAL: "04_relu_vs_sigmoid",
    MASKS: "06_dropout",
    STUDIO: "07_augmentation",
    NORM: "05_lrn",
    FILTERS: "10_looking_inside",
    LIVE: "11_alexnet_live",
}

widths = pytest.mark.parametrize("width", [1280, 390])
ways = pytest.mark.parametrize("how", ["http", "file"])


@pytest.fixture
def open_widget(open_page):
    """Open the chapter of a widget and scroll to it; the locator is the widget."""

    def open_widget(title, width=1280, how="http"):
        page = open_page(how, CHAPTER[title], width)
        widget = page.get_by_role("group", name=title)
        widget.scroll_into_view_if_needed()
        return widget

    return open_widget


def settle(widget):
    """Wait until what was done is drawn."""
    widget.page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )


def press(widget, label, key, times=1):
    """Use a control by keyboard, and wait until that is drawn."""
    pages.press(widget, label, key, times)
    settle(widget)


def click(widget, canvas, x, y):
    """Click a canvas at these shares of its width and height."""
    box = widget.locator("canvas").nth(canvas).bounding_box()
    widget.locator("canvas").nth(canvas).click(
        position={"x": x * box["width"], "y": y * box["height"]}
    )
    settle(widget)


def numbers(text):
    return [float(n.replace("−", "-")) for n in re.findall(r"[−-]?\d+(?:\.\d+)?", text)]


def rows(table):
    """The text of a table's body, row by row."""
    read = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    return table.locator("tbody tr").evaluate_all(read)


# --- Convolution arithmetic ---------------------------------------------------------------------


def agrees(widget, **settings):
    """The figure shows what PyTorch computes with these settings, at `row` and `column`."""
    python = ConvolutionArithmetic(**settings)
    expected = python.feature_map()
    n = len(expected)
    said = widget.locator(".bw-size").inner_text()
    assert f"= {n}, so {n}×{n} = {n * n} positions" in said
    row, column = (min(i, n - 1) for i in (python.row, python.column))
    place = widget.locator(".bw-place").inner_text()
    assert place.startswith(f"Row {row + 1}, column {column + 1}: ")
    assert numbers(place)[-1] == pytest.approx(expected[row, column].item(), abs=6e-4)
    filled = widget.locator("canvas").nth(1).get_attribute("aria-label")
    assert f"{row * n + column + 1} of {n * n} positions" in filled
    return said


@widths
def test_convolution_by_keyboard(open_widget, width):
    widget = open_widget(CONVOLUTION, width)
    assert "Left over behind the last window: 1 px" in agrees(widget)
    press(widget, "rule", "c")  # a menu jumps to the entry that begins so
    assert "reads 3 px of zeros" in agrees(widget, rule="ceil")
    press(widget, "image (px)", "ArrowRight", 3)
    assert "ends at the edge" in agrees(widget, rule="ceil", size=227)
    press(widget, "stride", "ArrowRight")
    press(widget, "padding", "ArrowRight", 2)
    press(widget, "kernel_size", "ArrowLeft", 6)
    agrees(widget, rule="ceil", size=227, stride=5, padding=2, kernel_size=5)
    press(widget, "row", "Home")
    press(widget, "column", "End")
    shown = {"rule": "ceil", "size": 227, "stride": 5, "padding": 2, "kernel_size": 5}
    agrees(widget, **shown, row=0, column=46)
    press(widget, "groups", "2")
    assert "5·5·1 = 25 weights" in agrees(widget, **shown, row=0, column=46, groups=2)
    press(widget, "kernel", "ArrowDown")
    agrees(widget, **shown, row=0, column=46, groups=2, kernel=1)
    assert widget.locator(".bw-place").bounding_box()["width"] > 250  # no column of single words
    reset = widget.get_by_role("button", name="Reset")
    reset.focus()
    widget.page.keyboard.press("Enter")
    settle(widget)
    agrees(widget)


@widths
def test_convolution_by_mouse(open_widget, width):
    widget = open_widget(CONVOLUTION, width)
    click(widget, 1, 10.5 / 54, 40.5 / 54)  # in the map: the position itself
    agrees(widget, row=40, column=10)
    click(
        widget, 0, (4 * 20 + 5.5) / 224, (4 * 7 + 5.5) / 224
    )  # in the photograph: a window's middle
    agrees(widget, row=7, column=20)
    box = widget.locator("canvas").first.bounding_box()
    mouse = widget.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + 1, box["y"] + 1, steps=4)
    settle(widget)
    agrees(widget, row=0, column=0)
    mouse.up()
    settle(widget)
    agrees(widget, row=0, column=0)
    widget.get_by_label("rule", exact=True).select_option("ceil (2012 program)")
    settle(widget)
    agrees(widget, row=0, column=0, rule="ceil")


def test_convolution_by_touch(browser, sites):
    context = browser.new_context(viewport={"width": 390, "height": 900}, has_touch=True)
    page = context.new_page()
    page.goto(f"{sites['http']}{CHAPTER[CONVOLUTION]}.html")
    pages.read_through(page)
    widget = page.get_by_role("group", name=CONVOLUTION)
    canvas = widget.locator("canvas").nth(1)
    box = canvas.bounding_box()
    canvas.tap(position={"x": box["width"] * 30.5 / 54, "y": box["height"] * 3.5 / 54})
    settle(widget)
    agrees(widget, row=3, column=30)
    context.close()


def test_convolution_plays_pauses_and_ends(open_widget):
    widget = open_widget(CONVOLUTION)
    press(widget, "stride", "End")  # 27×27 positions: a short film
    widget.get_by_role("button", name="Play").click()  # all is computed: from the beginning
    row = widget.get_by_label("row", exact=True)
    widget.page.wait_for_function("slider => +slider.value > 3", arg=row.element_handle())
    widget.get_by_role("button", name="Pause").click()
    settle(widget)
    place = row.input_value(), widget.get_by_label("column", exact=True).input_value()
    agrees(widget, stride=8, row=int(place[0]), column=int(place[1]))
    widget.page.wait_for_timeout(200)
    assert (row.input_value(), widget.get_by_label("column", exact=True).input_value()) == place
    widget.get_by_role("button", name="Play").click()
    widget.get_by_role("button", name="Play").wait_for()  # back from Pause: it has ended
    settle(widget)
    agrees(widget, stride=8, row=26, column=26)


def test_the_smallest_image_has_one_position(open_widget):
    widget = open_widget(CONVOLUTION)
    press(widget, "image (px)", "Home")  # 11 px: one position
    agrees(widget, size=11)
    assert widget.get_by_label("row", exact=True).is_disabled()


def test_a_finger_that_scrolls_moves_nothing(browser, sites):
    context = browser.new_context(viewport={"width": 390, "height": 900}, has_touch=True)
    page = context.new_page()
    page.goto(f"{sites['http']}{CHAPTER[CONVOLUTION]}.html")
    pages.read_through(page)
    widget = page.get_by_role("group", name=CONVOLUTION)
    canvas = widget.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    before, top = widget.locator(".bw-place").inner_text(), page.evaluate("scrollY")
    finger = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, way in [("touchStart", 0), *(("touchMove", 20 * i) for i in range(1, 11))]:
        points = [{"x": x, "y": y - way}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("top => scrollY > top + 50", arg=top)
    settle(widget)
    assert widget.locator(".bw-place").inner_text() == before
    context.close()


def test_the_map_is_drawn_in_the_order_of_its_values(open_widget):
    """What is seen, not only what is said: light cells have high values, stripes none."""
    widget = open_widget(CONVOLUTION)
    read = """canvas => {
      const context = canvas.getContext("2d"), side = canvas.width / 54;
      const at = (i) => context.getImageData(
        (i % 54 + 0.5) * side, (Math.floor(i / 54) + 0.5) * side, 1, 1).data;
      return Array.from({ length: 54 * 30 }, (_, i) => [...at(i)]);
    }"""
    shown = np.array(widget.locator("canvas").nth(1).evaluate(read), dtype=float)
    light = shown[:, :3] @ [0.2126, 0.7152, 0.0722]
    values = ConvolutionArithmetic().feature_map()[:30].flatten().numpy()
    assert np.corrcoef(np.argsort(np.argsort(light)), np.argsort(np.argsort(values)))[0, 1] > 0.99


# --- What a unit sees ---------------------------------------------------------------------------


def field_agrees(widget, **settings):
    """Table and sentence say what utils.shapes computes for these settings."""
    python = ReceptiveField(**settings)
    expected = python.fields()
    table = [
        [name, f"{side}×{side}", str(f.size), str(f.jump), str(f.start).replace("-", "−")]
        for name, (side, f) in expected.items()
    ]
    assert rows(widget.locator("table")) == table
    name, (side, field) = list(expected.items())[python.layer]
    assert widget.locator("tr[aria-current]").inner_text().startswith(name)
    row, column = (min(i, side - 1) for i in (python.row, python.column))
    said = widget.locator(".bw-state").inner_text()
    assert f"A unit of {name} sees {field.size}×{field.size} px" in said
    assert f"stands {field.jump} px further" in said
    (top, bottom), (left, right) = field.of_unit(row), field.of_unit(column)
    if field.size > 1:
        assert (
            f"pixels {top} to {bottom - 1} down, {left} to {right - 1} across".replace("-", "−")
            in said
        )
    beyond = [max(0, -first) + max(0, end - 224) for first, end in ((top, bottom), (left, right))]
    sentence = f"Outside the photograph lie {beyond[0]} px of it down and {beyond[1]} px across."
    assert (sentence in said) == (max(beyond) > 0)


@widths
def test_receptive_field_by_keyboard(open_widget, width):
    widget = open_widget(FIELD, width)
    field_agrees(widget)
    press(widget, "layer", "Home")
    for layer in range(9):
        field_agrees(widget, layer=layer)
        press(widget, "layer", "ArrowRight")
    press(widget, "conv1’s stride", "ArrowDown")
    field_agrees(widget, layer=8, stride=2)
    press(widget, "pooling window", "ArrowDown")
    field_agrees(widget, layer=8, stride=2, pool=2)
    press(widget, "unit’s row", "Home")
    press(widget, "unit’s column", "End")
    field_agrees(widget, layer=8, stride=2, pool=2, row=0, column=99)
    widget.get_by_role("button", name="Reset").press("Enter")
    settle(widget)
    field_agrees(widget)


@widths
def test_receptive_field_by_mouse(open_widget, width):
    widget = open_widget(FIELD, width)
    press(widget, "layer", "Home")
    press(widget, "layer", "ArrowRight", 5)  # conv3
    python = ReceptiveField(layer=5)
    _, field = python.fields()["conv3"]
    middles = [field.start + i * field.jump + field.size / 2 for i in (2, 9)]
    shares = [(middle + python.margin) / (python.size + 2 * python.margin) for middle in middles]
    click(widget, 0, *shares)
    field_agrees(widget, layer=5, column=2, row=9)
    widget.get_by_label("conv1’s stride", exact=True).select_option("1")
    settle(widget)
    field_agrees(widget, layer=5, column=2, row=9, stride=1)


def test_receptive_field_plays_layer_by_layer(open_widget):
    widget = open_widget(FIELD)
    press(widget, "layer", "End")
    widget.get_by_role("button", name="Play").click()
    seen = widget.locator("tr[aria-current] th")
    for name in ("image", "conv1", "pool1"):
        widget.page.wait_for_function(
            "([cell, name]) => document.contains(cell) && "
            "cell.querySelector('tr[aria-current] th').textContent === name",
            arg=[widget.locator("table").element_handle(), name],
        )
    widget.get_by_role("button", name="Pause").click()
    assert seen.inner_text() in ("pool1", "conv2")


def test_a_slider_that_moves_during_play_breaks_nothing(open_widget):
    widget = open_widget(FIELD)
    widget.get_by_role("button", name="Play").click()
    press(widget, "layer", "End")
    widget.get_by_role("button", name="Play").wait_for()  # at the end, it stops
    field_agrees(widget, layer=8)
    assert widget.page.complaints == []


def test_screen_readers_hear_the_result_once_it_rests(open_widget):
    widget = open_widget(FIELD)
    voice = widget.locator("[aria-live]")
    assert voice.inner_text() == ""
    press(widget, "layer", "End")
    widget.page.wait_for_function("v => v.textContent", arg=voice.element_handle())
    assert voice.text_content().startswith("A unit of pool5 sees 195×195 px")


# --- Shape game ---------------------------------------------------------------------------------


def type_in(widget, text):
    """Type an answer, and Enter."""
    widget.get_by_label("your answer").fill(str(text))
    widget.page.keyboard.press("Enter")
    settle(widget)
    return widget.locator(".bw-feedback").inner_text()


def asks(widget, game):
    """The page asks what Python would ask: the numbers of the question are the same."""
    q = game.question()
    said = numbers(widget.locator(".bw-question").inner_text())
    hidden = q.get("unknown")
    names = {
        "inputs": ["size", "padding", "kernel"],
        "parameters": ["c_in", "c_out", "kernel"],
    }.get(q["ask"], ["size", "kernel"])
    assert {q[name] for name in names if name != hidden} <= set(said)
    assert widget.get_by_label("level").evaluate("menu => menu.selectedIndex") + 1 == game.level


@widths
def test_game_by_keyboard_through_all_levels(open_widget, width):
    """Three right answers in a row at each level; the answers come from Python."""
    widget = open_widget(GAME, width)
    game = ShapeGame()
    for game.number in range(18):
        game.level = 1 + game.number // 3
        asks(widget, game)
        answers = game.answers()
        said = type_in(widget, f"{answers[-1]:,}")
        assert said.startswith("Right. ")
        assert all(f"{other:,}" in said for other in answers)
        assert said.count(f"{answers[-1]:,}") >= 1
        state = widget.locator(".bw-state").inner_text()
        assert numbers(state) == [game.number + 1] * 3
        widget.page.keyboard.press("Enter")  # the next question
        settle(widget)
        assert widget.get_by_label("your answer").input_value() == ""
    assert widget.get_by_label("level").evaluate("menu => menu.selectedIndex") == 5
    widget.get_by_role("button", name="Reset").press("Enter")
    settle(widget)
    asks(widget, ShapeGame())
    assert widget.page.complaints == []


def mistakes_of(game):
    """Typical wrong rules, each with its result and a word of its feedback."""
    q = game.question()
    if q["ask"] == "parameters":
        weights = q["kernel"] ** 2 * q["c_in"] // q["groups"]
        return {"leave out the biases": q["c_out"] * weights, "count one kernel": weights + 1}
    if q["ask"] == "inputs":
        side = round((game.answers()[0] / 256) ** 0.5)
        return {"the side of the last map": side, "count one map": side**2}
    n, k, s, p, rule = (q[name] for name in ("size", "kernel", "stride", "padding", "rule"))
    if q["ask"] == "inverse":
        doubled = {"both ends together": 2 * p} if q["unknown"] == "padding" else {}
        first = {"padding": "a padding of", "size": "an input of", "stride": "a stride of"}
        return {f"With {first[q['unknown']]} 9 ": 9} | doubled
    other = "ceil" if rule == "floor" else "floor"
    way = {"ceil": "you round up", "floor": "you round down"}[other]
    found = {
        "forget the + 1": conv_out(n, k, s, p, rule) - 1,
        way: conv_out(n, k, s, p, other),
        "leave the padding out": conv_out(n, k, s, 0, rule),
        "leave the stride out": conv_out(n, k, 1, p, rule),
        "do not subtract the kernel": conv_out(n + k, k, s, p, rule),
    }
    return {words: value for words, value in found.items() if value not in game.answers()}


@pytest.mark.parametrize("level", range(1, 7))
def test_a_typical_mistake_has_a_feedback_of_its_own(open_widget, level):
    widget = open_widget(GAME)
    widget.get_by_label("level", exact=True).select_option(index=level - 1)
    settle(widget)
    game, heard = ShapeGame(level=level), set()
    for game.number in range(5):
        asks(widget, game)
        mistakes = mistakes_of(game)
        wrong = [words for words, value in mistakes.items() if value not in game.answers()]
        words = next((w for w in wrong if w not in heard), wrong[0])
        same = [w for w in wrong if mistakes[w] == mistakes[words]]  # one number, several rules
        said = type_in(widget, mistakes[words])
        assert said.startswith(f"Not {mistakes[words]:,}. ")
        assert any(w in said for w in same), (words, said)
        assert "answer is" not in said
        heard |= set(same)
        said = type_in(widget, 987_654)
        assert f"The answer is {game.answers()[0]:,}." in said or game.level == 4
        assert "The answer is" in said
        assert widget.locator(".bw-state").inner_text().endswith("In a row: 0.")
        widget.get_by_role("button", name="Next question").click()
        settle(widget)


def test_what_is_no_number_is_no_try(open_widget):
    widget = open_widget(GAME)
    for typed in ("", "x"):
        assert type_in(widget, typed) == "Please type a whole number, such as 13."
    assert type_in(widget, ShapeGame().answers()[0]).startswith("Right. ")


def test_game_shows_the_answer_by_mouse(open_widget):
    widget = open_widget(GAME, 390)
    submit = widget.locator(".bw-submit")
    size = submit.bounding_box()["width"]
    widget.get_by_role("button", name="Show me").click()
    settle(widget)
    assert submit.inner_text() == "Next question"
    assert submit.bounding_box()["width"] == size  # longer than "Check", and nothing moves
    answer = ShapeGame().answers()[0]
    said = widget.locator(".bw-feedback").inner_text()
    assert said.startswith(f"The answer is {answer}. ⌊")
    assert f"windows drawn: {answer}." in widget.locator("canvas").get_attribute("aria-label")
    widget.get_by_role("button", name="Next question").click()
    settle(widget)
    asks(widget, ShapeGame(number=1))
    assert widget.locator(".bw-state").inner_text() == "Right: 0 of 1. In a row: 0."


def test_screen_readers_hear_what_the_game_says(open_widget):
    widget = open_widget(GAME)
    voice = widget.locator("[aria-live]")
    said = type_in(widget, 1)
    widget.page.wait_for_function("v => v.textContent", arg=voice.element_handle())
    assert voice.text_content() == said


# --- Training player ----------------------------------------------------------------------------


def films():
    """The recorded runs in the order of the player's menus."""
    same = records.load("short_training")["runs"][:1]
    changed = records.load("changed_training")["runs"][0]["arms"]
    return [*(run["arms"]["AlexNet"] for run in same), *changed.values()]


def player_agrees(widget, runs, frame):
    """Both columns show what the record holds at this frame."""
    steps = max(([f["step"] for f in film["frames"]] for film in films()), key=len)
    columns_agree(widget, [films()[run] for run in runs], steps[frame])


def columns_agree(widget, films, step):
    """Each column shows what the record of its run holds at this step."""
    numbers_shown = {name: values for name, *values in rows(widget.locator(".bw-numbers"))}
    assert {len(values) for values in numbers_shown.values()} == {len(films)}
    assert widget.locator(".bw-confusion").count() == len(films)
    for column, film in enumerate(films):
        chosen = [frame for frame in film["frames"] if frame["step"] <= step][-1]
        first = film["frames"][0]
        at = numbers_shown["step"][column]
        shown = f"{step} (epoch {step / 469:.2f})"
        assert at == (shown if chosen["step"] == step else f"stopped at {chosen['step']}")
        assert float(numbers_shown["test accuracy"][column]) == pytest.approx(
            chosen["test accuracy"]
        )
        largest = float(numbers_shown["largest weight"][column])
        assert largest == pytest.approx(chosen["largest weight"], abs=6e-4)
        weights, start = (
            records.unpack(f["filters"]) * (f["largest weight"] / 127) for f in (chosen, first)
        )
        change = float(numbers_shown["largest change since step 0"][column])
        assert change == pytest.approx(abs(weights - start).max(), abs=6e-4)
        counts = records.unpack(chosen["confusion"])
        table = widget.locator(".bw-confusion").nth(column)
        shown = [[int(n) if n != "·" else 0 for n in row] for _, *row in rows(table)]
        np.testing.assert_array_equal(shown, counts)
        mistakes = counts * (1 - np.eye(10, dtype=int))
        truth, answer = np.unravel_index(mistakes.argmax(), (10, 10))
        said = numbers_shown["most frequent mistake"][column]
        classes = [name for name, *_ in rows(table)]
        assert said == f"{classes[truth][2:]} as {classes[answer][2:]}: {mistakes.max()}"


@widths
def test_player_by_keyboard(open_widget, width):
    widget = open_widget(PLAYER, width)
    start = widget.get_by_label("step", exact=True)
    frame = int(start.input_value())
    first, second = (
        widget.get_by_label(f"run {name}", exact=True).evaluate("menu => menu.selectedIndex")
        for name in "AB"
    )
    player_agrees(widget, [first, second], frame)
    hint = widget.locator(".bw-hint").inner_text()
    assert hint.startswith("Try: compare “seed 0, the recipe” with each of the others.")
    press(widget, "step", "Home")
    for frame in range(12):
        player_agrees(widget, [first, second], frame)
        press(widget, "step", "ArrowRight")
    press(widget, "run A", "End")
    press(widget, "run B", "Home")
    player_agrees(widget, [2, 0], 11)
    press(widget, "filters", "ArrowDown")
    assert "change since step 0" in widget.locator(".bw-caption").first.inner_text()
    player_agrees(widget, [2, 0], 11)


@widths
def test_player_by_mouse(open_widget, width):
    widget = open_widget(PLAYER, width)
    widget.get_by_label("run A", exact=True).select_option(index=1)
    widget.get_by_label("run B", exact=True).select_option(index=2)
    slider = widget.get_by_label("step", exact=True)
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
    settle(widget)
    assert slider.input_value() == "11"
    player_agrees(widget, [1, 2], 11)
    widget.get_by_role("button", name="Play").click()  # from the end: begins again
    widget.get_by_role("button", name="Pause").click()
    settle(widget)
    player_agrees(widget, [1, 2], int(slider.input_value()))
    widget.get_by_role("button", name="Reset").click()
    settle(widget)
    assert widget.get_by_label("run A", exact=True).evaluate("menu => menu.selectedIndex") == 0


def filters_agree(canvas, film):
    """The canvas shows the filters at the end of this run."""
    stored = records.unpack(film["frames"][-1]["filters"]).reshape(-1)
    read = """(canvas, count) => {
      const context = canvas.getContext("2d"), cell = canvas.width / 8, tile = cell * 33 / 37 / 11;
      const at = (k, p) => context.getImageData(
        (k % 8) * cell + (p % 11 + 0.5) * tile,
        Math.floor(k / 8) * cell + (Math.floor(p / 11) + 0.5) * tile, 1, 1).data[0];
      return Array.from({ length: count }, (_, i) => at(Math.floor(i / 121), i % 121));
    }"""
    shown = np.array(canvas.evaluate(read, len(stored)), dtype=float)
    np.testing.assert_allclose(shown, 128.0 + stored, atol=1.01)


def test_player_draws_the_filters_of_the_record(open_widget):
    widget = open_widget(PLAYER)
    press(widget, "step", "End")
    filters_agree(widget.get_by_role("img", name="first layer’s filters of run A"), films()[0])


@widths
def test_player_of_a_single_run(open_widget, width):
    film = records.load("full_training")["runs"][0]["arms"]["AlexNet"]
    widget = open_widget(FULL, width)
    slider = widget.get_by_label("step", exact=True)
    press(widget, "step", "Home")
    steps = []
    for _ in range(int(slider.get_attribute("max")) + 1):  # the page may leave out some frames
        steps.append(int(slider.get_attribute("aria-valuetext")))
        columns_agree(widget, [film], steps[-1])
        press(widget, "step", "ArrowRight")
    recorded = [frame["step"] for frame in film["frames"]]
    assert steps == [step for step in recorded if step in steps]
    assert (steps[0], steps[-1]) == (recorded[0], recorded[-1])
    caption = widget.page.locator("figure.widget", has=widget).locator("figcaption")
    assert f"filmed at {len(steps)} steps" in caption.inner_text()
    canvas = widget.get_by_role("img", name="first layer’s filters")
    filters_agree(canvas, film)
    side = canvas.bounding_box()["width"] / 8 * 33 / 37
    assert side / 11 > 3  # pixels a weight
    press(widget, "filters", "ArrowDown")
    assert "change since step 0" in widget.locator(".bw-caption").inner_text()
    columns_agree(widget, [film], steps[-1])
    assert widget.locator(".bw-hint").inner_text().startswith("Try: play the filters")
    assert not re.search(r"\b[Rr]un [AB]\b|\b[AB]:", widget.inner_html())
    assert widget.get_by_role("combobox").count() == 1


def test_player_of_a_single_run_plays_by_mouse(open_widget):
    widget = open_widget(FULL)
    slider = widget.get_by_label("step", exact=True)
    start = slider.input_value()
    press(widget, "step", "Home")
    widget.get_by_role("button", name="Play").click()
    widget.page.wait_for_function("slider => +slider.value > 1", arg=slider.element_handle())
    widget.get_by_role("button", name="Pause").click()
    settle(widget)
    film = records.load("full_training")["runs"][0]["arms"]["AlexNet"]
    columns_agree(widget, [film], int(slider.get_attribute("aria-valuetext")))
    widget.get_by_role("button", name="Reset").click()
    settle(widget)
    assert slider.input_value() == start


def test_short_names_are_those_of_the_data(open_widget):
    widget = open_widget(PLAYER)
    shown = [name[2:] for name, *_ in rows(widget.locator(".bw-confusion").first)]
    assert set(NAMES.values()) <= set(shown)


# --- Two networks side by side ------------------------------------------------------------------


def diff_agrees(widget, first, second, only=False):
    """Table and sentence say what utils.compare finds in the models themselves."""
    with torch.device("meta"):
        networks = {
            "paper": (AlexNet(), (3, 224, 224)),
            "program of 2012": (ProgramAlexNet(), (3, 224, 224)),
            "Caffe": (caffe_alexnet(), (3, 227, 227)),
            "torchvision": (alexnet(), (3, 224, 224)),
            "d2l, PyTorch": (D2LAlexNet(), (1, 224, 224)),
        }
        (left, _), (right, _) = networks[first], networks[second]
        costs = [compare.cost(*networks[name]) for name in (first, second)]
    read = "rows => rows.map(row => [...row.children].map(cell => cell.innerText.trim()))"
    heads, *shown = widget.locator("tr:visible").evaluate_all(read)
    assert heads == ["", first, second]
    signed = {label[2:]: tuple(texts) for label, *texts in shown if label.startswith("≠ ")}
    unsigned = {label: tuple(texts) for label, *texts in shown if not label.startswith("≠ ")}
    assert all(a == b for a, b in unsigned.values())
    assert all(a != b for a, b in signed.values())
    table = compare.difference(right, left)
    expected = {label: (a, b) for label, a, b in table.itertuples(name=None)}
    assert {k: v for k, v in signed.items() if re.search("conv|fc", k)} == expected
    stages = compare.stages(left).keys() | compare.stages(right).keys()
    assert bool(unsigned) != only
    assert only or {k for k in signed | unsigned if re.search("conv|fc", k)} == stages
    said = widget.locator(".bw-state").inner_text()
    assert said.startswith(f"{len(table) or 'None'} of {len(stages)} stages differ")
    for what in ("parameters", "MACs"):
        a, b = (cost[what] for cost in costs)
        if a != b:
            assert signed[what] == (f"{a:,}", f"{b:,}")
        words = f"{abs(b - a):,} {what} {'more' if b > a else 'fewer'}" if a != b else "as many"
        assert words in said


def gap_agrees(widget, **settings):
    """What is said and what the table has, against Python."""
    expected = IlsvrcGap(**settings)
    assert widget.locator(".bw-state").inner_text() == expected.words()
    cells = widget.locator(".bw-gap tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].slice(1).map(cell => cell.textContent))"
    )
    for i, one in enumerate(expected.pair()):
        column = [row[i] for row in cells]
        assert column[1:] == [one.role, one.features, one.networks, one.data, one.source]


@widths
def test_gap_by_keyboard(open_widget, width):
    widget = open_widget(GAP, width)
    gap_agrees(widget)
    press(widget, "second", "ArrowDown")
    gap_agrees(widget, second="2012, AlexNet, 5 networks")
    press(widget, "first", "Home")
    gap_agrees(widget, first="2010, best entry", second="2012, AlexNet, 5 networks")
    before = widget.locator("canvas").evaluate("canvas => canvas.toDataURL()")
    press(widget, "axis", "ArrowDown")
    assert widget.locator("canvas").evaluate("canvas => canvas.toDataURL()") != before
    widget.get_by_role("button", name="Reset").press("Enter")
    settle(widget)
    gap_agrees(widget)
    fits = "cells => cells.every(cell => cell.scrollWidth <= cell.clientWidth)"
    assert widget.locator("td:visible").evaluate_all(fits)


@widths
def test_gap_by_mouse(open_widget, width):
    widget = open_widget(GAP, width)
    x, y = (34 + 14 + 5 / 7 * 290) / 360, (246 - 3.57 / 33 * 226) / 270  # ResNet, 2015
    click(widget, 0, x, y)
    found = widget.get_by_label("second", exact=True).evaluate("menu => menu.value")
    assert found in ("2015, ResNet", "2015, second")  # hardly a pixel apart
    gap_agrees(widget, second=found)
    click(widget, 0, 0.99, 0.05)  # nothing is near
    gap_agrees(widget, second=found)


@widths
def test_diff_by_keyboard(open_widget, width):
    widget = open_widget(DIFF, width)
    diff_agrees(widget, "paper", "torchvision")
    press(widget, "on the right", "c")  # a menu jumps to the entry that begins so
    diff_agrees(widget, "paper", "Caffe")
    press(widget, "rows", "ArrowDown")
    diff_agrees(widget, "paper", "Caffe", only=True)
    press(widget, "on the left", "ArrowDown")
    diff_agrees(widget, "program of 2012", "Caffe", only=True)
    widget.get_by_role("button", name="Reset").press("Enter")
    settle(widget)
    diff_agrees(widget, "paper", "torchvision")


@widths
def test_diff_by_mouse(open_widget, width):
    widget = open_widget(DIFF, width)
    for first, second in (("d2l, PyTorch", "program of 2012"), ("paper", "paper")):
        widget.get_by_label("on the left").select_option(first)
        widget.get_by_label("on the right").select_option(second)
        settle(widget)
        diff_agrees(widget, first, second)
        fits = "cells => cells.every(cell => cell.scrollWidth <= cell.clientWidth)"
        assert widget.locator("td:visible").evaluate_all(fits)
    widget.get_by_label("rows", exact=True).select_option("only what differs")
    settle(widget)
    diff_agrees(widget, "paper", "paper", only=True)


@widths
def test_diff_is_a_table_that_says_which_rows_differ(open_widget, width):
    table = open_widget(DIFF, width).get_by_role("table")
    names = "paper", "torchvision"
    assert [table.get_by_role("columnheader", name=name).count() for name in names] == [1, 1]
    assert table.get_by_role("rowheader", name="differs conv1", exact=True).count() == 1
    assert table.get_by_role("rowheader", name="fc6", exact=True).count() == 1
    assert table.get_by_role("row").nth(1).get_by_role("cell").count() == 2
    assert table.locator(":is(tr, th, td):not([role])").count() == 0


def test_diff_marks_what_only_one_of_the_two_has(open_widget):
    widget = open_widget(DIFF)
    press(widget, "on the left", "d")
    press(widget, "on the right", "p")
    press(widget, "on the right", "p")  # the second that begins so: program of 2012
    row = widget.get_by_role("row", name="differs after conv1")
    marked = [cell.locator("mark").all_inner_texts() for cell in row.get_by_role("cell").all()]
    assert marked == [["ReLU"], ["LRN k=2, per column", "ReLU"]]


# --- The kit ------------------------------------------------------------------------------------


# --- Two networks to scale ----------------------------------------------------------------------


def scale_agrees(widget, upper, lower, quantity):
    """What is said and shown of two layers is what Python counts."""
    place = {"output values": 3, "parameters": 4, "MACs": 5, "bytes of memory": 6}[quantity]
    with torch.device("meta"):
        nets = {"LeNet": layers(LeNet(), (1, 28, 28)), "AlexNet": layers(AlexNet(), (3, 224, 224))}
    chosen = [(net, next(row for row in nets[net] if row[0] == layer)) for net, layer in
              (("LeNet", upper), ("AlexNet", lower))]  # fmt: skip
    said = widget.locator(".bw-state").inner_text()
    has = [f"{net}: {row[0]} has {row[place]:,}" for net, row in chosen]
    assert said.startswith(f"{has[0]} {quantity}, {has[1]}")
    table = rows(widget.get_by_role("table"))
    for column, (_, row) in enumerate(chosen, start=1):
        assert [line[column] for line in table[:2]] == row[1:3]
        assert [line[column].split(" (")[0] for line in table[2:]] == [f"{n:,}" for n in row[3:]]


@widths
def test_scale_by_keyboard(open_widget, width):
    widget = open_widget(SCALE, width)
    scale_agrees(widget, "conv1", "conv1", "output values")
    press(widget, "area shows", "p")
    press(widget, "layer above", "ArrowRight")
    press(widget, "layer below", "ArrowRight")
    scale_agrees(widget, "conv2", "conv2", "parameters")
    assert "127 times as many" in widget.locator(".bw-state").inner_text()
    press(widget, "layer below", "End")
    scale_agrees(widget, "conv2", "fc8", "parameters")
    press(widget, "below", "t")
    assert "torchvision: fc8" in widget.locator(".bw-state").inner_text()
    heads = [rows(widget.get_by_role("table"))[0][0]]
    press(widget, "layer above", "End")
    heads.append(rows(widget.get_by_role("table"))[0][0])
    assert heads == ["kernels; in to out", "in to out"]  # a Linear has no kernels
    fits = "table => table.scrollWidth <= table.parentElement.clientWidth - 20"
    assert widget.get_by_role("table").evaluate(fits)
    press(widget, "above", "t")
    press(widget, "layer above", "End")
    assert widget.locator(".bw-state").inner_text().endswith(": as many.")
    widget.get_by_role("button", name="Reset").press("Enter")
    settle(widget)
    scale_agrees(widget, "conv1", "conv1", "output values")


@widths
def test_scale_by_mouse(open_widget, width):
    widget = open_widget(SCALE, width)
    widget.get_by_label("area shows").select_option("MACs")
    click(widget, 0, 0.98, 0.7)
    click(widget, 0, 0.02, 0.1)
    scale_agrees(widget, "input", "fc8", "MACs")
    fits = "cells => cells.every(cell => cell.scrollWidth <= cell.clientWidth)"
    assert widget.locator("td:visible").evaluate_all(fits)


# Texts of menus and values of sliders that are wider than their room; an arrow takes 20 px.
CUT = """widget => {
  const context = document.createElement("canvas").getContext("2d");
  const menus = [...widget.querySelectorAll("select")].filter(menu => menu.checkVisibility());
  const options = menus.flatMap(menu => {
    const style = getComputedStyle(menu), left = parseFloat(style.paddingLeft);
    context.font = `${style.fontSize} ${style.fontFamily}`;
    const room = menu.clientWidth - 2 * left - 20;
    return [...menu.options].map(o => o.text).filter(t => context.measureText(t).width > room);
  });
  const values = [...widget.querySelectorAll(".bw-control output")];
  return [...options, ...values.filter(o => o.scrollWidth > o.clientWidth).map(o => o.innerText)];
}"""


@ways
@pytest.mark.parametrize("name", sorted(set(CHAPTER.values())))
def test_every_widget_mounts_on_both_ways(open_page, name, how):
    page = open_page(how, name)
    assert page.locator(".widget-problem").count() == 0
    titles = [title for title in CHAPTER if CHAPTER[title] == name]
    assert page.locator("figure.widget").count() == len(titles)
    for title in titles:
        widget = page.get_by_role("group", name=title)
        widget.scroll_into_view_if_needed()
        assert widget.is_visible()
        assert widget.evaluate(CUT) == []
    assert page.complaints == []


@widths
@pytest.mark.parametrize("name", sorted(set(CHAPTER.values())))
def test_nothing_moves_when_widgets_appear(browser, sites, name, width):
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.add_init_script(
        "globalThis.shifts = []; new PerformanceObserver(list => shifts.push(...list.getEntries()"
        ".map(entry => [entry.value, ...entry.sources.map(s => s.node?.outerHTML?.slice(0, 80))])))"
        ".observe({ type: 'layout-shift', buffered: true });"
    )
    page.goto(f"{sites['http']}{name}.html")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Shift")  # a reader begins: the whole page is laid out
    for figure in page.locator("figure.widget").all():
        figure.scroll_into_view_if_needed()
        figure.locator(".bw").wait_for()
        settle(figure)
        room, needed = figure.evaluate(
            "f => [parseFloat(getComputedStyle(f.querySelector('.widget-stage')).minHeight), "
            "f.querySelector('.bw').offsetHeight]"
        )
        title = figure.locator(".bw").get_attribute("aria-label")
        assert needed <= room <= needed + 80, f"{title} needs {needed} px at {width}: set `heights`"
    shifts = page.evaluate("shifts")
    context.close()
    assert sum(value for value, *_ in shifts) < 0.001, shifts


@pytest.mark.parametrize("name", sorted(set(CHAPTER.values())))
def test_without_javascript_a_picture_and_a_caption_are_left(browser, sites, name):
    context = browser.new_context(viewport={"width": 390, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{sites['http']}{name}.html")
    for figure in page.locator("figure.widget").all():
        picture = figure.locator("img")
        picture.scroll_into_view_if_needed()
        assert picture.get_attribute("alt")
        assert picture.is_visible()
        caption = figure.locator("figcaption").inner_text()
        assert "Where JavaScript runs, this figure is interactive" in caption
        stage, image = figure.locator(".widget-stage").bounding_box(), picture.bounding_box()
        assert stage["height"] < image["height"] + 60  # no room is kept for what will not come
    context.close()


def broken(open_page, change):
    """Chapter 3, what its widgets have saved changed on the way to the browser."""
    return open_page("http", "03_layer_shapes", change=change, saved=True)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda saved: saved.replace('"encoding": "base64"', '"encoding": "hex"'),
            "has the encoding “hex”",
        ),
        (lambda saved: saved.replace('"_esm": "', '"_esm": "<'), "could not be made interactive"),
        (
            lambda saved: saved.replace('"_esm": "', '"_other": "'),
            "it was saved without its program",
        ),
        (lambda saved: 'globalThis.bookFile = {"state": {}}', "its saved state is missing"),
        (
            lambda saved: saved.replace("export default { render }", "export default { }"),
            "could not be",
        ),
        (
            lambda saved: saved.replace("const photo = bytes(", "model.send(); bytes("),
            "running kernel",
        ),
    ],
    ids=["encoding", "syntax", "no program", "no state", "no render", "kernel"],
)
def test_what_cannot_be_mounted_is_said_below_its_picture(open_page, change, sentence):
    page = broken(open_page, change)
    problem = page.locator(".widget-problem").first
    problem.wait_for()
    assert sentence in problem.inner_text()
    assert "The picture shows how it begins." in problem.inner_text()
    figure = page.locator("figure.widget").first
    assert figure.locator("img").is_visible()
    assert figure.locator("canvas").count() == 0


def test_values_that_do_not_arrive_are_said_below_every_picture(open_page):
    page = open_page(
        "http", "03_layer_shapes", change=lambda html: html.replace('="widget-files/', '="no/')
    )
    figures = page.locator("figure.widget")
    expect(page.locator(".widget-problem")).to_have_count(figures.count())
    said = page.locator(".widget-problem").first.inner_text()
    assert re.search(r"its values \(no/03_layer_shapes\.js\?v=\w+\) cannot be loaded", said), said
    assert figures.first.locator("img").is_visible()


def test_after_values_that_did_not_arrive_the_next_widget_asks_again(open_page):
    page = open_page("http", "03_layer_shapes", read=False)
    page.route("**/widget-files/**", lambda route: route.abort(), times=1)
    page.locator("figure.widget").first.scroll_into_view_if_needed()
    page.locator(".widget-problem").first.wait_for()
    page.locator("figure.widget").last.scroll_into_view_if_needed()
    page.locator("figure.widget").last.locator(".bw").wait_for()


def test_a_page_that_nobody_reads_asks_for_no_values(open_page):
    page = open_page("http", "03_layer_shapes", read=False)
    assert not any("widget-files" in request for request in page.requests)


def test_one_broken_widget_leaves_the_others_alone(open_page):
    page = broken(
        open_page, lambda saved: saved.replace('"encoding": "base64"', '"encoding": "z"', 1)
    )
    page.locator(".widget-problem").wait_for()
    assert page.locator(".widget-problem").count() == 1
    assert page.locator("figure.widget .bw").count() == page.locator("figure.widget").count() - 1


def test_widgets_follow_the_colour_mode_at_once(open_page):
    page = open_page("http", "03_layer_shapes", scheme="light")
    widget = page.get_by_role("group", name=FIELD)
    colour = "w => getComputedStyle(w).backgroundColor"
    corner = "c => [...c.getContext('2d').getImageData(2, c.height - 3, 1, 1).data].slice(0, 3)"
    light = widget.evaluate(colour), widget.locator("canvas").evaluate(corner)
    while page.evaluate("document.documentElement.dataset.theme") != "dark":
        page.locator("button.theme-switch-button:visible").click()
    settle(widget)
    dark = widget.evaluate(colour), widget.locator("canvas").evaluate(corner)
    assert light[0] != dark[0]
    assert sum(light[1]) > sum(dark[1])


# --- Signal and gradient through the layers -----------------------------------------------------


def same_signals(widget, **settings):
    """The table shows the first, middle and last layer and the ratios, as PyTorch has them."""
    found = SignalDepth(**settings).signals()
    places = [0, (len(found) - 1) // 2, len(found) - 1]
    expected = [*(found[place] for place in places), found[0] / found[-1]]
    table = widget.get_by_role("table")
    for (head, *cells), values in zip(rows(table), expected, strict=True):
        for cell, value in zip(cells, values, strict=True):
            assert scientific(cell) == pytest.approx(value, rel=0.06), (head, cell, value)
    assert rows(table)[2][0] == f"layer {len(found)}"


def scientific(text):
    """The number in "0.12" or "3.4·10⁻⁵"."""
    plain = text.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(plain.replace("·10", "e"))


@widths
def test_signals_by_keyboard(open_widget, width):
    widget = open_widget(SIGNAL, width)
    same_signals(widget)
    press(widget, "activation", "R")
    same_signals(widget, activation="ReLU")
    press(widget, "spread of the weights", "Home")
    press(widget, "hidden layers", "End")
    same_signals(widget, activation="ReLU", spread=0, depth=30)
    press(widget, "seed", "ArrowRight", 2)
    press(widget, "activation", "t")
    same_signals(widget, activation="tanh", spread=0, depth=30, seed=2)
    said = widget.locator(".bw-state").inner_text()
    assert widget.locator("canvas").get_attribute("aria-label") == said
    widget.get_by_role("button", name="Reset").click()
    settle(widget)
    same_signals(widget)


# --- Dropout, pass by pass ----------------------------------------------------------------------


def same_masks(widget, **settings):
    """The table and the sentence have the numbers that Python computes from the stored layer."""
    stored = json.loads(Path("book/06_dropout.ipynb").read_text(encoding="utf-8"))
    models = stored["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    (state,) = (model["state"] for model in models.values() if "dropped" in model["state"])
    python = DropoutMasks(state["values"], state["weights"], **settings)
    found, (mean, spread, evaluation) = python.sums(), python.formula()
    if python.mode == "evaluation":
        mean, spread = evaluation, 0
    expected = [[found.mean(), mean], [found.std(), spread], [evaluation]]
    for cells, values in zip(rows(widget.get_by_role("table")), expected, strict=True):
        assert numbers(" ".join(cells[1:])) == pytest.approx(values, abs=0.0051)
    said = widget.locator(".bw-state").inner_text()
    assert said.startswith(f"After {python.passes} pass")
    assert widget.locator("canvas").nth(1).get_attribute("aria-label") == said


@widths
def test_masks_by_keyboard(open_widget, width):
    widget = open_widget(MASKS, width)
    same_masks(widget)
    press(widget, "passes", "End")
    same_masks(widget, passes=300)
    press(widget, "p (dropped)", "ArrowRight", 10)
    same_masks(widget, passes=300, dropped=60)
    press(widget, "scaling", "ArrowDown")
    same_masks(widget, passes=300, dropped=60, rule="paper")
    press(widget, "mode", "e")
    same_masks(widget, passes=300, dropped=60, rule="paper", mode="evaluation")
    assert "64 units, 0 of them dropped" in widget.locator("canvas").first.get_attribute(
        "aria-label"
    )
    press(widget, "scaling", "ArrowDown")
    same_masks(widget, passes=300, dropped=60, rule="none", mode="evaluation")
    widget.get_by_role("button", name="Reset").click()
    settle(widget)
    same_masks(widget)


@widths
def test_masks_by_mouse(open_widget, width):
    widget = open_widget(MASKS, width)
    slider = widget.get_by_label("passes", exact=True)
    box = slider.bounding_box()
    slider.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
    settle(widget)
    same_masks(widget, passes=300)
    widget.get_by_role("button", name="Play").click()  # from the end: begins again
    widget.get_by_role("button", name="Pause").click()
    settle(widget)
    same_masks(widget, passes=int(slider.input_value()))


# --- Augmentation studio ------------------------------------------------------------------------

FREE = 33  # places in each direction


def studio_agrees(widget, **settings):
    """Place and colour are those that Python computes for these settings."""
    python = AugmentationStudio(**{"a1": 10, "a2": -5} | settings)
    said = widget.locator(".bw-state").inner_text()
    index = (python.mirrored * FREE + python.top) * FREE + python.left + 1
    assert said.startswith(f"Crop {index} of {2 * FREE**2} ")
    colour = numbers(re.search(r"pixel: (.*) levels", said)[1])
    assert colour == pytest.approx(python.shift().tolist(), abs=0.051)


@widths
def test_studio_by_keyboard(open_widget, width):
    widget = open_widget(STUDIO, width)
    studio_agrees(widget)
    press(widget, "down (px)", "Home")
    press(widget, "across (px)", "ArrowRight", 3)
    press(widget, "mirror", "m")
    studio_agrees(widget, top=0, left=19, mirrored=1)
    press(widget, "α₁", "End")
    press(widget, "α₃", "ArrowLeft", 2)
    studio_agrees(widget, top=0, left=19, mirrored=1, a1=30, a3=-2)
    press(widget, "α times", "ArrowDown")
    studio_agrees(widget, top=0, left=19, mirrored=1, a1=30, a3=-2, unit="levels")
    assert "100 % of the crop" in widget.locator(".bw-state").inner_text()
    press(widget, "show", "t")
    assert widget.locator(".bw-state").inner_text().startswith("Averaged")
    assert "Ten crops" in widget.locator("canvas").nth(1).get_attribute("aria-label")
    cloud = widget.locator("canvas").nth(2)
    before = cloud.evaluate("canvas => canvas.toDataURL()")
    press(widget, "turn cloud", "ArrowRight", 5)
    assert cloud.evaluate("canvas => canvas.toDataURL()") != before
    assert "that is one crop again" in widget.locator(".bw-caption").first.inner_text()
    press(widget, "across (px)", "ArrowLeft")  # chooses one crop, and so shows it
    studio_agrees(widget, top=0, left=18, mirrored=1, a1=30, a3=-2, unit="levels")
    widget.get_by_role("button", name="Reset").press("Enter")
    settle(widget)
    studio_agrees(widget)


@widths
def test_studio_by_mouse(open_widget, width):
    widget = open_widget(STUDIO, width)
    click(widget, 0, 0.05, 0.95)
    studio_agrees(widget, top=32, left=0)
    widget.locator("canvas").first.scroll_into_view_if_needed()
    box = widget.locator("canvas").first.bounding_box()
    mouse = widget.page.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + 0.9 * box["width"], box["y"] + 0.1 * box["height"])
    mouse.up()
    settle(widget)
    studio_agrees(widget, top=0, left=32)


def test_studio_shows_the_crop_that_python_makes(open_widget):
    """The middle pixel of the crop, up to the half of the pixels that the page has not."""
    widget = open_widget(STUDIO)
    read = (
        "canvas => [...canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, "
        "1, 1).data].slice(0, 3)"
    )
    seen = torch.tensor(widget.locator("canvas").nth(1).evaluate(read))
    there = 255 * AugmentationStudio(a1=10, a2=-5).crop()[:, 108:116, 108:116]
    assert (there.amin((1, 2)) - 12 < seen).all()
    assert (seen < there.amax((1, 2)) + 12).all()


# --- Local response normalisation of nine channels ----------------------------------------------


def same_responses(widget, **settings):
    """The table has input, output and gain of every channel, as PyTorch has them."""
    for row, values in zip(
        rows(widget.get_by_role("table")),
        zip(*ResponseNorm(**settings).normalised(), strict=True),
        strict=True,
    ):
        shown = [float(cell.replace("−", "-")) for cell in row[1:]]
        assert shown == pytest.approx(values, rel=0.006), (row, values)


@widths
def test_response_norm_by_keyboard(open_widget, width):
    widget = open_widget(NORM, width)
    same_responses(widget)
    press(widget, "input times", "Home")
    same_responses(widget, scale=0)
    press(widget, "input times", "End")
    press(widget, "alpha is", "d")
    same_responses(widget, scale=7, formula="divided by n")
    press(widget, "channel", "ArrowRight")
    press(widget, "its response", "End")
    responses = [5, 5, 5, 5, 300, 300, 5, 5, 5]
    settings = {"scale": 7, "formula": "divided by n", "responses": responses}
    same_responses(widget, **settings)
    for control in ("n", "k", "alpha", "beta"):
        press(widget, control, "ArrowRight")
    same_responses(widget, **settings, size=3, k=3, alpha=3, beta=4)
    said = widget.locator(".bw-state").inner_text()
    assert said.startswith("Channel 6: 900 becomes")
    assert widget.locator("canvas").first.get_attribute("aria-label") == said
    widget.get_by_role("button", name="Reset").click()
    settle(widget)
    same_responses(widget)


def test_response_norm_by_mouse(open_widget):
    widget = open_widget(NORM)
    box = widget.locator("canvas").first.bounding_box()
    x = (44 + 1.5 * (440 - 44) / 9) / 440 * box["width"]  # the second channel
    widget.locator("canvas").first.click(position={"x": x, "y": 0.5 * box["height"]})
    settle(widget)
    state = widget.locator(".bw-state").inner_text()
    response = int(re.match(r"Channel 2: (\d+) becomes", state)[1])
    assert 120 < response < 190
    same_responses(widget, responses=[5, response, 5, 5, 300, 5, 5, 5, 5])


# --- Filter explorer ----------------------------------------------------------------------------


def explorer_agrees(widget, **settings):
    """The numbers, and the place of the largest response, are those that Python computes."""
    frames = records.load("filters_from_photographs")["runs"][0]["arms"]["96 filters"]["frames"]
    python = FilterExplorer(frames, **settings)
    response = python.response()
    row, column = np.unravel_index(response.argmax(), response.shape)
    said = widget.locator(".bw-state").inner_text()
    values = python.numbers[["before", "after"].index(python.when)][python.filter - 1]
    assert said.startswith(f"Filter {python.filter}: colour index {values[0]:.2f}.")
    assert f"in row {row + 1}, column {column + 1} of 31" in said
    shown = [numbers(cells[-1])[0] for cells in rows(widget.get_by_role("table"))]
    assert shown == pytest.approx(values, abs=0.0051)


@widths
def test_explorer_by_keyboard(open_widget, width):
    widget = open_widget(FILTERS, width)
    explorer_agrees(widget)
    press(widget, "filter", "ArrowRight", 4)
    explorer_agrees(widget, filter=5)
    press(widget, "weights", "ArrowUp")
    explorer_agrees(widget, filter=5, when="before")
    press(widget, "filter", "End")
    explorer_agrees(widget, filter=96, when="before")
    widget.get_by_role("button", name="Reset").click()
    settle(widget)
    explorer_agrees(widget)


@widths
def test_explorer_by_mouse(open_widget, width):
    widget = open_widget(FILTERS, width)
    click(widget, 0, 2.5 / 12, 1.5 / 8)  # third in the second row
    explorer_agrees(widget, filter=15)
