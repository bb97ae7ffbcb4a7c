// Units are switched off at random, pass after pass: what does the unit above them read?
import { captioned, chart, columns, fill, menu, mount, number, picture, playButton, slider, stroke, table, text } from "./kit.js";
import { uniform } from "./random.js";

const TEXT = {
  title: "Dropout, pass by pass",
  hint: "Try: let it play, then change the rule. Which rules make training and evaluation agree in the mean? What happens to the spread when p grows?",
  dropped: "p (dropped)",
  percent: (value) => `${value} %`,
  rule: "scaling",
  rules: [["inverted", "PyTorch: training ÷ (1 − p)"], ["paper", "paper: evaluation × (1 − p)"], ["none", "none (a mistake)"]],
  mode: "mode",
  modes: [["training", "training"], ["evaluation", "evaluation"]],
  passes: "passes",
  unitsCaption: "The 64 units in the last pass: the stronger the blue, the larger the output. Crossed: dropped.",
  unitsLabel: (off) => `64 units, ${off} of them dropped in this pass.`,
  sumsCaption: "Dots: what the unit above reads in each pass. Line: the mean so far. Dashed: what it reads in evaluation mode.",
  axis: "pass", table: "Over all passes so far",
  heads: ["measured", "formula"],
  rows: ["mean", "standard deviation", "in evaluation mode"],
  state: (passes, mean, formula, evaluation) =>
    `After ${passes} pass${passes === 1 ? "" : "es"} the mean is ${mean}. The formula says ${formula}; evaluation mode gives ${evaluation}.`,
};

const UNITS = 64, SIDE = 8, MOST = 300;
const sum = (list) => list.reduce((a, b) => a + b, 0);
const two = (value) => number(value, 2);

function render({ model, el }) {
  const get = (name) => model.get(name);
  const values = get("values"), weights = get("weights");
  const products = values.map((value, i) => value * weights[i]);
  let now = {};
  const compute = () => {
    const p = get("dropped") / 100, rule = get("rule"), training = get("mode") === "training";
    const scale = rule === "inverted" ? 1 / (1 - p) : 1;
    const whole = sum(products), evaluation = whole * (rule === "paper" ? 1 - p : 1);
    const off = (pass, i) => training && uniform(0, pass * UNITS + i) < p;
    const sums = Array.from({ length: get("passes") }, (_, pass) => training
      ? scale * sum(products.filter((_, i) => !off(pass, i))) : evaluation);
    let total = 0;
    const means = sums.map((value, i) => (total += value) / (i + 1));
    const mean = means.at(-1), deviation = Math.sqrt(sum(sums.map((value) => (value - mean) ** 2)) / sums.length);
    const spread = training ? scale * Math.sqrt(p * (1 - p) * sum(products.map((x) => x * x))) : 0;
    const formula = training ? scale * (1 - p) * whole : evaluation;
    const last = values.map((_, i) => off(sums.length - 1, i));
    now = { sums, means, mean, deviation, spread, formula, evaluation, last,
      shown: values.map((value, i) => (last[i] ? 0 : value * (training ? scale : rule === "paper" ? 1 - p : 1))) };
  };
  const state = () => TEXT.state(now.sums.length, two(now.mean), two(now.formula), two(now.evaluation));
  const most = Math.max(...values) || 1;
  const units = picture(240, 240, {
    label: () => TEXT.unitsLabel(now.last.filter(Boolean).length),
    draw(context, colour) {
      const cell = 240 / SIDE;
      now.shown.forEach((value, i) => {
        const left = (i % SIDE) * cell, top = Math.floor(i / SIDE) * cell;
        context.globalAlpha = 0.06 + 0.94 * Math.min(1, value / (1.5 * most));
        fill(context, [left + 1, top + 1, cell - 2, cell - 2], colour.first);
        context.globalAlpha = 1;
        if (!now.last[i]) return;
        const [right, bottom] = [left + cell - 8, top + cell - 8];
        stroke(context, [[left + 8, top + 8], [right, bottom]], colour.mark);
        stroke(context, [[right, top + 8], [left + 8, bottom]], colour.mark);
      });
    },
  });
  const sums = chart(440, 270, {
    label: state,
    margin: [10, 0, 40, 46],
    axes() {
      const ends = [0, now.evaluation, now.formula + 3 * now.spread, now.formula - 3 * now.spread, ...now.sums];
      const low = Math.min(...ends), high = Math.max(...ends) + 1e-9, ticks = [];
      const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].find((s) => (high - low) / s <= 7) ?? 200;
      for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) ticks.push([tick, number(tick, step < 1 ? 1 : 0)]);
      return {
        x: { domain: [1, MOST], ticks: [1, 100, 200, 300].map((pass) => [pass, pass]), title: TEXT.axis, inset: [6, 8] },
        y: { domain: [low, high], ticks },
      };
    },
    draw(plot, colour) {
      now.sums.forEach((value, i) => plot.dot(i + 1, value, 2, colour.faint));
      plot.line([[1, now.evaluation], [MOST, now.evaluation]], colour.second, 2.5, [8, 5]);
      plot.line(now.means.map((mean, i) => [i + 1, mean]), colour.first, 2.5);
    },
  });
  const numbers = table(TEXT.table, TEXT.heads, TEXT.rows, () => [
    [two(now.mean), two(now.formula)], [two(now.deviation), two(now.spread)], ["", two(now.evaluation)]]);

  return mount({ model, el }, {
    ...TEXT, say: state, traits: ["dropped", "rule", "mode", "passes"], compute,
    rows: [
      columns(
        slider(model, "dropped", TEXT.dropped, () => [0, 90], TEXT.percent),
        menu(model, "rule", TEXT.rule, TEXT.rules),
        menu(model, "mode", TEXT.mode, TEXT.modes),
        slider(model, "passes", TEXT.passes, () => [1, MOST]),
        playButton(model, { trait: "passes", first: 1, last: () => MOST })),
      columns(captioned(units, TEXT.unitsCaption), captioned(sums, TEXT.sumsCaption, numbers)),
      text(state),
    ],
  });
}

export default { render };
