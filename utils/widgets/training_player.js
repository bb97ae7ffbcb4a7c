// Scrub through recorded trainings: curves, first-layer filters and mistakes at one step, two runs or one.
import { bytes, h, menu, mount, number, picture, pixels, playButton, slider, table } from "./kit.js";

const TEXT = {
  reset: "Reset",
  play: "Play",
  pause: "Pause",
  first: "run A",
  second: "run B",
  frame: "step",
  view: "filters",
  views: [["weights", "their weights"], ["change", "their change"]],
  at: (step, epoch) => `${step} (epoch ${epoch})`,
  accuracy: "test accuracy, by step",
  loss: "training loss, by step",
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

const CLASSES = 10;
const HIGHEST_LOSS = 4;  // of the axis

function render({ model, el }) {
  const runs = model.get("runs");
  const classes = model.get("classes");
  const [count, side] = model.get("filter_shape");
  const filters = new Int8Array(bytes(model, "filters"));
  const confusions = bytes(model, "confusions");
  const steps = runs.reduce((longest, run) => (run.steps.length > longest.length ? run.steps : longest), []);
  const pair = runs.length > 1;
  const text = { ...TEXT, ...(pair ? TEXT.two : TEXT.one), title: model.get("title") };
  const names = pair ? ["A", "B"] : ["A"];
  const chosen = pair ? ["first", "second"] : ["first"];
  let now = [];

  const countOf = (frame, i) => {
    const at = 2 * (frame * CLASSES * CLASSES + i);
    return confusions[at] + 256 * confusions[at + 1];
  };

  // The filters of a frame as numbers: they are stored as whole ones, of which 127 are `largest`.
  const weights = (run, frame) => {
    const size = count * side * side, start = (run.offset + frame) * size;
    return Float32Array.from({ length: size }, (_, i) => (filters[start + i] * run.largest[frame]) / 127);
  };

  const compute = {
    update() {
      const step = steps[model.get("frame")];
      now = chosen.map((name) => {
        const run = runs[model.get(name)];
        const frame = run.steps.filter((taken) => taken <= step).length - 1;
        const confusion = Array.from({ length: CLASSES * CLASSES }, (_, i) => countOf(run.offset + frame, i));
        const first = weights(run, 0), present = weights(run, frame);
        const change = present.map((weight, i) => weight - first[i]);
        const largestChange = change.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const mistakes = confusion.map((n, i) => (i % (CLASSES + 1) ? n : 0));
        const worst = mistakes.indexOf(Math.max(...mistakes));
        const chunk = Math.min(Math.max(0, Math.ceil(run.steps[frame] / run.every) - 1), run.losses.length - 1);
        return { run, confusion, mistakes, worst, step: run.steps[frame], behind: run.steps[frame] < step,
          accuracy: run.accuracies[frame], loss: run.losses[chunk], lossAt: (chunk + 0.5) * run.every, largest: run.largest[frame], largestChange,
          ...(model.get("view") === "weights" ? { shown: present, most: run.largest[frame] } : { shown: change, most: largestChange }) };
      });
    },
  };

  const end = steps.at(-1);
  const curve = (what, value, highest, points, at) => picture(300, 170, {
    label: () => TEXT.curveLabel(what, now.map((run, i) => text.curveValue(names[i], value(run).toFixed(3))).join("; ")),
    draw(context, colour) {
      const box = { left: 32, top: 22, width: 258, height: 118 };
      const x = (step) => box.left + (step / end) * box.width;
      const y = (v) => box.top + (1 - Math.min(v, highest) / highest) * box.height;
      context.font = "11px sans-serif";
      context.fillStyle = context.strokeStyle = colour.faint;
      context.lineWidth = 0.5;
      for (const share of [0, 0.5, 1]) {
        const tick = share * highest;
        context.strokeRect(box.left, y(tick), box.width, 0);
        context.textAlign = "right";
        context.fillText(tick, box.left - 5, y(tick) + 4);
        context.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
        context.fillText(Math.round(share * end), x(share * end), box.top + box.height + 14);
      }
      context.textAlign = "left";
      context.fillText(what, box.left, 12);
      context.lineWidth = 1;
      context.strokeStyle = colour.ink;
      context.strokeRect(x(steps[model.get("frame")]), box.top, 0, box.height);
      now.forEach((shown, i) => {
        context.strokeStyle = i ? colour.second : colour.first;
        context.fillStyle = context.strokeStyle;
        context.lineWidth = 2;
        context.setLineDash(i ? [5, 3] : []);
        context.beginPath();
        for (const [step, v] of points(shown.run)) context.lineTo(x(step), y(v));
        context.stroke();
        context.setLineDash([]);
        context.beginPath();
        context.arc(x(at(shown)), y(value(shown)), 4, 0, 7);
        context.fill();
      });
    },
  });
  const accuracy = curve(TEXT.accuracy, (shown) => shown.accuracy, 1,
    (run) => run.steps.map((step, i) => [step, run.accuracies[i]]), (shown) => shown.step);
  const loss = curve(TEXT.loss, (shown) => shown.loss, HIGHEST_LOSS,
    (run) => run.losses.map((value, i) => [Math.min((i + 0.5) * run.every, end), value]), (shown) => Math.min(shown.lossAt, end));

  const panels = names.map((name, i) => {
    const columns = 8, cell = 37, rows = Math.ceil(count / columns);
    const canvas = picture(columns * cell, rows * cell, {
      label: () => text.filtersLabel(name, now[i].run.label, now[i].step),
      draw(context, colour) {
        context.fillStyle = colour.paper;
        context.fillRect(0, 0, columns * cell, rows * cell);
        for (let k = 0; k < count; k++) {
          const filter = pixels(side, side, (p) => {
            const grey = 128 + (127 * now[i].shown[k * side * side + p]) / (now[i].most || 1);
            return [grey, grey, grey, 255];
          });
          context.drawImage(filter, (k % columns) * cell, Math.floor(k / columns) * cell, cell - 4, cell - 4);
        }
      },
    });
    const title = h("p", { class: `bw-run bw-run-${name}` });
    const caption = h("p", { class: "bw-caption" });
    const counts = table(text.confusion(name), classes.map((answer, c) => [c, `${c} ${answer}`]),
      classes.map((truth, r) => `${r} ${truth}`), "bw-confusion");
    counts.cells.forEach((row, r) => row[r].classList.add("bw-right"));
    const update = () => {
      const { run, confusion, mistakes, most } = now[i];
      title.textContent = text.run(name, run.label);
      caption.textContent = TEXT[model.get("view") === "weights" ? "filters" : "changes"](most.toFixed(3));
      const worst = Math.max(1, ...mistakes);
      counts.cells.forEach((row, r) => row.forEach((cell, c) => {
        const at = r * CLASSES + c;
        cell.textContent = confusion[at] || "·";
        cell.classList.toggle("bw-thousand", confusion[at] > 999);
        cell.style.background = mistakes[at] ? `rgba(0, 114, 178, ${((0.7 * mistakes[at]) / worst).toFixed(2)})` : "";
      }));
    };
    return { parts: [canvas, { update }], filters: [title, canvas.node, caption], counts: counts.node };
  });

  const numbers = table(TEXT.numbers, names.map((name) => [text.column(name)]), TEXT.rows, "bw-numbers");
  const epoch = (step) => (step / model.get("steps_per_epoch")).toFixed(2);
  const words = {
    update() {
      const columns = now.map(({ step, behind, accuracy, loss, largest, largestChange, mistakes, worst }) => [
        behind ? TEXT.stopped(step) : TEXT.at(step, epoch(step)), number(accuracy, 4), number(loss, 3),
        number(largest, 3), number(largestChange, 3),
        mistakes[worst] ? TEXT.mistake(classes[Math.floor(worst / CLASSES)], classes[worst % CLASSES], mistakes[worst]) : TEXT.none,
      ]);
      numbers.fill(TEXT.rows.map((_, row) => columns.map((column) => column[row])));
    },
  };

  const labels = runs.map((run, i) => [i, run.label]);
  const controls = [
    ...(pair ? chosen.map((name) => menu(model, name, TEXT[name], labels)) : []),
    menu(model, "view", TEXT.view, TEXT.views),
    slider(model, "frame", TEXT.frame, () => [0, steps.length - 1], (frame) => steps[frame]),
  ];
  let due = 0;
  const play = playButton(model, TEXT, {
    begin() {
      if (model.get("frame") < steps.length - 1) return;
      model.set("frame", 0);
      due = performance.now() + 700;
    },
    step() {
      if (performance.now() < due) return true;
      due = performance.now() + 700;
      model.set("frame", Math.min(model.get("frame") + 1, steps.length - 1));
      return model.get("frame") < steps.length - 1;
    },
  });

  const beside = (...nodes) => h("div", { class: "bw-columns" }, ...nodes);
  const figures = pair
    ? [beside(accuracy.node, loss.node), numbers.node,
      beside(...panels.map(({ filters, counts }) => h("div", {}, ...filters, counts)))]
    : [beside(h("div", {}, ...panels[0].filters, numbers.node), h("div", {}, accuracy.node, loss.node, panels[0].counts))];
  return mount({ model, el }, {
    ...text,
    hint: text.hint(runs),
    say: () => TEXT.say(steps[model.get("frame")], now.map((shown) => number(shown.accuracy, 3))),
    traits: [...chosen, "view", "frame"],
    parts: [compute, ...controls, accuracy, loss, ...panels.flatMap((panel) => panel.parts), words, play],
    rows: [beside(...controls.map((control) => control.node), play.node), ...figures],
  });
}

export default { render };
