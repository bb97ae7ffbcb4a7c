// A fresh network of fully connected layers: what arrives, forward and backward?
import { box, bytes, captioned, chart, columns, menu, mount, scientific, slider, table, text, write } from "./kit.js";
import { uniform } from "./random.js";

const TEXT = {
  title: "Signal and gradient through the layers",
  hint: "Try: find for each activation the spread that keeps size, images and δ level at depth 30. Then: a setting whose weight gradients are level although δ vanishes.",
  activation: "activation", spread: "spread of the weights", depth: "hidden layers", seed: "seed",
  fanIn: "fan-in of the layers",
  paper: "paper", xavier: "Xavier", he: "He",
  caption: "Size: root mean square of the signal, before the activation. Images: how much a unit’s output differs between the 16 images. δ: the gradient where the signal is. Weights: their gradient. The axis has powers of ten.",
  table: "The same in numbers",
  heads: [["size", "size of the signal"], ["images", "between images"], "δ", ["weights", "weight gradient"]],
  lines: ["size", "images", "δ", "weights"],
  layer: (i) => `layer ${i}`,
  ratio: "first ÷ last",
  state: (size, images, delta, weights) => `First layer ÷ last hidden layer: size ${size}, between images ${images}, δ ${delta}, weight gradient ${weights}.`,
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

/** What differs between images in a layer's outputs; what is no more than rounding counts as 0. */
function imageSpread(outputs, count) {
  const differs = outputs.map((value, at) => {
    let mean = 0;
    for (let i = at % SIDE; i < outputs.length; i += SIDE) mean += outputs[i] / count;
    return value - mean;
  });
  return rms(differs) > 1e-14 * rms(outputs) ? rms(differs) : 0;
}

/** Rows of x (count × SIDE) times the rows of w (outputs × SIDE), both flat. */
function product(x, w, count, outputs) {
  const y = new Float64Array(count * outputs);
  for (let n = 0; n < count; n++) for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < SIDE; i++) y[n * outputs + o] += x[n * SIDE + i] * w[o * SIDE + i];
  }
  return y;
}

/** Signal, spread between images, δ and weight gradient of every hidden layer, from one pass forward
 * and one back. A layer that stands for one of n inputs has weights √(n / 64) times as large. */
function signals(images, labels, draws, { activation, spread, fanIns, depth }) {
  const [unit, slope] = UNITS[activation], count = labels.length;
  const scaled = (values, place) => {
    const factor = spread * Math.sqrt(fanIns[Math.min(place, fanIns.length - 1)] / SIDE);
    return values.map((d) => factor * d);
  };
  const drawn = (layer) => draws.subarray(layer * SIDE * SIDE, (layer + 1) * SIDE * SIDE);
  const weights = (layer) => scaled(drawn(layer), layer);
  const inputs = [images], before = [];
  for (let layer = 0; layer < depth; layer++) {
    before.push(product(inputs[layer], weights(layer), count, SIDE));
    inputs.push(before[layer].map(unit));
  }
  const last = scaled(drawn(MOST).subarray(0, CLASSES * SIDE), depth);
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
    rows.unshift([rms(before[layer]), imageSpread(inputs[layer + 1], count), rms(delta), rms(gradient)]);
    [back, above, outputs] = [delta, weights(layer), SIDE];
  }
  return rows;
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const labels = bytes(model, "labels");
  const images = Float64Array.from(bytes(model, "images"), (byte) => (byte / 255 - get("mean")) / get("std"));
  const fanIns = () => new Map(get("fan_ins")).get(get("fan_in"));
  let seed, draws, now = [];
  const compute = () => {
    if (seed !== get("seed")) draws = normals((seed = get("seed")), (MOST + 1) * SIDE * SIDE);
    const [activation, depth, spread] = [get("activation"), get("depth"), get("spreads")[get("spread")]];
    now = signals(images, labels, draws, { activation, spread, depth, fanIns: fanIns() });
  };
  const ratios = () => [0, 1, 2, 3].map((i) => now[0][i] / now.at(-1)[i]);
  const state = () => TEXT.state(...ratios().map(scientific));
  const lines = chart(480, 320, {
    label: state,
    margin: [12, 70, 40, 52],
    axes() {
      const seen = now.flat().filter((v) => v > 1e-40).map(Math.log10);
      const low = Math.floor(Math.min(...seen, -1)), high = Math.ceil(Math.max(...seen, 1));
      const y = { domain: [10 ** low, 10 ** high], log: true, ticks: [] };
      const x = { domain: [1, Math.max(2, now.length)], ticks: [], title: TEXT.depth, inset: [0, 8] };
      for (let power = low; power <= high; power += Math.ceil((high - low) / 7)) {
        y.ticks.push([10 ** power, Math.abs(power) < 3 ? 10 ** power : scientific(10 ** power).replace(/^1.0·/, "")]);
      }
      for (let layer = 1; layer <= now.length; layer += Math.ceil(now.length / 10)) x.ticks.push([layer, layer]);
      return { x, y };
    },
    draw({ line, context, right, top, bottom, y }, colour) {
      const [size, images, delta] = colour.arms;
      const styles = [[size, []], [images, [12, 4, 2, 4]], [delta, [8, 5]], [colour.ink, [2, 4]]];
      styles.forEach(([ink, dash], i) => line(now.map((row, layer) => [layer + 1, row[i]]), ink, 2.5, dash));
      // Each line's name stands at its end, below that of the line above it.
      const ends = now.at(-1).map((value, i) => ({ name: TEXT.lines[i], ink: styles[i][0], at: y(value) }));
      let free = top + 6;
      ends.sort((a, b) => a.at - b.at).forEach((end, i) => {
        const place = Math.min(Math.max(end.at, free), bottom - 16 * (ends.length - 1 - i));
        write(context, end.name, right + 6, place, end.ink, { align: "left", bold: true });
        free = place + 16;
      });
    },
  });
  const places = () => [0, Math.floor((now.length - 1) / 2), now.length - 1];
  const values = table(TEXT.table, TEXT.heads, ["", "", "", TEXT.ratio], () => {
    places().forEach((place, i) => { values.lines[i].cells[0].textContent = TEXT.layer(place + 1); });
    return [...places().map((place) => now[place]), ratios()].map((row) => row.map(scientific));
  }, "bw-sizes");
  const named = (index) => {
    const value = get("spreads")[index], [inputs, ...others] = fanIns();
    const is = (spread) => !others.length && Math.abs(value - spread) < 1e-3;
    const name = value === 0.01 ? TEXT.paper : is(1 / Math.sqrt(inputs)) ? TEXT.xavier : is(Math.sqrt(2 / inputs)) ? TEXT.he : "";
    return `${value} ${name}`.trim();
  };
  return mount({ model, el }, {
    ...TEXT, say: state, traits: ["activation", "spread", "fan_in", "depth", "seed"], compute,
    rows: [
      columns(
        menu(model, "activation", TEXT.activation, Object.keys(UNITS)),
        menu(model, "fan_in", TEXT.fanIn, get("fan_ins").map(([name]) => name)),
        slider(model, "spread", TEXT.spread, () => [0, get("spreads").length - 1], named),
        slider(model, "depth", TEXT.depth, () => [2, MOST]),
        slider(model, "seed", TEXT.seed, () => [0, 9])),
      columns(captioned(lines, TEXT.caption), box({}, values)),
      text(state),
    ],
  });
}

export default { render };
