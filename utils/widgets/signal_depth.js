// A fresh network of fully connected layers: how much of the signal arrives, forward and backward?
import { box, bytes, captioned, chart, columns, menu, mount, scientific, slider, table, text } from "./kit.js";
import { uniform } from "./random.js";

const TEXT = {
  title: "Signal and gradient through the layers",
  hint: "Try: find for each activation the spread that keeps both lines level at depth 30. Then: a setting whose weight gradients are level although δ vanishes.",
  activation: "activation", spread: "spread of the weights", depth: "hidden layers", seed: "seed",
  named: { 0.01: "paper", 0.125: "Xavier", 0.177: "He" },
  caption: "Root mean square over 16 images. Solid: the signal, before the activation. Dashed: δ, the gradient at the same place. Dotted: the gradient of the weights. The axis has powers of ten.",
  table: "The same in numbers",
  heads: ["signal", "δ", ["weights", "weight gradient"]],
  layer: (i) => `layer ${i}`,
  ratio: "first ÷ last",
  state: (delta, weights) => `First layer ÷ last hidden layer: δ ${delta}, weight gradient ${weights}.`,
};

const UNITS = {
  sigmoid: [(x) => 1 / (1 + Math.exp(-x)), (x, y) => y * (1 - y)],
  tanh: [Math.tanh, (x, y) => 1 - y * y],
  ReLU: [(x) => Math.max(0, x), (x) => (x > 0 ? 1 : 0)],
};
const SIDE = 64, CLASSES = 10, MOST = 30;

/** Standard normal numbers from a seed, by Box and Muller; as in signal_depth.py. */
const normals = (seed, count) => Float64Array.from({ length: count }, (_, i) =>
  Math.sqrt(-2 * Math.log(1 - uniform(seed, 2 * i))) * Math.cos(2 * Math.PI * uniform(seed, 2 * i + 1)));

const rms = (values) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

/** Rows of x (count × SIDE) times the rows of w (outputs × SIDE), both flat. */
function product(x, w, count, outputs) {
  const y = new Float64Array(count * outputs);
  for (let n = 0; n < count; n++) for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < SIDE; i++) y[n * outputs + o] += x[n * SIDE + i] * w[o * SIDE + i];
  }
  return y;
}

/** Signal, δ and weight gradient of every hidden layer, from one pass forward and one back. */
function signals(images, labels, draws, activation, spread, depth) {
  const [unit, slope] = UNITS[activation], count = labels.length;
  const weights = (layer) => draws.subarray(layer * SIDE * SIDE, (layer + 1) * SIDE * SIDE).map((d) => spread * d);
  const inputs = [images], before = [];
  for (let layer = 0; layer < depth; layer++) {
    before.push(product(inputs[layer], weights(layer), count, SIDE));
    inputs.push(before[layer].map(unit));
  }
  const last = weights(MOST).subarray(0, CLASSES * SIDE);
  const logits = product(inputs[depth], last, count, CLASSES);
  let back = new Float64Array(logits.length);  // of one image's loss
  for (let n = 0; n < count; n++) {
    const row = logits.subarray(n * CLASSES, (n + 1) * CLASSES), most = Math.max(...row);
    const powers = row.map((z) => Math.exp(z - most)), sum = powers.reduce((a, b) => a + b);
    powers.forEach((p, c) => { back[n * CLASSES + c] = p / sum - (c === labels[n]); });
  }
  const rows = [];
  let above = last, outputs = CLASSES;
  for (let layer = depth - 1; layer >= 0; layer--) {
    const delta = new Float64Array(count * SIDE), gradient = new Float64Array(SIDE * SIDE);
    for (let n = 0; n < count; n++) for (let i = 0; i < SIDE; i++) {
      const at = n * SIDE + i;
      for (let o = 0; o < outputs; o++) delta[at] += back[n * outputs + o] * above[o * SIDE + i];
      delta[at] *= slope(before[layer][at], inputs[layer + 1][at]);
      for (let j = 0; j < SIDE; j++) gradient[i * SIDE + j] += (delta[at] * inputs[layer][n * SIDE + j]) / count;
    }
    rows.unshift([rms(before[layer]), rms(delta), rms(gradient)]);
    [back, above, outputs] = [delta, weights(layer), SIDE];
  }
  return rows;
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const labels = bytes(model, "labels");
  const images = Float64Array.from(bytes(model, "images"), (byte) => (byte / 255 - get("mean")) / get("std"));
  let seed, draws, now = [];
  const compute = () => {
    if (seed !== get("seed")) draws = normals((seed = get("seed")), (MOST + 1) * SIDE * SIDE);
    now = signals(images, labels, draws, get("activation"), get("spreads")[get("spread")], get("depth"));
  };
  const ratios = () => [0, 1, 2].map((i) => now[0][i] / now.at(-1)[i]);
  const state = () => TEXT.state(...ratios().slice(1).map(scientific));
  const lines = chart(480, 300, {
    label: state,
    margin: [12, 0, 40, 52],
    axes() {
      const seen = now.flat().filter((v) => v > 1e-40).map(Math.log10);
      const low = Math.floor(Math.min(...seen, -1)), high = Math.ceil(Math.max(...seen, 1));
      const y = { domain: [10 ** low, 10 ** high], log: true, ticks: [] };
      const x = { domain: [1, Math.max(2, now.length)], ticks: [], title: TEXT.depth, inset: [0, 12] };
      for (let power = low; power <= high; power += Math.ceil((high - low) / 7)) {
        y.ticks.push([10 ** power, Math.abs(power) < 3 ? 10 ** power : scientific(10 ** power).replace(/^1.0·/, "")]);
      }
      for (let layer = 1; layer <= now.length; layer += Math.ceil(now.length / 10)) x.ticks.push([layer, layer]);
      return { x, y };
    },
    draw({ line }, colour) {
      [[colour.first, []], [colour.second, [8, 5]], [colour.mark, [2, 4]]].forEach(([ink, dash], i) =>
        line(now.map((row, layer) => [layer + 1, row[i]]), ink, 2.5, dash));
    },
  });
  const places = () => [0, Math.floor((now.length - 1) / 2), now.length - 1];
  const values = table(TEXT.table, TEXT.heads, ["", "", "", TEXT.ratio], () => {
    places().forEach((place, i) => { values.lines[i].cells[0].textContent = TEXT.layer(place + 1); });
    return [...places().map((place) => now[place]), ratios()].map((row) => row.map(scientific));
  });
  const named = (index) => {
    const value = get("spreads")[index];
    return TEXT.named[value] ? `${value} ${TEXT.named[value]}` : String(value);
  };
  return mount({ model, el }, {
    ...TEXT, say: state, traits: ["activation", "spread", "depth", "seed"], compute,
    rows: [
      columns(
        menu(model, "activation", TEXT.activation, Object.keys(UNITS)),
        slider(model, "spread", TEXT.spread, () => [0, get("spreads").length - 1], named),
        slider(model, "depth", TEXT.depth, () => [2, MOST]),
        slider(model, "seed", TEXT.seed, () => [0, 9])),
      columns(captioned(lines, TEXT.caption), box({}, values)),
      text(state),
    ],
  });
}

export default { render };
