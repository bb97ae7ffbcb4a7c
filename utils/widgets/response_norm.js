// Local response normalisation: nine channels at one position, before and after.
import { assign, h, menu, mount, picture, slider, table } from "./kit.js";

const TEXT = {
  title: "Local response normalisation of nine channels",
  hint: "Try: scale the input down to 0.01, and watch all gains become the same number. Then let two neighbours be large: do they hold each other back?",
  reset: "Reset",
  channel: "channel",
  response: "its response",
  scale: "input times",
  size: "n",
  k: "k",
  alpha: "alpha",
  beta: "beta",
  formula: "alpha is",
  bars: "Left bars: the responses, as parts of 300. Right bars: the normalised ones, as parts of the largest. Click where a response is to reach.",
  curve: "Line: the gain of a channel that is alone. Dots: the nine channels; the larger dot is the chosen one. Below the line stands what others hold back.",
  gain: "gain",
  axis: "response, powers of ten",
  table: "The same in numbers",
  heads: [["in", "response"], ["out", "normalised response"], ["gain"]],
  state: (i, a, b, low, high) => `Channel ${i}: ${a} becomes ${b}. Gains from ${low} to ${high}.`,
};
const MOST = 300;

/** Input, output and gain of each channel. */
function normalise(responses, { size, k, alpha, beta, scale }) {
  const a = responses.map((value) => value * scale), reach = (size - 1) / 2;
  const gain = a.map((_, i) => {
    let sum = 0;
    for (let j = Math.max(0, i - reach); j <= Math.min(a.length - 1, i + reach); j++) sum += a[j] * a[j];
    return (k + alpha * sum) ** -beta;
  });
  return { a, gain, b: a.map((value, i) => value * gain[i]) };
}

/** Three digits, without powers of ten where they can be avoided. */
const short = (value) => (value === 0 ? "0" : value < 0.001 ? value.toExponential(1).replace("-", "−") : String(+value.toPrecision(3)));

const WIDTH = 440, HEIGHT = 240, LEFT = 44, BOTTOM = 38, TOP = 10;

/** The frame of a chart: a line below, numbers left of it. `y(value)` for `value` in 0..1. */
function frame(context, colour, ticks, y) {
  context.font = "13px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.lineWidth = 0.5;
  context.strokeStyle = colour.line;
  context.fillStyle = colour.ink;
  context.textAlign = "right";
  for (const [value, text] of ticks) {
    context.beginPath();
    context.moveTo(LEFT, y(value));
    context.lineTo(WIDTH, y(value));
    context.stroke();
    context.fillText(text, LEFT - 6, y(value));
  }
  context.textAlign = "center";
}

function render({ model, el }) {
  const get = (name) => model.get(name), chosen = (name, list) => get(list)[get(name)];
  const constants = () => {
    const size = chosen("size", "sizes");
    return {
      size, k: chosen("k", "ks"), beta: chosen("beta", "betas"), scale: chosen("scale", "scales"),
      alpha: chosen("alpha", "alphas") / (get("formula") === "as printed" ? 1 : size),
    };
  };
  let now;
  const compute = { update() { now = normalise(get("responses"), constants()); } };
  const state = () => TEXT.state(get("channel") + 1, short(now.a[get("channel")]), short(now.b[get("channel")]),
    short(Math.min(...now.gain)), short(Math.max(...now.gain)));
  const height = (value) => HEIGHT - BOTTOM - value * (HEIGHT - BOTTOM - TOP);

  const step = (WIDTH - LEFT) / 9;
  const bars = picture(WIDTH, HEIGHT, {
    label: state,
    draw(context, colour) {
      frame(context, colour, [[0, "0"], [0.5, "0.5"], [1, "1"]], height);
      const most = [MOST * constants().scale, Math.max(...now.b) || 1];
      now.a.forEach((_, i) => {
        const x = LEFT + i * step;
        [[now.a, colour.first], [now.b, colour.second]].forEach(([values, ink], side) => {
          const y = height(values[i] / most[side]);
          context.fillStyle = ink;
          context.fillRect(x + 5 + side * (step / 2 - 4), y, step / 2 - 6, HEIGHT - BOTTOM - y);
        });
        context.fillStyle = colour.ink;
        context.font = `${i === get("channel") ? "bold " : ""}13px system-ui, sans-serif`;
        context.fillText(i + 1, x + step / 2, HEIGHT - BOTTOM + 12);
      });
      context.font = "13px system-ui, sans-serif";
      context.fillText(TEXT.channel, (LEFT + WIDTH) / 2, HEIGHT - 9);
    },
    point(x, y) {
      const i = Math.floor((x - LEFT) / step);
      const value = (HEIGHT - BOTTOM - y) / (HEIGHT - BOTTOM - TOP);
      if (i < 0 || i > 8) return;
      model.set("channel", i);
      assign(one, { response: Math.round(MOST * Math.min(1, Math.max(0, value))) });
    },
  });

  const curve = picture(WIDTH, HEIGHT, {
    label: state,
    draw(context, colour) {
      const { k, alpha, beta } = constants();
      const top = Math.max(1, k ** -beta);
      const y = (gain) => height(gain / top);
      const x = (value) => LEFT + 22 + ((Math.log10(Math.max(value, 1e-3)) + 3) * (WIDTH - LEFT - 44)) / 6;
      frame(context, colour, [0, 0.25, 0.5, 0.75, 1].map((part) => [part * top, (part * top).toFixed(2)]), y);
      for (let power = -3; power <= 3; power++) context.fillText(short(10 ** power), x(10 ** power), HEIGHT - BOTTOM + 12);
      context.fillText(TEXT.axis, (LEFT + WIDTH) / 2, HEIGHT - 9);
      context.strokeStyle = colour.first;
      context.lineWidth = 2.5;
      context.beginPath();
      for (let power = -3; power <= 3.001; power += 0.05) context.lineTo(x(10 ** power), y((k + alpha * 100 ** power) ** -beta));
      context.stroke();
      context.fillStyle = colour.second;
      now.a.forEach((value, i) => {
        context.beginPath();
        context.arc(x(value), y(now.gain[i]), i === get("channel") ? 7 : 4, 0, 2 * Math.PI);
        context.fill();
      });
    },
  });

  const values = table(TEXT.table, TEXT.heads, [1, 2, 3, 4, 5, 6, 7, 8, 9].map(String));
  values.update = () => values.fill(now.a.map((value, i) => [value, now.b[i], now.gain[i]].map(short)));
  const along = (name, list, label) => slider(model, name, label, () => [0, get(list).length - 1], (i) => short(get(list)[i]));
  const one = {  // the chosen channel's response, as a slider wants it
    get: () => get("responses")[get("channel")],
    set: (_, value) => model.set("responses", get("responses").map((old, i) => (i === get("channel") ? value : old))),
    save_changes: () => model.save_changes(),
  };
  const controls = [
    slider(model, "channel", TEXT.channel, () => [0, 8], (i) => String(i + 1)),
    slider(one, "response", TEXT.response, () => [0, MOST]),
    along("scale", "scales", TEXT.scale), along("size", "sizes", TEXT.size), along("k", "ks", TEXT.k),
    along("alpha", "alphas", TEXT.alpha), along("beta", "betas", TEXT.beta),
    menu(model, "formula", TEXT.formula, [["as printed", "as printed"], ["divided by n", "divided by n"]]),
  ];
  const words = h("p", { class: "bw-state" });
  const text = { update() { words.textContent = state(); } };
  return mount({ model, el }, {
    ...TEXT,
    say: state,
    traits: ["responses", "channel", "scale", "size", "k", "alpha", "beta", "formula"],
    parts: [compute, ...controls, bars, curve, values, text],
    rows: [
      h("div", { class: "bw-columns" }, ...controls.map((control) => control.node)),
      h("div", { class: "bw-columns" },
        h("div", {}, bars.node, h("p", { class: "bw-caption" }, TEXT.bars)),
        h("div", {}, curve.node, h("p", { class: "bw-caption" }, TEXT.curve))),
      words, values.node,
    ],
  });
}

export default { render };
