// Units are switched off at random, pass after pass: what does the unit above them read?
import { assign, h, menu, mount, number, picture, playButton, slider, table } from "./kit.js";

const TEXT = {
  title: "Dropout, pass by pass",
  hint: "Try: let it play, then change the rule. Which rules make training and evaluation agree in the mean? What happens to the spread when p grows?",
  reset: "Reset",
  play: "Play",
  pause: "Pause",
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
  axis: "pass",
  table: "Over all passes so far",
  heads: [["measured"], ["formula"]],
  rows: ["mean", "standard deviation", "in evaluation mode"],
  state: (passes, mean, formula, evaluation) =>
    `After ${passes} pass${passes === 1 ? "" : "es"} the mean is ${mean}. The formula says ${formula}; evaluation mode gives ${evaluation}.`,
};

const UNITS = 64, SIDE = 8, MOST = 300;

/** Random number i in 0..1: mulberry32 with seed 0, as in signal_depth.py. */
function uniform(i) {
  let t = ((i + 1) * 0x6D2B79F5) | 0;  // i + 1 < 2^18: exact as a double
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const values = get("values"), weights = get("weights");
  const products = values.map((value, i) => value * weights[i]);
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  let now = {};

  const compute = {
    update() {
      const p = get("dropped") / 100, rule = get("rule"), training = get("mode") === "training";
      const scale = rule === "inverted" ? 1 / (1 - p) : 1;
      const whole = sum(products), evaluation = whole * (rule === "paper" ? 1 - p : 1);
      const off = (pass, i) => training && uniform(pass * UNITS + i) < p;
      const sums = Array.from({ length: get("passes") }, (_, pass) => training
        ? scale * sum(products.filter((_, i) => !off(pass, i))) : evaluation);
      let total = 0;
      const means = sums.map((value, i) => (total += value) / (i + 1));
      const mean = means.at(-1), variance = sum(sums.map((value) => (value - mean) ** 2)) / sums.length;
      const spread = training ? scale * Math.sqrt(p * (1 - p) * sum(products.map((x) => x * x))) : 0;
      const formula = training ? scale * (1 - p) * whole : evaluation;
      const last = values.map((_, i) => off(sums.length - 1, i));
      now = { sums, means, mean, deviation: Math.sqrt(variance), spread, formula, evaluation, last, p,
        shown: values.map((value, i) => (last[i] ? 0 : value * (training ? scale : rule === "paper" ? 1 - p : 1))) };
    },
  };
  const two = (value) => number(value, 2);
  const state = () => TEXT.state(now.sums.length, two(now.mean), two(now.formula), two(now.evaluation));

  const most = Math.max(...values) || 1;
  const units = picture(240, 240, {
    label: () => TEXT.unitsLabel(now.last.filter(Boolean).length),
    draw(context, colour) {
      const cell = 240 / SIDE;
      now.shown.forEach((value, i) => {
        const x = (i % SIDE) * cell, y = Math.floor(i / SIDE) * cell;
        context.fillStyle = colour.first;
        context.globalAlpha = 0.06 + 0.94 * Math.min(1, value / (1.5 * most));
        context.fillRect(x + 1, y + 1, cell - 2, cell - 2);
        context.globalAlpha = 1;
        if (!now.last[i]) return;
        context.strokeStyle = colour.mark;
        context.lineWidth = 2;
        context.beginPath();
        for (const [from, to] of [[8, cell - 8], [cell - 8, 8]]) {
          context.moveTo(x + from, y + 8);
          context.lineTo(x + to, y + cell - 8);
        }
        context.stroke();
      });
    },
  });

  const WIDTH = 440, HEIGHT = 270, LEFT = 46, TOP = 10, BOTTOM = 40;
  const chart = picture(WIDTH, HEIGHT, {
    label: state,
    draw(context, colour) {
      const ends = [0, now.evaluation, now.formula + 3 * now.spread, now.formula - 3 * now.spread, ...now.sums];
      const low = Math.min(...ends), high = Math.max(...ends) + 1e-9;
      const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].find((s) => (high - low) / s <= 7) ?? 200;
      const x = (pass) => LEFT + 6 + (pass * (WIDTH - LEFT - 14)) / (MOST - 1);
      const y = (value) => TOP + ((high - value) * (HEIGHT - TOP - BOTTOM)) / (high - low);
      context.font = "13px system-ui, sans-serif";
      context.textBaseline = "middle";
      context.textAlign = "right";
      context.lineWidth = 0.5;
      for (let tick = Math.ceil(low / step) * step; tick <= high; tick += step) {
        context.strokeStyle = colour.line;
        context.beginPath();
        context.moveTo(LEFT, y(tick));
        context.lineTo(WIDTH, y(tick));
        context.stroke();
        context.fillStyle = colour.ink;
        context.fillText(number(tick, step < 1 ? 1 : 0), LEFT - 6, y(tick));
      }
      context.textAlign = "center";
      for (const pass of [1, 100, 200, 300]) context.fillText(pass, Math.min(x(pass - 1), WIDTH - 14), HEIGHT - BOTTOM + 14);
      context.fillText(TEXT.axis, (LEFT + WIDTH) / 2, HEIGHT - 8);
      context.fillStyle = colour.faint;
      now.sums.forEach((value, pass) => {
        context.beginPath();
        context.arc(x(pass), y(value), 2, 0, 7);
        context.fill();
      });
      const line = (ink, dash, ...points) => {
        context.strokeStyle = ink;
        context.lineWidth = 2.5;
        context.setLineDash(dash);
        context.beginPath();
        points.forEach(([pass, at]) => context.lineTo(x(pass), y(at)));
        context.stroke();
      };
      line(colour.second, [8, 5], [0, now.evaluation], [MOST - 1, now.evaluation]);
      line(colour.first, [], ...now.means.map((mean, pass) => [pass, mean]));
      context.setLineDash([]);
    },
  });

  const numbers = table(TEXT.table, TEXT.heads, TEXT.rows);
  numbers.update = () => numbers.fill([
    [two(now.mean), two(now.formula)], [two(now.deviation), two(now.spread)], ["", two(now.evaluation)]]);

  const play = playButton(model, TEXT, {
    begin() { if (get("passes") >= MOST) assign(model, { passes: 1 }); },
    step() {
      model.set("passes", Math.min(MOST, get("passes") + 1));
      return get("passes") < MOST;
    },
  });
  const controls = [
    slider(model, "dropped", TEXT.dropped, () => [0, 90], TEXT.percent),
    menu(model, "rule", TEXT.rule, TEXT.rules),
    menu(model, "mode", TEXT.mode, TEXT.modes),
    slider(model, "passes", TEXT.passes, () => [1, MOST]),
  ];
  const words = h("p", { class: "bw-state" });
  const text = { update() { words.textContent = state(); } };
  return mount({ model, el }, {
    ...TEXT,
    say: state,
    traits: ["dropped", "rule", "mode", "passes"],
    parts: [compute, ...controls, units, chart, numbers, text, play],
    rows: [
      h("div", { class: "bw-columns" }, ...controls.map((control) => control.node), play.node),
      h("div", { class: "bw-columns" },
        h("div", {}, units.node, h("p", { class: "bw-caption" }, TEXT.unitsCaption)),
        h("div", {}, chart.node, h("p", { class: "bw-caption" }, TEXT.sumsCaption), numbers.node)),
      words,
    ],
  });
}

export default { render };
