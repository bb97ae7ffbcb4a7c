"""What the laboratory draws, of made-up runs: what is said, what is told apart, how fast."""

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
function madeUp(hue, { name = `run ${hue}`, floor = 0.4, steps = 375, planned = steps, ...more } = {}) {
  const [perEpoch, epochs] = [125, Math.floor(steps / 125)];
  const fall = (step) => floor + (2.3 - floor) * Math.exp(-step / 90);
  const known = (step) => Math.max(0.1, 1 - fall(step) / 2.3);
  return {
    name, hue, settings, perEpoch, planned,
    losses: Array.from({ length: steps }, (_, i) => fall(i) * (1 + 0.3 * noise(i + 1000 * hue))),
    correct: Array.from({ length: steps }, (_, i) => Math.round(64 * known(i))),
    tests: Array.from({ length: epochs }, (_, i) => known(125 * (i + 1)) - 0.02),
    gradients: ["conv1", "conv2", "fc3", "fc4", "fc5"].map(
      (layer, i) => [`${layer}.weight`, 10 ** (-1.4 * (5 - i))]),
    filters: { shape: [6, 1, 5, 5], data: Float32Array.from({ length: 150 }, (_, i) => 0.3 * noise(i)) },
    confusion: confusion(), band: undefined, problem: undefined, ...more,
  };
}
function confusion() {
  const counts = new Int32Array(100);
  for (let i = 0; i < 10; i++) [counts[11 * i], counts[10 * i + ((i + 2) % 10)]] = [180, 20];
  [counts[66], counts[60], counts[64], counts[68]] = [120, 50, 22, 8];
  return counts;
}
let all = [], shown;
const view = () => ({ runs: all, shown, classes });
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
