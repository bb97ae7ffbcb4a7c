// What the laboratory draws: loss and accuracy of its runs; filters, gradients and mistakes of the one
// that is shown; and the picture of all runs that can be saved.
//
// `view()` is what there is now: { runs, shown, classes, planned }, the last being the epochs of the next
// run. A run has a `hue` from 0 to 3: a colour, a line style and a shape for its points, so that no run
// is known by its colour alone; and a `short` name, which the charts write.

const PICTURE_TEXT = {
  loss: "loss (thick: mean of 20 steps)", accuracy: "test accuracy; dashed: training",
  band: "; grey: recorded seeds",
  guessing: "guessing",
  epochs: (n) => (n === 1 ? "1 epoch" : `${n} epochs`),
  byEpoch: "epochs", bySeen: "thousand images",
  nothing: "No run yet.",
  lossLabel: (values) => `Training loss by epoch, the mean of 20 steps. ${values}`,
  unstarted: (name) => `${name}: no step yet.`,
  lossValue: (name, loss, epoch) => `${name}: ${loss} at epoch ${epoch}.`,
  accuracyLabel: (values) => `Accuracy after each epoch. ${values}`,
  accuracyValue: (name, test, training, epoch) => `${name}: ${test} in the test and ${training} in training after epoch ${epoch}.`,
  untested: (name) => `${name}: no test yet.`,
  filters: (name, largest) => `first-layer filters (±${largest}) of ${name}`,
  noFilters: "first-layer filters: after the first step",
  filtersLabel: (count, side, name) => `${count} first-layer filters of ${side} × ${side} of ${name}; grey is 0.`,
  gradients: (name) => `root mean square gradient of ${name}`,
  noGradients: "root mean square gradient: after the first step",
  gradientsLabel: (name, values) => `Root mean square gradient of the last step of ${name}. ${values}.`,
  notANumber: "not a number",
  confusion: (name, count) => `${count} test answers of ${name}`,
  noConfusion: "answers to the test images: after the first test",
  truth: "true class ↓", answer: "answer →",
  confusionLabel: (name, count, right, mistake) => `Answers of ${name} to ${count} test images: ${right} % are right. ${mistake}`,
  mistake: (truth, answer, count, all) => `The largest mistake: ${truth} taken for ${answer}, ${count} of ${all}.`,
  noMistake: "There is no mistake.",
  saved: "AlexNet, measured: the laboratory",
  tested: (accuracy, epochs) => `test accuracy ${accuracy} after ${epochs}`,
  settings: {
    initial: { He: "He’s initial weights", Xavier: "Xavier’s initial weights", 0.01: "initial weights of standard deviation 0.01" },
    norm: { LRN: "LRN", constant: "a constant instead of LRN", "batch norm": "batch normalisation" },
    dropout: (p) => `dropout ${p}`, flip: "mirrored images", crop: "cropped images",
    optimiser: { SGD: "SGD", momentum: "SGD with momentum 0.9", Adam: "Adam" },
    rate: (rate) => `learning rate ${rate}`, batch: (size) => `batches of ${size}`,
    images: (count) => `${count} images`, seed: (seed) => `seed ${seed}`,
  },
};

const ANSWERS = 10, GUESS_LOSS = Math.log(ANSWERS);
const MEAN_STEPS = 20, MOST_POINTS = 600;  // of a line
export const DASHES = [[], [7, 3], [1.5, 2], [8, 2, 1.5, 2]], GUESS_DASH = [4, 3];  // by hue
const NAME_WIDTH = 84, LINE_HEIGHT = 12, KEY_WIDTH = 26;  // of the names beside the lines
const LEAST_GRADIENT = 1e-8;

const thousands = (count) => count.toLocaleString("en-US");

/** Of a run's losses the means of 20 steps, at so many places that a line is smooth: [epoch, mean]. */
function lossMeans({ losses, perEpoch }) {
  const points = [], stride = Math.ceil(losses.length / MOST_POINTS);
  for (let end = ((losses.length - 1) % stride) + 1; end <= losses.length; end += stride) {
    const from = Math.max(0, end - MEAN_STEPS);
    let sum = 0;
    for (let i = from; i < end; i++) sum += losses[i];
    points.push([end / perEpoch, sum / (end - from)]);
  }
  return points;
}

/** Of a run's losses the least and the largest of so few steps that the line is as ragged as all: [epoch, loss]. */
function lossExtremes({ losses, perEpoch }) {
  const points = [], stride = Math.ceil((2 * losses.length) / MOST_POINTS);
  for (let from = 0; from < losses.length; from += stride) {
    const some = losses.slice(from, from + stride), place = (from + some.length / 2) / perEpoch;
    points.push([place, Math.min(...some)], [place, Math.max(...some)]);
  }
  return points;
}

/** The share of right answers during each epoch of a training that is over: [epoch, share]. */
function trainingAccuracy({ correct, perEpoch, settings }) {
  const points = [];
  for (let end = perEpoch; end <= correct.length; end += perEpoch) {
    const right = correct.slice(end - perEpoch, end).reduce((a, b) => a + b);
    points.push([end / perEpoch, right / (perEpoch * settings.batch)]);
  }
  return points;
}

/** A point in the shape that belongs to a hue: disc, square, triangle, diamond. */
export function hueMark(context, hue, x, y, radius, ink) {
  if (hue === 0) return dot(context, x, y, radius, ink);
  const corners = [4, 3, 4][hue - 1], turn = [Math.PI / 4, -Math.PI / 2, 0][hue - 1];
  context.fillStyle = ink;
  context.beginPath();
  for (let i = 0; i < corners; i++) {
    const angle = turn + (2 * Math.PI * i) / corners, far = 1.25 * radius;
    context.lineTo(x + far * Math.cos(angle), y + far * Math.sin(angle));
  }
  context.fill();
}

/** Words in lines that are at most `width` wide, as far as words can be parted. */
function wrapped(context, words, width, size, bold = false) {
  context.font = `${bold ? "bold " : ""}${size}px system-ui, sans-serif`;  // as `write` has it
  const lines = [];
  for (const word of words.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && context.measureText(longer).width <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** What is drawn of a run, and of which: as much of it as fits, with the run's mark before it. */
function writeTitle(context, run, words, colour) {
  const size = 11, left = run ? 14 : 0, fits = (text) => context.measureText(text).width <= 300 - left;
  context.font = `${size}px system-ui, sans-serif`;
  let shown = words;
  while (!fits(shown)) shown = `${shown.replace(/…$/, "").slice(0, -1)}…`;
  if (run) hueMark(context, run.hue, 5, 8, 4, colour.arms[run.hue]);
  write(context, shown, left, 8, colour.faint, { align: "left", size });
}

/** Middles for things of these heights, as near to their `places` as they can be without overlap. */
function spreadApart(places, heights, top, bottom) {
  const order = [...places.keys()].sort((a, b) => places[a] - places[b]), middles = [];
  let free = top;
  for (const i of order) {
    middles[i] = Math.max(places[i], free + heights[i] / 2);
    free = middles[i] + heights[i] / 2;
  }
  free = bottom;
  for (const i of order.reverse()) {
    middles[i] = Math.min(middles[i], free - heights[i] / 2);
    free = middles[i] - heights[i] / 2;
  }
  return middles;
}

/** The parts of a line that lie between `low` and `high`, each as far as to where it leaves. */
function partsInside(points, [low, high]) {
  const inside = points.map(([, value]) => value >= low && value <= high), parts = [];
  points.forEach((point, i) => {
    if (inside[i - 1] || (i && inside[i])) parts.at(-1).push(point);
    else if (inside[i] || inside[i + 1]) parts.push([point]);
  });
  return parts;
}

/** A chart of all runs by epoch, or where runs see other numbers of images in an epoch, by images seen,
 * with the name of each where its line ends. `draw` adds one run's lines, `last(run)` is the end of its
 * main line, [epoch, value], if it has one, and `dash(hue)` the style of that; `range(run)` is its band:
 * [epoch, low, high] … A line leaves the chart where it is beyond the first or the last of `ticks()`. */
function runsChart(view, { title, ticks, guess, dash, last, range, draw, label }) {
  const ruler = h("canvas").getContext("2d");
  const lines = (name, bold) => {
    const [first, second, more] = wrapped(ruler, name, NAME_WIDTH, 11, bold);
    return second ? [first, more ? `${second} …` : second] : [first];
  };
  const bySeen = () => new Set(view().runs.map(({ settings }) => settings.images)).size > 1;
  const unit = ({ settings }) => (bySeen() ? settings.images / 1000 : 1);  // of an epoch on the axis
  const length = () => {
    const { runs, planned } = view();
    return runs.length ? Math.max(...runs.map((run) => Math.ceil((unit(run) * run.planned) / run.perEpoch))) : planned;
  };
  const domain = () => [ticks()[0], ticks().at(-1)], guessed = () => guess >= ticks()[0];
  const room = () => {
    const all = [PICTURE_TEXT.guessing, ...view().runs.map(({ short }) => short)].flatMap((name) => lines(name, true));
    return KEY_WIDTH + 10 + Math.max(...all.map((line) => ruler.measureText(line).width));
  };
  const writeNames = ({ context, x, y, right, top, bottom }, colour) => {
    const { runs, shown } = view(), left = right - room() + 4;
    const ended = runs.filter(last).map((run) => (
      { end: [unit(run) * last(run)[0], last(run)[1]], words: lines(run.short, run === shown), bold: run === shown, ink: colour.ink, run }));
    const guessing = { end: [length(), guess], words: [PICTURE_TEXT.guessing], ink: colour.faint };
    const entries = [...ended, ...(guessed() ? [guessing] : [])];
    const heights = entries.map(({ words }) => LINE_HEIGHT * words.length + 2);
    const middles = spreadApart(entries.map(({ end }) => y(end[1])), heights, top - 6, bottom + 6);
    fill(context, [left, top - 6, right - left, bottom - top + 12], colour.paper);
    entries.forEach(({ end: [epoch, value], words, bold, ink, run }, i) => {
      const from = [left + 6, middles[i]], key = [from, [left + KEY_WIDTH, middles[i]]];
      const [line, width, style] = run ? [colour.arms[run.hue], 2, dash(run.hue)] : [ink, 1, GUESS_DASH];
      if (x(epoch) > left - 12) stroke(context, [[x(epoch), y(value)], from], line, 0.75, run ? [] : GUESS_DASH);
      stroke(context, key, line, width, style);
      if (run) hueMark(context, run.hue, ...from, 3, line);
      words.forEach((some, n) => {
        const middle = middles[i] + (n - (words.length - 1) / 2) * LINE_HEIGHT;
        write(context, some, left + KEY_WIDTH + 4, middle, ink, { align: "left", size: 11, bold });
      });
    });
  };
  return chart(300, 200, {
    label, margin: [24, 0, 24, 26], size: 11, ink: "faint", grid: "hair",
    axes() {
      const end = length(), every = [1, 2, 5, 10].find((n) => end / n <= 5), places = [];
      for (let epoch = 0; epoch < end - every / 2; epoch += every) places.push([epoch, epoch]);
      return {
        x: { domain: [0, end], ticks: [...places, [end, end]], inset: [0, room()] },
        y: { domain: domain(), ticks: ticks().map((tick) => [tick, tick]) },
      };
    },
    draw(plot, colour) {
      const { context, x, y } = plot, { runs, shown } = view(), band = shown && range(shown);
      context.lineJoin = "round";
      writeTitle(context, undefined, title + (band ? PICTURE_TEXT.band : ""), colour);
      if (band) drawBand(context, band.map(([epoch, low, high]) => [x(unit(shown) * epoch), y(low), y(high)]), colour.hair);
      if (guessed()) stroke(context, [0, length()].map((place) => [x(place), y(guess)]), colour.faint, 1, GUESS_DASH);
      const lastOnTop = [...runs].sort((a, b) => (a === shown) - (b === shown));
      for (const run of lastOnTop) {
        const each = unit(run), place = (epoch) => x(each * epoch);
        const line = (points, ...style) => {
          for (const part of partsInside(points, domain())) stroke(context, part.map(([epoch, value]) => [place(epoch), y(value)]), ...style);
        };
        draw({ context, line, x: place, y }, run, colour.arms[run.hue], run === shown);
      }
      writeNames(plot, colour);
      const words = bySeen() ? PICTURE_TEXT.bySeen : PICTURE_TEXT.byEpoch;
      write(context, words, plot.right, plot.bottom + 11, colour.faint, { align: "right", size: 11 });
    },
  });
}

/** The area between the low and the high ends of [x, low, high]. */
function drawBand(context, places, ink) {
  Object.assign(context, { fillStyle: ink, strokeStyle: ink, lineWidth: 3 });
  context.beginPath();
  for (const [x, low] of places) context.lineTo(x, low);
  for (const [x, , high] of [...places].reverse()) context.lineTo(x, high);
  context.closePath();
  context.fill();
  context.stroke();  // a single place has no area
}

/** The loss of all runs; of the one that is shown also single steps, and its band. */
export function labLoss(view) {
  const last = ({ losses, perEpoch }) => {
    const recent = losses.slice(-MEAN_STEPS);
    return losses.length ? [losses.length / perEpoch, recent.reduce((a, b) => a + b) / recent.length] : undefined;
  };
  return runsChart(view, {
    title: PICTURE_TEXT.loss, ticks: () => [0, 1, 2, 3], guess: GUESS_LOSS, dash: (hue) => DASHES[hue], last,
    range: ({ band, perEpoch }) => band?.losses.map(([step, low, high]) => [step / perEpoch, low, high]),
    draw({ context, line, x, y }, run, ink, single) {
      if (!run.losses.length) return;
      if (single) {
        context.globalAlpha = 0.3;
        line(lossExtremes(run), ink, 1);
        context.globalAlpha = 1;
      }
      line(lossMeans(run), ink, 2, DASHES[run.hue]);
      const [epoch, loss] = last(run), end = [x(epoch), y(loss)];
      if (run.problem) write(context, "×", ...end, ink, { size: 18, bold: true });
      else hueMark(context, run.hue, ...end, 3, ink);
    },
    label() {
      const values = view().runs.map((run) => {
        const end = last(run);
        if (run.problem) return `${run.name}: ${run.problem}`;
        return end ? PICTURE_TEXT.lossValue(run.name, end[1] < 1000 ? number(end[1], 3) : scientific(end[1]), number(end[0], 1)) : PICTURE_TEXT.unstarted(run.name);
      });
      return PICTURE_TEXT.lossLabel(values.join(" ") || PICTURE_TEXT.nothing);
    },
  });
}

/** The accuracy of all runs in the test after each epoch, and in training during each. */
export function labAccuracy(view) {
  const points = ({ tests }) => tests.map((accuracy, i) => [i + 1, accuracy]);
  const ticks = () => {  // closer where all runs have come far
    const ends = view().runs.flatMap((run) => [points(run).at(-1), trainingAccuracy(run).at(-1)]).map((end) => end?.[1] ?? 0);
    return ends.length && Math.min(...ends) >= 0.6 ? [0.6, 0.7, 0.8, 0.9, 1] : [0, 0.5, 1];
  };
  return runsChart(view, {
    title: PICTURE_TEXT.accuracy, ticks, guess: 1 / ANSWERS, dash: () => [], last: (run) => points(run).at(-1),
    range: ({ band }) => band?.tests.map(([low, high], i) => [i + 1, low, high]),
    draw({ context, line, x, y }, run, ink) {
      const tests = points(run), every = Math.ceil(tests.length / 10);
      line(trainingAccuracy(run), ink, 1.25, [3, 3]);
      line(tests, ink, 2);
      tests.forEach(([epoch, accuracy], i) => {
        if (accuracy >= ticks()[0] && (tests.length - 1 - i) % every === 0) hueMark(context, run.hue, x(epoch), y(accuracy), 3, ink);
      });
    },
    label() {
      const values = view().runs.map((run) => {
        const { name, tests } = run, epoch = tests.length;
        if (!epoch) return PICTURE_TEXT.untested(name);
        return PICTURE_TEXT.accuracyValue(name, number(tests.at(-1), 3), number(trainingAccuracy(run)[epoch - 1][1], 3), epoch);
      });
      return PICTURE_TEXT.accuracyLabel(values.join(" ") || PICTURE_TEXT.nothing);
    },
  });
}

/** The first layer's filters of the run that is shown. */
export function labFilters(view) {
  const now = () => {
    const { shown } = view();
    if (!shown?.filters) return undefined;
    const { shape: [count, , side], data } = shown.filters;
    return { count, side, data, name: shown.name, largest: data.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) };
  };
  return picture(300, 136, {
    label() {
      const filters = now();
      return filters ? PICTURE_TEXT.filtersLabel(filters.count, filters.side, filters.name) : PICTURE_TEXT.noFilters;
    },
    draw(context, colour) {
      const filters = now();
      const words = filters ? PICTURE_TEXT.filters(filters.name, filters.largest < 1000 ? number(filters.largest, 2) : scientific(filters.largest)) : PICTURE_TEXT.noFilters;
      writeTitle(context, filters && view().shown, words, colour);
      if (!filters) return;
      const across = filters.count > 12 ? 8 : 3;
      drawFilters(context, filters.data, filters.side, filters.largest, across, Math.min(304 / across, 57), 0, 22);
    },
  });
}

/** The gradient's size in each layer of the run that is shown, on a logarithmic axis. */
export function labGradients(view) {
  const layers = () => view().shown?.gradients ?? [];
  const value = (size) => (Number.isFinite(size) ? scientific(size) : PICTURE_TEXT.notANumber);
  const layer = (name) => name.replace(/\.weight$/, "");
  return chart(300, 170, {
    margin: [22, 10, 22, 42], size: 11, ink: "faint", grid: "hair",
    axes: () => ({
      x: { domain: [LEAST_GRADIENT, 1], log: true, ticks: [[1e-8, "10⁻⁸"], [1e-6, "10⁻⁶"], [1e-4, "10⁻⁴"], [1e-2, "0.01"], [1, "1"]], inset: [0, 48] },
      y: { domain: [0, layers().length || 1], ticks: layers().map(([name], i) => [layers().length - i - 0.5, layer(name)]) },
    }),
    draw(plot, colour) {
      const { context, left, top, bottom, x, y } = plot, { shown } = view(), rows = layers();
      const title = rows.length ? PICTURE_TEXT.gradients(shown.name) : PICTURE_TEXT.noGradients;
      writeTitle(context, rows.length ? shown : undefined, title, colour);
      for (const power of [1e-8, 1e-6, 1e-4, 1e-2, 1]) stroke(context, [[x(power), top], [x(power), bottom]], colour.hair, 0.5);
      const thickness = Math.min(12, (0.6 * (bottom - top)) / rows.length);
      rows.forEach(([, size], i) => {
        const end = x(Number.isFinite(size) ? size : LEAST_GRADIENT), middle = y(rows.length - i - 0.5);
        fill(context, [left, middle - thickness / 2, end - left, thickness], colour.arms[shown.hue]);
        context.font = "10px system-ui, sans-serif";
        fill(context, [end + 1, middle - 6, context.measureText(value(size)).width + 6, 12], colour.paper);
        write(context, value(size), end + 4, middle, colour.ink, { align: "left", size: 10 });
      });
    },
    label() {
      const rows = layers();
      if (!rows.length) return PICTURE_TEXT.noGradients;
      return PICTURE_TEXT.gradientsLabel(view().shown.name, rows.map(([name, size]) => `${layer(name)}: ${value(size)}`).join(", "));
    },
  });
}

/** What the run that is shown answers to the test images of each class. */
export function labConfusion(view) {
  const side = 24, edge = 59;  // of a cell, and of the names around
  const now = () => {
    const { shown, classes } = view(), counts = shown?.confusion;
    if (!counts) return undefined;
    const mistakes = counts.map((count, i) => (i % (ANSWERS + 1) ? count : 0)), largest = Math.max(...mistakes);
    const sum = (numbers) => numbers.reduce((a, b) => a + b, 0), all = sum(counts), worst = mistakes.indexOf(largest);
    const row = Math.floor(worst / ANSWERS), ofClass = sum(counts.slice(ANSWERS * row, ANSWERS * (row + 1)));
    return { name: shown.name, counts, mistakes, largest, worst, all,
      right: number((100 * (all - sum(mistakes))) / all, 1),
      mistake: largest ? PICTURE_TEXT.mistake(classes[row], classes[worst % ANSWERS], largest, ofClass) : PICTURE_TEXT.noMistake };
  };
  return picture(300, 324, {
    label() {
      const answers = now();
      if (!answers) return PICTURE_TEXT.noConfusion;
      return PICTURE_TEXT.confusionLabel(answers.name, thousands(answers.all), answers.right, answers.mistake);
    },
    draw(context, colour) {
      const answers = now(), top = 24 + edge;
      const words = answers ? PICTURE_TEXT.confusion(answers.name, thousands(answers.all)) : PICTURE_TEXT.noConfusion;
      writeTitle(context, answers && view().shown, words, colour);
      write(context, PICTURE_TEXT.truth, 0, top - 8, colour.faint, { align: "left", size: 9 });
      write(context, PICTURE_TEXT.answer, edge - 4, 30, colour.faint, { align: "right", size: 9 });
      view().classes.forEach((name, i) => {
        write(context, name, edge - 5, top + (i + 0.5) * side, colour.ink, { align: "right", size: 10 });
        context.save();
        context.translate(edge + (i + 0.5) * side, top - 5);
        context.rotate(-Math.PI / 2);
        write(context, name, 0, 0, colour.ink, { align: "left", size: 10 });
        context.restore();
      });
      const place = (i) => [edge + (i % ANSWERS) * side, top + Math.floor(i / ANSWERS) * side];
      for (let i = 0; i < ANSWERS ** 2; i++) {
        const [x, y] = place(i), isRight = i % (ANSWERS + 1) === 0, count = answers?.counts[i];
        if (count) {
          context.globalAlpha = isRight ? 0.5 : 0.6 * Math.sqrt(count / answers.largest);
          fill(context, [x + 0.5, y + 0.5, side - 1, side - 1], isRight ? colour.first : colour.second);
          context.globalAlpha = 1;
        }
        frame(context, [x, y, side, side], colour.hair, 0.5);
        if (count) write(context, String(count), x + side / 2, y + side / 2, colour.ink, { size: count > 999 ? 9 : 10, bold: isRight });
      }
      if (answers?.largest) frame(context, [...place(answers.worst), side, side], colour.ink, 1.5);
    },
  });
}

/** The settings of a run in words; what is switched off is not told. */
function settingsInWords({ network, activation, initial, norm, dropout, flip, crop, optimiser, rate, batch, images, epochs, seed }) {
  const words = PICTURE_TEXT.settings;
  return [
    network, activation, words.initial[initial], words.norm[norm], dropout && words.dropout(dropout), flip && words.flip,
    crop && words.crop, words.optimiser[optimiser], words.rate(rate), words.batch(batch), words.images(thousands(images)),
    PICTURE_TEXT.epochs(epochs), words.seed(seed),
  ].filter(Boolean).join(", ");
}

/** Both charts, and each run's settings in words, as a canvas on white: a file to keep. */
export function labPicture(view) {
  const width = 660, sharp = 2, gap = 20, size = 12, line = 17, charts = 215;
  const parts = [labLoss(view), labAccuracy(view)];
  const light = h("div", { class: "book-light", style: "position: fixed; visibility: hidden" }, ...parts);
  for (const { node } of parts) node.style.width = `${(sharp * (width - 3 * gap)) / 2}px`;
  document.body.append(light);
  for (const { update } of parts) update();
  const colour = colours(light), ruler = h("canvas").getContext("2d");
  light.remove();
  const told = view().runs.map((run) => {
    const result = run.problem ?? (run.tests.length ? PICTURE_TEXT.tested(number(run.tests.at(-1), 3), PICTURE_TEXT.epochs(run.tests.length)) : PICTURE_TEXT.untested(run.name));
    return { run, lines: wrapped(ruler, `${settingsInWords(run.settings)}: ${result}`, width - 2 * gap - 34, size) };
  });
  const height = charts + 42 + told.reduce((sum, { lines }) => sum + line * (lines.length + 1) + 8, 0);
  const canvas = h("canvas", { width: sharp * width, height: sharp * height }), context = canvas.getContext("2d");
  context.scale(sharp, sharp);
  fill(context, [0, 0, width, height], colour.paper);
  write(context, PICTURE_TEXT.saved, gap, 22, colour.ink, { align: "left", size: 14, bold: true });
  const wide = (width - 3 * gap) / 2;
  parts.forEach(({ node }, i) => context.drawImage(node, gap + i * (wide + gap), 42, wide, (wide * 2) / 3));
  let y = charts + 50;
  for (const { run, lines } of told) {
    const ink = colour.arms[run.hue];
    stroke(context, [[gap, y], [gap + 26, y]], ink, 2, DASHES[run.hue]);
    hueMark(context, run.hue, gap + 13, y, 3.5, ink);
    write(context, run.name, gap + 34, y, colour.ink, { align: "left", size, bold: true });
    for (const words of lines) write(context, words, gap + 34, (y += line), colour.ink, { align: "left", size });
    y += line + 8;
  }
  return canvas;
}
