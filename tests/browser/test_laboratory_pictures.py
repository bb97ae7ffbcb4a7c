"""What the laboratory draws, of made-up runs: what is said, what is told apart, how fast."""

from itertools import pairwise

import pytest

from utils.page_files import HERE, script
from utils.widgets.base import style

CLASSES = [
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
]  # fmt: skip
# Runs whose loss falls to `floor` with some noise, and what is drawn of `all`, `shown`.
IN_PAGE = """
const noise = (i) => (Math.sin(12.9898 * i) * 43758.5453) % 1;
const settings = {
  network: "LeNet", activation: "ReLU", initial: "He", norm: "none", dropout: 0, flip: false,
  crop: false, optimiser: "momentum", rate: 0.01, batch: 64, images: 8000, epochs: 3, seed: 0,
};
function madeUp(hue, { floor = 0.4, steps = 375, ...more } = {}) {
  const [perEpoch, epochs] = [125, Math.floor(steps / 125)];
  const fall = (step) => floor + (2.3 - floor) * Math.exp(-step / 90);
  const known = (step) => Math.max(0.1, 1 - fall(step) / 2.3);
  return {
    name: `run ${hue}`, short: more.name ?? `run ${hue}`, hue, settings, perEpoch, planned: steps,
    losses: Array.from({ length: steps }, (_, i) => fall(i) * (1 + 0.3 * noise(i + 1000 * hue))),
    correct: Array.from({ length: steps }, (_, i) => Math.round(64 * known(i))),
    tests: Array.from({ length: epochs }, (_, i) => known(125 * (i + 1)) - 0.02),
    gradients: ["conv1", "conv2", "fc3", "fc4", "fc5"].map(
      (layer, i) => [`${layer}.weight`, 10 ** (-1.4 * (5 - i))]),
    filters: { shape: [6, 1, 5, 5], data: Float32Array.from({ length: 150 }, (_, i) => noise(i)) },
    confusion: confusion(), band: undefined, problem: undefined, ...more,
  };
}
function confusion() {
  const counts = new Int32Array(100);
  for (let i = 0; i < 10; i++) [counts[11 * i], counts[10 * i + ((i + 2) % 10)]] = [180, 20];
  [counts[66], counts[60], counts[64], counts[68]] = [120, 50, 22, 8];
  return counts;
}
/** What `work` writes on canvases: [text, x, y], and the lines that it draws: [[x, y], …]. */
function heard(work) {
  const kind = CanvasRenderingContext2D.prototype, words = [], lines = [];
  const { fillText, lineTo, beginPath } = kind;
  kind.fillText = function (text, x, y) {
    words.push([String(text), x, y]);
    fillText.call(this, text, x, y);
  };
  kind.beginPath = function () { lines.push([]); beginPath.call(this); };
  kind.lineTo = function (x, y) { lines.at(-1).push([x, y]); lineTo.call(this, x, y); };
  work();
  Object.assign(kind, { fillText, lineTo, beginPath });
  return { words, lines };
}
let all = [], shown;
const view = () => ({ runs: all, shown, classes, planned: 3 });
const parts = {
  loss: labLoss(view), accuracy: labAccuracy(view), filters: labFilters(view),
  gradients: labGradients(view), confusion: labConfusion(view),
};
function show(runs, which = runs.at(-1)) {
  [all, shown] = [runs, which];
  for (const part of Object.values(parts)) part.update();
}
"""
LAYOUT = """
document.body.append(h("div", { class: "bw" }, columns(parts.loss, parts.accuracy),
  columns(box({}, parts.filters, parts.gradients), parts.confusion)));
show([]);
"""


def written(folder, dark=False):
    """A page from the disk with the kit and the pictures, as a widget would join them."""
    code = "".join(script(HERE / "widgets", n) for n in ("kit.js", "laboratory_pictures.js"))
    theme = ' data-theme="dark"' if dark else ""
    (folder / "page.html").write_text(
        f"<!doctype html><html{theme}><meta charset=utf-8><style>{style()}</style><body>"
        f"<script>{code}const classes = {CLASSES};{IN_PAGE}{LAYOUT}</script>",
        encoding="utf-8",
    )
    return (folder / "page.html").as_uri()


@pytest.fixture
def page(browser, tmp_path):
    page = browser.new_page(viewport={"width": 740, "height": 900})
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(written(tmp_path))
    yield page
    page.close()
    assert problems == []


def labels(page, script):
    """What is said of each part once `script` has shown some runs."""
    return page.evaluate(
        f"() => {{ {script}; return Object.fromEntries(Object.entries(parts).map("
        "([name, { node }]) => [name, node.ariaLabel])); }"
    )


def test_without_a_run_the_pictures_say_what_will_come(page):
    assert labels(page, "show([])") == {
        "loss": "Training loss by epoch, the mean of 20 steps. No run yet.",
        "accuracy": "Accuracy after each epoch. No run yet.",
        "filters": "first-layer filters: after the first step",
        "gradients": "root mean square gradient: after the first step",
        "confusion": "answers to the test images: after the first test",
    }


def test_a_run_is_told_to_those_who_cannot_see_it(page):
    run = """show([madeUp(0, {
      name: "LeNet", losses: [9, ...Array(20).fill(0.5)], perEpoch: 10, planned: 30,
      correct: Array.from({ length: 21 }, (_, i) => i < 10 ? 16 : 48), tests: [0.4, 0.7],
      gradients: [["conv1.weight", 2e-9], ["fc2.weight", 0.05], ["fc3.weight", NaN]],
    })])"""
    assert labels(page, run) == {
        "loss": "Training loss by epoch, the mean of 20 steps. LeNet: 0.500 at epoch 2.1.",
        "accuracy": "Accuracy after each epoch. "
        "LeNet: 0.700 in the test and 0.750 in training after epoch 2.",
        "filters": "6 first-layer filters of 5 × 5 of LeNet; grey is 0.",
        "gradients": "Root mean square gradient of the last step of LeNet. "
        "conv1: 2.0·10⁻⁹, fc2: 0.050, fc3: not a number.",
        "confusion": "Answers of LeNet to 2,000 test images: 87.0 % are right. "
        "The largest mistake: Shirt taken for T-shirt/top, 50 of 200.",
    }


def test_a_run_that_has_not_begun_or_has_failed_is_told_too(page):
    begun = """const none = { losses: [], correct: [], tests: [], gradients: [] };
      show([madeUp(0, { ...none, filters: undefined, confusion: undefined }),
        madeUp(1, { ...none, losses: [2.3, 900], problem: "It diverges." })])"""
    said = labels(page, begun)
    assert said["loss"].endswith("run 0: no step yet. run 1: It diverges.")
    assert said["accuracy"].endswith("run 0: no test yet. run 1: no test yet.")
    perfect = """const confusion = Int32Array.from({ length: 100 }, (_, i) => i % 11 ? 0 : 9);
      show([madeUp(0, { confusion })]);"""
    assert labels(page, perfect)["confusion"].endswith("100.0 % are right. There is no mistake.")


def test_the_largest_mistake_is_framed(page):
    """And numbers stand where row and column of their classes meet."""
    words = page.evaluate("() => heard(() => show([madeUp(0)])).words")
    place = {text: (x, y) for text, x, y in words if text in ("50", "120", "Shirt")}
    assert place["50"][1] == place["120"][1]
    assert place["120"][0] - place["50"][0] == pytest.approx(6 * 24)
    frames = page.evaluate("""() => {
      const { strokeRect } = CanvasRenderingContext2D.prototype, wide = [];
      CanvasRenderingContext2D.prototype.strokeRect = function (...box) {
        if (this.lineWidth > 1) wide.push(box);
      };
      parts.confusion.update();
      Object.assign(CanvasRenderingContext2D.prototype, { strokeRect });
      return wide;
    }""")
    ((left, top, width, height),) = frames
    assert place["50"] == pytest.approx((left + width / 2, top + height / 2))


def test_a_line_beyond_the_axis_leaves_the_chart(page):
    heights = page.evaluate("""() => {
      const run = madeUp(0, { losses: Array.from({ length: 375 }, (_, i) => i < 200 ? 1 : 1e30) });
      show([run]);
      return heard(parts.loss.update).lines.map((line) => line.map(([, y]) => y));
    }""")
    lines = [line for line in heights if len(line) > 100]
    assert lines  # single steps, and their means
    assert {line.count(24) for line in lines} == {1}  # the top of the axes, where it leaves
    parts = "([values, domain]) => partsInside(values.map((v, i) => [i, v]), domain)"
    assert page.evaluate(parts, [[9, 9, 1, 2, 9, 1, 9, 9, 0.5], [0, 3]]) == [
        [[1, 9], [2, 1], [3, 2], [4, 9], [5, 1], [6, 9]],
        [[7, 9], [8, 0.5]],
    ]


def ticks(page, part, script):
    """The numbers on the axes of a chart: words left of the lines, and below them."""
    words = page.evaluate(f"() => {{ {script}; return heard(parts.{part}.update).words; }}")
    return [t for t, x, y in words if x < 26 and y > 20], [t for t, _, y in words if y > 180]


def test_accuracies_that_lie_close_are_seen_from_near(page):
    near = "show([0, 1].map((hue) => madeUp(hue, { tests: [0.4, 0.7, 0.8] })))"
    assert ticks(page, "accuracy", near)[0] == ["0.6", "0.7", "0.8", "0.9", "1"]
    far = "show([madeUp(0), madeUp(1, { tests: [0.4, 0.5, 0.59] })])"
    assert ticks(page, "accuracy", far)[0] == ["0", "0.5", "1"]
    assert ticks(page, "accuracy", "show([])")[0] == ["0", "0.5", "1"]


def test_runs_with_other_numbers_of_images_are_shown_by_images_seen(page):
    assert ticks(page, "loss", "show([])")[1] == ["0", "1", "2", "3", "epochs"]
    few = "madeUp(1, { settings: { ...settings, images: 1000 }, perEpoch: 15, planned: 450 })"
    assert ticks(page, "loss", f"show([{few}])")[1][-2:] == ["30", "epochs"]
    below = ticks(page, "loss", f"show([madeUp(0), {few}])")[1]
    assert below[-2:] == ["30", "thousand images"]


def test_a_band_stands_behind_the_run_that_is_shown_only(page):
    titles = page.evaluate("""() => {
      const band = { losses: [[10, 1, 2], [300, 0.5, 0.6]], tests: [[0.5, 0.6], [0.6, 0.7]] };
      const [plain, banded] = [madeUp(0), madeUp(1, { band })];
      return [plain, banded].map((run) => heard(() => show([plain, banded], run)).words
        .filter(([text]) => text.includes("grey")).length);
    }""")
    assert titles == [0, 2]  # both charts


@pytest.mark.parametrize("name", ["run", "a rather long learning rate", "Incomprehensibilities"])
def test_names_of_lines_that_end_together_stand_apart(page, name):
    words = page.evaluate(
        """name => {
          show([0, 1, 2, 3].map((hue) => madeUp(hue, { name: `${name} ${hue}`, floor: 2.3 })));
          return heard(parts.loss.update).words.filter(([, x]) => x > 150);
        }""",
        name,
    )
    shown = " ".join(text for text, *_ in words)
    assert all(f"{hue}" in shown for hue in range(4))
    heights = sorted(y for text, _, y in words if text not in ("3", "epochs"))
    assert min(below - above for above, below in pairwise(heights)) >= 12
    assert heights[0] > 12
    assert heights[-1] < 186  # the numbers below


def test_things_are_spread_no_further_than_they_must(page):
    spread = "([places, heights]) => spreadApart(places, heights, 0, 100)"
    assert page.evaluate(spread, [[80, 20, 50], [10, 10, 10]]) == [80, 20, 50]
    assert page.evaluate(spread, [[50, 50], [10, 30]]) == [50, 70]
    assert page.evaluate(spread, [[99, 98, 0], [10, 10, 10]]) == [95, 85, 5]


def test_four_runs_can_be_told_apart_without_colour(page):
    """Each hue has a look of its own, though all have one colour, one name and one loss."""
    page.add_style_tag(
        content=".bw { --book-orange: #0072b2; --book-green: #0072b2; --book-purple: #0072b2 }"
    )
    looks = page.evaluate("""() => {
      const { losses } = madeUp(0);
      return [0, 1, 2, 3].map((hue) => {
        show([madeUp(hue, { name: "a run", losses })]);
        return ["loss", "accuracy", "gradients"].map((name) => parts[name].node.toDataURL());
      });
    }""")
    for chart in zip(*looks, strict=True):
        assert len(set(chart)) == 4


def test_an_update_takes_less_than_a_tenth_of_its_time(page):
    """Four runs of 3,750 steps; it comes ten times a second."""
    times = page.evaluate("""() => {
      const runs = [0, 1, 2, 3].map((hue) => madeUp(hue, { steps: 3750 })), times = [];
      for (let i = 0; i < 20; i++) {
        const start = performance.now();
        show(runs);
        times.push(performance.now() - start);
      }
      return times;
    }""")
    assert min(times) < 10


SAVED = """() => {
  show([madeUp(0, { name: "plain" }), madeUp(1, { name: "dropped", problem: "It diverges.",
    settings: { ...settings, norm: "LRN", dropout: 0.5, flip: true, crop: true, epochs: 1 } })]);
  let canvas;
  const { words } = heard(() => { canvas = labPicture(view); });
  return [words.map(([text]) => text).join(" "), canvas.toDataURL(), document.body.children.length];
}"""


def test_the_picture_to_save_has_all_settings_in_words_and_is_white_in_the_dark(page, tmp_path):
    words, picture, left = page.evaluate(SAVED)
    assert left == 2  # the script and the widget
    plain = (
        "plain LeNet, ReLU, He’s initial weights, SGD with momentum 0.9, learning rate 0.01, "
        "batches of 64, 8,000 images, 3 epochs, seed 0: test accuracy 0.7"
    )
    dropped = (
        "dropped LeNet, ReLU, He’s initial weights, LRN, dropout 0.5, mirrored images, cropped "
        "images, SGD with momentum 0.9, learning rate 0.01, batches of 64, 8,000 images, 1 epoch, "
        "seed 0: It diverges."
    )
    assert plain in words
    assert dropped in words
    page.goto(written(tmp_path, dark=True))
    assert page.evaluate(SAVED)[1] == picture, "another picture in the dark"
