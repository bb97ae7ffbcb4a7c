// A fresh network of fully connected layers: how much of the signal arrives, forward and backward?
import { bytes, h, menu, mount, picture, slider, table } from "./kit.js";

const TEXT = {
  title: "Signal and gradient through the layers",
  hint: "Try: find for each activation the spread that keeps both lines level at depth 30. Then: a setting whose weight gradients are level although δ vanishes.",
  reset: "Reset",
  activation: "activation",
  spread: "spread of the weights",
  depth: "hidden layers",
  seed: "seed",
  named: { 0.01: "paper", 0.125: "Xavier", 0.177: "He" },
  caption: "Root mean square over 16 images. Solid: the signal, before the activation. Dashed: δ, the gradient at the same place. Dotted: the gradient of the weights. The axis has powers of ten.",
  table: "The same in numbers",
  heads: [["signal"], ["δ"], ["weights", "weight gradient"]],
  layer: (i) => `layer ${i}`,
  ratio: "first ÷ last",
  state: (delta, weights) => `First layer ÷ last hidden layer: δ ${delta}, weight gradient ${weights}.`,
  vanished: "0",
};

const UNITS = {
  sigmoid: [(x) => 1 / (1 + Math.exp(-x)), (x, y) => y * (1 - y)],
  tanh: [Math.tanh, (x, y) => 1 - y * y],
  ReLU: [(x) => Math.max(0, x), (x) => (x > 0 ? 1 : 0)],
};
const SIDE = 64, CLASSES = 10, MOST = 30;

/** Standard normal numbers from a seed: mulberry32, then Box and Muller; as in signal_depth.py. */
function normals(seed, count) {
  const uniform = (i) => {
    let t = (seed * 0x9E3779B9 + (i + 1) * 0x6D2B79F5) | 0;  // i + 1 < 2^18: exact as a double
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return Float64Array.from({ length: count }, (_, i) =>
    Math.sqrt(-2 * Math.log(1 - uniform(2 * i))) * Math.cos(2 * Math.PI * uniform(2 * i + 1)));
}

const rms = (values) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

/** Rows of x (count × SIDE) times the rows of w (outputs × SIDE), both flat. */
function product(x, w, count, outputs) {
  const y = new Float64Array(count * outputs);
  for (let n = 0; n < count; n++)
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let i = 0; i < SIDE; i++) sum += x[n * SIDE + i] * w[o * SIDE + i];
      y[n * outputs + o] = sum;
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
    for (let n = 0; n < count; n++)
      for (let i = 0; i < SIDE; i++) {
        let sum = 0;
        for (let o = 0; o < outputs; o++) sum += back[n * outputs + o] * above[o * SIDE + i];
        const at = n * SIDE + i;
        delta[at] = sum * slope(before[layer][at], inputs[layer + 1][at]);
        for (let j = 0; j < SIDE; j++) gradient[i * SIDE + j] += (delta[at] * inputs[layer][n * SIDE + j]) / count;
      }
    rows.unshift([rms(before[layer]), rms(delta), rms(gradient)]);
    [back, above, outputs] = [delta, weights(layer), SIDE];
  }
  return rows;
}

/** Three digits: 0.123, or 1.2·10⁻⁵ with real superscripts. */
function short(value) {
  if (!(value > 0)) return TEXT.vanished;
  if (value >= 0.01 && value < 1000) return value.toPrecision(2);
  const [digits, power] = value.toExponential(1).split("e");
  return `${digits}·10${[...power.replace("+", "")].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("")}`;
}

const WIDTH = 480, HEIGHT = 300, LEFT = 52, BOTTOM = 40, TOP = 12;

function render({ model, el }) {
  const get = (name) => model.get(name);
  const labels = bytes(model, "labels");
  const images = Float64Array.from(bytes(model, "images"), (byte) => (byte / 255 - get("mean")) / get("std"));
  let seed, draws, now = [];

  const spread = () => get("spreads")[get("spread")];
  const compute = {
    update() {
      if (seed !== get("seed")) draws = normals((seed = get("seed")), (MOST + 1) * SIDE * SIDE);
      now = signals(images, labels, draws, get("activation"), spread(), get("depth"));
    },
  };
  const ratios = () => [0, 1, 2].map((i) => now[0][i] / now.at(-1)[i]);
  const state = () => TEXT.state(...ratios().slice(1).map(short));

  const chart = picture(WIDTH, HEIGHT, {
    label: state,
    draw(context, colour) {
      const seen = now.flat().filter((v) => v > 1e-40).map(Math.log10);
      const low = Math.floor(Math.min(...seen, -1)), high = Math.ceil(Math.max(...seen, 1));
      const step = Math.ceil((high - low) / 7);
      const x = (layer) => LEFT + (layer * (WIDTH - LEFT - 12)) / Math.max(1, now.length - 1);
      const y = (value) => TOP + ((high - Math.log10(Math.max(value, 10 ** low))) * (HEIGHT - TOP - BOTTOM)) / (high - low);
      context.font = "13px system-ui, sans-serif";
      context.textBaseline = "middle";
      context.textAlign = "right";
      for (let power = low; power <= high; power += step) {
        context.fillStyle = context.strokeStyle = colour.line;
        context.lineWidth = 0.5;
        context.beginPath();
        context.moveTo(LEFT, y(10 ** power));
        context.lineTo(WIDTH, y(10 ** power));
        context.stroke();
        context.fillStyle = colour.ink;
        context.fillText(Math.abs(power) < 3 ? 10 ** power : short(10 ** power).replace(/^1.0·/, ""), LEFT - 6, y(10 ** power));
      }
      context.textAlign = "center";
      const every = Math.ceil(now.length / 10);
      for (let layer = 0; layer < now.length; layer += every) context.fillText(layer + 1, x(layer), HEIGHT - BOTTOM + 14);
      context.fillText(TEXT.depth, (LEFT + WIDTH) / 2, HEIGHT - 8);
      [[colour.first, []], [colour.second, [8, 5]], [colour.mark, [2, 4]]].forEach(([ink, dash], i) => {
        context.strokeStyle = ink;
        context.lineWidth = 2.5;
        context.setLineDash(dash);
        context.beginPath();
        now.forEach((row, layer) => context.lineTo(x(layer), y(row[i])));
        context.stroke();
      });
      context.setLineDash([]);
    },
  });

  const values = table(TEXT.table, TEXT.heads, ["", "", "", TEXT.ratio]);
  values.update = () => {
    const places = [0, Math.floor((now.length - 1) / 2), now.length - 1];
    places.forEach((place, i) => { values.lines[i].cells[0].textContent = TEXT.layer(place + 1); });
    values.fill([...places.map((place) => now[place]), ratios()].map((row) => row.map(short)));
  };
  const name = (index) => {
    const value = get("spreads")[index];
    return TEXT.named[value] ? `${value} ${TEXT.named[value]}` : String(value);
  };
  const controls = [
    menu(model, "activation", TEXT.activation, Object.keys(UNITS).map((unit) => [unit, unit])),
    slider(model, "spread", TEXT.spread, () => [0, get("spreads").length - 1], name),
    slider(model, "depth", TEXT.depth, () => [2, MOST]),
    slider(model, "seed", TEXT.seed, () => [0, 9]),
  ];
  const words = h("p", { class: "bw-state" });
  const text = { update() { words.textContent = state(); } };
  return mount({ model, el }, {
    ...TEXT,
    say: state,
    traits: ["activation", "spread", "depth", "seed"],
    parts: [compute, ...controls, chart, values, text],
    rows: [
      h("div", { class: "bw-columns" }, ...controls.map((control) => control.node)),
      h("div", { class: "bw-columns" },
        h("div", {}, chart.node, h("p", { class: "bw-caption" }, TEXT.caption)), h("div", {}, values.node)),
      words,
    ],
  });
}

export default { render };
