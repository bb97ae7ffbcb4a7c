// Scrub through recorded trainings: curves, first-layer filters and mistakes at one step, two runs or one.
import { box, bytes, chart, clamp, columns, drawFilters, menu, mount, number, picture, playButton, slider, table, text, write } from "./kit.js";

const TEXT = {
  first: "run A", second: "run B", frame: "step", view: "filters",
  views: [["weights", "their weights"], ["change", "their change"]],
  at: (step, epoch) => `${step} (epoch ${epoch})`,
  accuracy: "test accuracy, by step", loss: "training loss, by step",
  curveLabel: (what, values) => `${what}. At the chosen step, ${values}.`,
  filters: (largest) => `First-layer filters: grey is 0, black and white ±${largest}`,
  changes: (largest) => `First-layer filters, change since step 0: grey is 0, black and white ±${largest}`,
  numbers: "At this step",
  rows: ["step", "test accuracy", "training loss, mean of 50 steps", "largest weight", "largest change since step 0", "most frequent mistake"],
  mistake: (truth, answer, count) => `${truth} as ${answer}: ${count}`,
  none: "none",
  stopped: (step) => `stopped at ${step}`,
  say: (step, values) => `Step ${step}: test accuracy ${values.join(" and ")}.`,
  two: {
    hint: ([first, ...others]) => `Try: compare “${first.label}” with ${others.length > 1 ? "each of the others" : "the other"}. From which step on can you tell?`,
    curveValue: (name, value) => `run ${name}: ${value}`,
    filtersLabel: (name, run, step) => `The first layer’s filters of run ${name}, ${run}, at step ${step}.`,
    run: (name, label) => `${name}: ${label}`,
    column: (name) => name,
    confusion: (name) => `Run ${name}: a row for each true class, a column for each answer`,
  },
  one: {
    hint: () => "Try: play the filters, then their change. When is it smooth, and when does it look like noise again?",
    curveValue: (_, value) => value,
    filtersLabel: (_, run, step) => `The first layer’s filters, ${run}, at step ${step}.`,
    run: (_, label) => label,
    column: () => "this run",
    confusion: () => "A row for each true class, a column for each answer",
  },
};

const CLASSES = 10, CELLS = CLASSES * CLASSES;
const HIGHEST_LOSS = 4;  // of the axis

function render({ model, el }) {
  const runs = model.get("runs"), classes = model.get("classes"), [count, side] = model.get("filter_shape");
  const filters = new Int8Array(bytes(model, "filters"));
  const confusions = new Uint16Array(bytes(model, "confusions").slice().buffer);
  const steps = runs.reduce((longest, run) => (run.steps.length > longest.length ? run.steps : longest), []);
  const pair = runs.length > 1;
  const words = { ...TEXT, ...(pair ? TEXT.two : TEXT.one), title: model.get("title") };
  const names = ["A", "B"].slice(0, pair ? 2 : 1), chosen = ["first", "second"].slice(0, names.length);
  const kind = () => (model.get("view") === "weights" ? "filters" : "changes");
  let now = [];

  // The filters of a frame as numbers: they are stored as whole ones, of which 127 are `largest`.
  const weights = (run, frame) => {
    const size = count * side * side, start = (run.offset + frame) * size;
    return Float32Array.from({ length: size }, (_, i) => (filters[start + i] * run.largest[frame]) / 127);
  };
  const compute = () => {
    const step = steps[model.get("frame")];
    now = chosen.map((name) => {
      const run = runs[model.get(name)];
      const frame = run.steps.filter((taken) => taken <= step).length - 1;
      const confusion = confusions.subarray((run.offset + frame) * CELLS, (run.offset + frame + 1) * CELLS);
      const first = weights(run, 0), present = weights(run, frame);
      const change = present.map((weight, i) => weight - first[i]);
      const largest = run.largest[frame];
      const largestChange = change.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const mistakes = confusion.map((n, i) => (i % (CLASSES + 1) ? n : 0));
      const worst = mistakes.indexOf(Math.max(...mistakes));
      const chunk = clamp(Math.ceil(run.steps[frame] / run.every) - 1, 0, run.losses.length - 1);
      return { run, confusion, mistakes, worst, step: run.steps[frame], behind: run.steps[frame] < step,
        accuracy: run.accuracies[frame], loss: run.losses[chunk], lossAt: (chunk + 0.5) * run.every, largest, largestChange,
        ...(kind() === "filters" ? { shown: present, most: largest } : { shown: change, most: largestChange }) };
    });
  };

  const end = steps.at(-1);
  const curve = (what, value, highest, points, at) => chart(300, 170, {
    label: () => TEXT.curveLabel(what, now.map((run, i) => words.curveValue(names[i], value(run).toFixed(3))).join("; ")),
    margin: [22, 10, 30, 32], size: 11, ink: "faint", grid: "faint",
    axes: () => ({
      x: { domain: [0, end], ticks: [0, end / 2, end].map((step) => [step, Math.round(step)]) },
      y: { domain: [0, highest], ticks: [0, highest / 2, highest].map((tick) => [tick, tick]) },
    }),
    draw({ context, left, line, dot }, colour) {
      write(context, what, left, 8, colour.faint, { align: "left", size: 11 });
      line([0, highest].map((v) => [steps[model.get("frame")], v]), colour.ink, 1);
      now.forEach((shown, i) => {
        const ink = i ? colour.second : colour.first;
        line(points(shown.run), ink, 2, i ? [5, 3] : []);
        dot(at(shown), value(shown), 4, ink);
      });
    },
  });
  const accuracy = curve(TEXT.accuracy, (shown) => shown.accuracy, 1,
    (run) => run.steps.map((step, i) => [step, run.accuracies[i]]), (shown) => shown.step);
  const loss = curve(TEXT.loss, (shown) => shown.loss, HIGHEST_LOSS,
    (run) => run.losses.map((value, i) => [(i + 0.5) * run.every, value]), (shown) => shown.lossAt);

  const tiles = (i) => {
    const across = 8, cell = 37, rows = Math.ceil(count / across);
    return picture(across * cell, rows * cell, {
      label: () => words.filtersLabel(names[i], now[i].run.label, now[i].step),
      draw(context) {
        drawFilters(context, now[i].shown, side, now[i].most, across, cell);
      },
    });
  };
  const counts = (i) => {
    const confusion = table(words.confusion(names[i]), classes.map((answer, c) => [c, `${c} ${answer}`]),
      classes.map((truth, r) => `${r} ${truth}`), () => [], "bw-confusion");
    confusion.cells.forEach((row, r) => row[r].classList.add("bw-right"));
    const update = () => {
      const { confusion: seen, mistakes, worst } = now[i];
      confusion.cells.flat().forEach((cell, at) => {
        cell.textContent = seen[at] || "·";
        cell.classList.toggle("bw-thousand", seen[at] > 999);
        cell.style.background = mistakes[at] ? `rgba(0, 114, 178, ${((0.7 * mistakes[at]) / mistakes[worst]).toFixed(2)})` : "";
      });
    };
    return { ...confusion, update };
  };
  const panels = names.map((name, i) => [
    text(() => words.run(name, now[i].run.label), `bw-run bw-run-${name}`),
    tiles(i),
    text(() => TEXT[kind()](now[i].most.toFixed(3)), "bw-caption"),
  ]);

  const epoch = (step) => (step / model.get("steps_per_epoch")).toFixed(2);
  const numbers = table(TEXT.numbers, names.map(words.column), TEXT.rows, () => {
    const sides = now.map(({ step, behind, accuracy, loss, largest, largestChange, mistakes, worst }) => [
      behind ? TEXT.stopped(step) : TEXT.at(step, epoch(step)), number(accuracy, 4), number(loss, 3),
      number(largest, 3), number(largestChange, 3),
      mistakes[worst] ? TEXT.mistake(classes[Math.floor(worst / CLASSES)], classes[worst % CLASSES], mistakes[worst]) : TEXT.none,
    ]);
    return TEXT.rows.map((_, row) => sides.map((side) => side[row]));
  }, "bw-numbers");
  const last = () => steps.length - 1;
  return mount({ model, el }, {
    ...words, hint: words.hint(runs),
    say: () => TEXT.say(steps[model.get("frame")], now.map((shown) => number(shown.accuracy, 3))),
    traits: [...chosen, "view", "frame"], compute,
    rows: [
      columns(
        ...(pair ? chosen.map((name) => menu(model, name, TEXT[name], runs.map((run, i) => [i, run.label]))) : []),
        menu(model, "view", TEXT.view, TEXT.views),
        slider(model, "frame", TEXT.frame, () => [0, last()], (frame) => steps[frame]),
        playButton(model, { trait: "frame", last, pause: 700 })),
      ...(pair
        ? [columns(accuracy, loss), numbers, columns(...panels.map((panel, i) => box({}, ...panel, counts(i))))]
        : [columns(box({}, ...panels[0], numbers), box({}, accuracy, loss, counts(0)))]),
    ],
  });
}

export default { render };
