// Local response normalisation: nine channels at one position, before and after.
import { assign, captioned, chart, clamp, columns, fill, menu, mount, slider, table, text } from "./kit.js";

const TEXT = {
  title: "Local response normalisation of nine channels",
  hint: "Try: scale the input down to 0.01, and watch all gains become the same number. Then let two neighbours be large: do they hold each other back?",
  channel: "channel", response: "its response", scale: "input times", size: "n", k: "k", alpha: "alpha",
  beta: "beta", formula: "alpha is",
  bars: "Left bars: the responses, as parts of 300. Right bars: the normalised ones, as parts of the largest. Click where a response is to reach.",
  curve: "Line: the gain of a channel that is alone. Dots: the nine channels; the larger dot is the chosen one. Below the line stands what others hold back.",
  axis: "response, powers of ten", table: "The same in numbers",
  heads: [["in", "response"], ["out", "normalised response"], "gain"],
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

function render({ model, el }) {
  const get = (name) => model.get(name), choices = (name) => get(`${name}s`);
  const constants = () => {
    const [size, k, beta, scale, alpha] = ["size", "k", "beta", "scale", "alpha"].map((name) => choices(name)[get(name)]);
    return { size, k, beta, scale, alpha: alpha / (get("formula") === "as printed" ? 1 : size) };
  };
  let now;
  const compute = () => { now = normalise(get("responses"), constants()); };
  const state = () => TEXT.state(get("channel") + 1, short(now.a[get("channel")]), short(now.b[get("channel")]),
    short(Math.min(...now.gain)), short(Math.max(...now.gain)));
  const size = [440, 240], margin = [10, 0, 38, 44];
  const bars = chart(...size, {
    label: state,
    margin,
    axes: () => ({
      x: { domain: [-0.5, 8.5], title: TEXT.channel, ticks: now.a.map((_, i) => [i, i + 1, i === get("channel")]) },
      y: { domain: [0, 1], ticks: [[0, "0"], [0.5, "0.5"], [1, "1"]] },
    }),
    draw({ context, x, y, bottom }, colour) {
      const step = x(1) - x(0), most = [MOST * constants().scale, Math.max(...now.b) || 1];
      [[now.a, colour.first], [now.b, colour.second]].forEach(([values, ink], side) => values.forEach((value, i) => {
        const top = y(value / most[side]);
        fill(context, [x(i) - step / 2 + 5 + side * (step / 2 - 4), top, step / 2 - 6, bottom - top], ink);
      }));
    },
    point(x, y) {
      const i = Math.round((x - bars.x(0)) / (bars.x(1) - bars.x(0)));
      if (i < 0 || i > 8) return;
      model.set("channel", i);
      assign(one, { response: Math.round(MOST * clamp((y - bars.y(0)) / (bars.y(1) - bars.y(0)), 0, 1)) });
    },
  });
  const curve = chart(...size, {
    label: state,
    margin,
    axes() {
      const { k, beta } = constants(), top = Math.max(1, k ** -beta);
      const powers = [-3, -2, -1, 0, 1, 2, 3].map((power) => 10 ** power);
      return {
        x: { domain: [1e-3, 1e3], log: true, ticks: powers.map((power) => [power, short(power)]), title: TEXT.axis, inset: [22, 22] },
        y: { domain: [0, top], ticks: [0, 0.25, 0.5, 0.75, 1].map((part) => [part * top, (part * top).toFixed(2)]) },
      };
    },
    draw({ line, dot }, colour) {
      const { k, alpha, beta } = constants();
      const values = Array.from({ length: 121 }, (_, i) => 10 ** (i / 20 - 3));
      line(values.map((value) => [value, (k + alpha * value ** 2) ** -beta]), colour.first, 2.5);
      now.a.forEach((value, i) => dot(value, now.gain[i], i === get("channel") ? 7 : 4, colour.second));
    },
  });
  const one = {  // the chosen channel's response, as a slider wants it
    get: () => get("responses")[get("channel")],
    set: (_, value) => model.set("responses", get("responses").map((old, i) => (i === get("channel") ? value : old))),
    save_changes: () => model.save_changes(),
  };
  return mount({ model, el }, {
    ...TEXT, say: state, traits: ["responses", "channel", "scale", "size", "k", "alpha", "beta", "formula"], compute,
    rows: [
      columns(
        slider(model, "channel", TEXT.channel, () => [0, 8], (i) => String(i + 1)),
        slider(one, "response", TEXT.response, () => [0, MOST]),
        ...["scale", "size", "k", "alpha", "beta"].map((name) =>
          slider(model, name, TEXT[name], () => [0, choices(name).length - 1], (i) => short(choices(name)[i]))),
        menu(model, "formula", TEXT.formula, ["as printed", "divided by n"])),
      columns(captioned(bars, TEXT.bars), captioned(curve, TEXT.curve)),
      text(state),
      table(TEXT.table, TEXT.heads, [1, 2, 3, 4, 5, 6, 7, 8, 9], () =>
        now.a.map((value, i) => [value, now.b[i], now.gain[i]].map(short))),
    ],
  });
}

export default { render };
