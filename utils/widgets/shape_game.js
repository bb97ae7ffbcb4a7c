// Output sizes as a game: a question, an answer by keyboard, and what a wrong answer points to.
import { assign, button, fill, frame, h, hatch, labelled, menu, mount, picture, text } from "./kit.js";
import { convFormula, convOut } from "./shapes.js";

const big = (n) => n.toLocaleString("en-US");
const call = (name, entries) => `${name}(${entries.filter(Boolean).join(", ")})`;
const given = (value, unknown) => (unknown ? "?" : value);
const TEXT = {
  title: "Shape game",
  hint: "Type a whole number and press Enter; Enter again brings the next question. Three right answers in a row lead to the next level. There is no clock: paper is welcome.",
  level: "level",
  levels: ["1: a window slides", "2: stride and padding", "3: pooling, floor and ceil", "4: find the setting", "5: down to the Linear", "6: parameters"],
  answer: "your answer", check: "Check", next: "Next question", show: "Show me",
  layer: (q) => (q.ask === "pool"
    ? call("nn.MaxPool2d", [q.kernel, `stride=${q.stride}`, q.rule === "ceil" && "ceil_mode=True"])
    : call("nn.Conv2d", ["…", `kernel_size=${q.kernel}`, (q.stride > 1 || q.unknown) && `stride=${given(q.stride, q.unknown === "stride")}`,
      (q.padding > 0 || q.unknown) && `padding=${given(q.padding, q.unknown === "padding")}`])),
  out: (layer, q) => `An input ${q.size} px wide goes through ${layer}. How many px wide is the map?`,
  inverse: (layer, q, wanted) => `An input ${q.unknown === "size" ? "" : `${q.size} px wide `}goes through ${layer} and becomes a map of ${wanted} px. ` +
    (q.unknown === "size" ? "How many px wide can the input be?" : `What is the ${q.unknown}?`),
  inputs: (q) => `An image of ${q.size}×${q.size} px. Kernel, stride, padding: conv1 11, 4, ${q.padding}; conv2 5, 1, 2; conv3 to conv5 3, 1, 1. ` +
    `After conv1, conv2 and conv5 a pooling of ${q.kernel}, 2, 0. All sizes are rounded ${q.rule === "ceil" ? "up (ceil, as in 2012)" : "down (floor, PyTorch)"}. ` +
    "The last layer has 256 maps. How many inputs has the first Linear behind flatten?",
  parameters: (q) => `${call("nn.Conv2d", [q.c_in, q.c_out, `kernel_size=${q.kernel}`, q.groups > 1 && `groups=${q.groups}`])}: how many parameters, biases included?`,
  whole: "Please type a whole number, such as 13.",
  yes: "Right. ", no: (typed) => `Not ${big(typed)}. `, if: "You get that number if ", was: (answer) => `The answer is ${big(answer)}. `,
  also: (others) => ` Also right: ${others.join(", ")}.`,
  off: (less, q) => `It is ${less ? "more" : "less"} than that. ` + (q.ask === "parameters"
    ? "How many weights has one kernel, and how many kernels are there?"
    : "How far can the window move from its first place, and in how many steps?"),
  gives: (name, value, n, wanted) => `With ${name} ${value} the map has ${n} px, not ${wanted}. `,
  noRoom: (name, value) => `With ${name} ${value} no window fits. `,
  names: { padding: "a padding of", stride: "a stride of", size: "an input of" },
  mistakes: {
    countSteps: "you forget the + 1: there is one position more than steps.",
    ceil: "you round up. Here a last step that does not fit whole is left out.",
    floor: "you round down. With ceil_mode the last step is taken even if the window then hangs over the edge.",
    padOnce: "you count the padding once. It is added at both ends.",
    noPad: "you leave the padding out.",
    noStride: "you leave the stride out: the window moves on by more than one pixel.",
    noKernel: "you do not subtract the kernel: its first place already takes up that many pixels.",
    input: "you take the size of the input. Where the padding is 0, a kernel of more than one pixel makes the map smaller.",
    bothSides: "you give both ends together. The argument padding is what is added at one end.",
    times: "you multiply the map by the stride. The first window counts by its own width, and only the others by the stride.",
    steps: "you count only the steps. The first window takes up kernel_size pixels.",
    forgotPad: "you forget that the padding gives some of the pixels.",
    side: "you stop at the side of the last map. Flatten makes a row of all its numbers.",
    square: "you count one map. There are 256.",
    oneSide: "you count one row of each map. A map has as many rows as columns.",
    otherRule: "you round in the other direction at each layer.",
    noPool5: "you leave out the last pooling.",
    noBias: "you leave out the biases: one for each kernel.",
    oneBias: "you count one bias. Each kernel has its own.",
    noGroups: "you let each kernel read all input channels. In groups it reads only its own part.",
    flat: "you count the side of the kernel once. It is as high as it is wide.",
    noChannels: "you forget the input channels: a kernel has a slice of weights for each channel that it reads.",
    oneKernel: "you count one kernel.",
    groupTwice: "you divide the kernels, too. There are as many as output channels; only what each one reads becomes less.",
  },
  formula: (q) => `${convFormula(q, 2)}.`,
  chain: (sides, answer) => `${sides.join(" → ")}, and 256·${sides.at(-1)}·${sides.at(-1)} = ${big(answer)}.`,
  count: (q, answer) => `${q.c_out}·(${q.kernel}²·${q.c_in}${q.groups > 1 ? `/${q.groups}` : ""} + 1) = ${q.c_out}·${q.kernel ** 2 * q.c_in / q.groups + 1} = ${big(answer)}.`,
  left: (n) => ` Left over at the end: ${n} px.`,
  beyond: (n) => ` The last window hangs ${n} px over the end.`,
  row: (n, p, shown) => `A row of ${n} px${p ? `, ${p} px of padding at each end` : ""}; windows drawn: ${shown}.`,
  none: "Nothing to draw for this answer.",
  rowCaption: "One row of pixels, and the places of the window below it. Stripes: padding, or beyond the end. Solid at the end: pixels that no window reads.",
  chainLabel: (sides) => `Sides, from the image to the last map: ${sides.join(", ")}.`,
  chainCaption: "The image and the eight maps after it, to scale; dashed: to be found.",
  groupsLabel: (reads, all) => `One kernel reads ${reads} of ${all} input maps.`,
  groupsCaption: "The input maps; filled: those that one kernel reads.",
  score: (right, of, streak) => `Right: ${right} of ${of}. In a row: ${streak}.`,
};

/** Numbers below 65,536 from a seed: the same as in shape_game.py. */
function draws(seed, level, number) {
  let state = (seed * 7919 + level * 104729 + number * 1299709) % 2 ** 32;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 16;
  };
}

const MAPS = 256;
const possible = ({ size, kernel, stride, padding }) => size > 0 && stride > 0 && size + 2 * padding >= kernel;
const other = (q) => ({ ...q, rule: q.rule === "ceil" ? "floor" : "ceil" });

/** Sides of the image and of AlexNet's maps. */
function sidesOf({ size, kernel, padding, rule }) {
  const pool = [kernel, 2, 0], sides = [size];
  for (const [k, s, p] of [[11, 4, padding], pool, [5, 1, 2], pool, [3, 1, 1], [3, 1, 1], [3, 1, 1], pool]) {
    sides.push(convOut({ size: sides.at(-1), kernel: k, stride: s, padding: p, rule }));
  }
  return sides;
}

/** The question's answer, whether a number is right, and what wrong rules would give, likeliest first. */
function solve(q) {
  const exactly = (answer, mistakes) => ({ answer, fits: (v) => v === answer, mistakes });
  if (q.ask === "parameters") {
    const { c_in, c_out, kernel: k, groups: g } = q, weights = k * k * c_in / g;
    return exactly(c_out * (weights + 1), [
      ["noBias", c_out * weights], ["oneBias", c_out * weights + 1], ["noGroups", c_out * (k * k * c_in + 1)],
      ["noGroups", c_out * k * k * c_in], ["groupTwice", c_out / g * (weights + 1)], ["flat", c_out * (k * c_in / g + 1)],
      ["noChannels", c_out * (k * k + 1)], ["noChannels", c_out * k * k], ["oneKernel", weights + 1], ["oneKernel", weights],
    ]);
  }
  if (q.ask === "inputs") {
    const sides = sidesOf(q), n = sides.at(-1);
    return { sides, ...exactly(MAPS * n * n, [
      ["otherRule", MAPS * sidesOf(other(q)).at(-1) ** 2], ["noPool5", MAPS * sides.at(-2) ** 2],
      ["side", n], ["square", n * n], ["oneSide", MAPS * n],
    ]) };
  }
  const { size: n, kernel: k, stride: s, padding: p, rule } = q, wanted = convOut(q), round = Math[rule];
  if (q.ask !== "inverse") {
    return exactly(wanted, [
      ["countSteps", wanted - 1], [other(q).rule, convOut(other(q))], ["padOnce", round((n + p - k) / s) + 1], ["noPad", round((n - k) / s) + 1],
      ["noStride", n + 2 * p - k + 1], ["noStride", n + 2 * p - k], ["input", n],
      ["noKernel", round((n + 2 * p) / s) + 1], ["noKernel", round((n + 2 * p) / s)],
    ]);
  }
  const fits = (v) => {
    const row = { ...q, [q.unknown]: v };
    return possible(row) && convOut(row) === wanted;
  };
  const others = Array.from({ length: 100 }, (_, v) => v).filter(fits);
  const mistakes = {
    padding: [["bothSides", 2 * p]], stride: [],
    size: [["times", wanted * s], ["steps", (wanted - 1) * s], ["steps", (wanted - 1) * s - 2 * p], ["forgotPad", (wanted - 1) * s + k]],
  }[q.unknown];
  return { answer: q[q.unknown], fits, mistakes, others, wanted };
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const begun = get("typed");
  let now = {}, key;
  const compute = () => {
    const place = ["seed", "level", "number"].map(get);
    if (place.join() !== key) {
      if (key) assign(model, { typed: "", tries: 0 });  // an answer belongs to its question
      key = place.join();
      input.value = get("typed");
    }
    const [ask, choices] = get("levels")[place[1] - 1];
    const draw = draws(...place), q = { ...get("defaults"), ask };
    for (const [name, values] of choices) q[name] = values[draw() % values.length];
    const typed = read(get("typed"));
    now = { q, typed, ...solve(q) };
    now.solved = typed !== null && now.fits(typed);
    now.done = now.solved || get("tries") >= 2;
    if (now.solved) now.answer = typed;
  };
  const question = () => {
    const { q } = now;
    if (q.ask === "inputs" || q.ask === "parameters") return TEXT[q.ask](q);
    return q.ask === "inverse" ? TEXT.inverse(TEXT.layer(q), q, now.wanted) : TEXT.out(TEXT.layer(q), q);
  };

  /** The row that is drawn, and how many windows of it. */
  const scene = () => {
    const { q, done, typed, answer } = now;
    if (!q.unknown) return { row: q, shown: Math.min(done ? Infinity : 1 + get("tries"), convOut(q)) };
    const value = done ? answer : typed;
    const row = { ...q, [q.unknown]: value ?? { padding: 0, stride: 1, size: q.kernel }[q.unknown] };
    const drawable = possible(row) && row.size + 2 * row.padding <= 100;
    return { row, shown: !drawable ? 0 : value === null && !done ? 1 : convOut(row) };
  };
  const solution = () => {
    const { q, answer, sides } = now;
    if (q.ask === "inputs") return TEXT.chain(sides, answer);
    if (q.ask === "parameters") return TEXT.count(q, answer);
    const row = q.unknown ? { ...q, [q.unknown]: answer } : q;
    const after = row.size + row.padding - ((convOut(row) - 1) * row.stride - row.padding + row.kernel);
    const others = (now.others ?? []).filter((v) => v !== answer);
    return TEXT.formula(row) + (after > 0 ? TEXT.left(after) : after < 0 ? TEXT.beyond(-after) : "") +
      (others.length ? TEXT.also(others) : "");
  };
  const feedback = () => {
    const { q, typed, answer, fits, mistakes, done, solved, wanted } = now;
    if (get("typed") && typed === null) return TEXT.whole;
    if (solved) return TEXT.yes + solution();
    if (typed === null) return done ? TEXT.was(answer) + solution() : "";
    const mistake = mistakes.find(([, value]) => value === typed && !fits(value));
    let words = TEXT.no(typed);
    if (q.unknown) {
      const row = { ...q, [q.unknown]: typed };
      words += possible(row) ? TEXT.gives(TEXT.names[q.unknown], typed, convOut(row), wanted) : TEXT.noRoom(TEXT.names[q.unknown], typed);
    }
    if (mistake) words += TEXT.if + TEXT.mistakes[mistake[0]];
    else if (!q.unknown && !done) words += TEXT.off(typed < answer, q);
    return words + (done ? ` ${TEXT.was(answer)}${solution()}` : "");
  };
  const drawRow = (context, colour) => {
    const { row, shown } = scene();
    if (!shown) return;
    const { size, kernel, stride, padding } = row;
    const end = (shown - 1) * stride + kernel, total = Math.max(size + 2 * padding, end);
    const unit = 640 / total, levels = Math.floor(kernel / stride) + 1, height = Math.min(16, 88 / levels);
    hatch(context, colour.line, 0, 2, 640, 20);
    fill(context, [padding * unit, 2, size * unit, 20], colour.paper);
    const rest = Math.min(size, size + 2 * padding - end);
    if (now.done && rest > 0) fill(context, [(padding + size - rest) * unit, 2, rest * unit, 20], colour.mark);
    for (let i = 0; i < size; i++) frame(context, [(padding + i) * unit, 2, unit, 20], colour.ink, 1);
    for (let i = 0; i < shown; i++) {
      fill(context, [i * stride * unit + 1, 28 + (i % levels) * height, kernel * unit - 2, height - 2], colour.first);
    }
  };
  const known = () => now.sides.slice(0, now.done ? 9 : 1 + get("tries"));
  const drawChain = (context, colour) => now.sides.forEach((side, i) => {
    const seen = i < known().length, width = seen ? Math.max(4, 104 * side / now.sides[0]) : 20;
    const box = [4 + (i && 60 + 64 * i), 112 - width, width, width];
    frame(context, box, ...(seen ? [colour.first] : [colour.line, 2, [4, 4]]));
  });
  const drawGroups = (context, colour) => {
    const { c_in, groups } = now.q, unit = 640 / c_in;
    for (let i = 0; i < c_in; i++) {
      const box = [i * unit + 1, 10, unit - 2, 96];
      if (i < c_in / groups) fill(context, box, colour.first);
      frame(context, box, colour.ink, 1);
    }
  };

  const drawing = picture(640, 118, {
    label() {
      if (now.sides) return TEXT.chainLabel(known());
      if (now.q.ask === "parameters") return TEXT.groupsLabel(now.q.c_in / now.q.groups, now.q.c_in);
      const { row, shown } = scene();
      return shown ? TEXT.row(row.size, row.padding, shown) : TEXT.none;
    },
    draw: (context, colour) => ({ inputs: drawChain, parameters: drawGroups }[now.q.ask] ?? drawRow)(context, colour),
  });
  const check = () => {
    compute();  // what was typed a moment ago
    if (now.done) return next();
    const typed = input.value.trim(), value = read(typed);
    if (value === null) assign(model, { typed: typed || " " });  // an empty field, but checked
    else if (now.fits(value)) assign(model, { typed, right: get("right") + 1, streak: get("streak") + 1 });
    else assign(model, { typed, tries: get("tries") + 1, streak: 0 });
  };
  const next = () => {
    const climb = now.solved && get("streak") > 0 && get("streak") % 3 === 0;
    const level = Math.min(get("levels").length, get("level") + climb);
    assign(model, { number: get("number") + 1, level, typed: "", tries: 0 });
    input.focus();
  };
  const showMe = () => {
    assign(model, { typed: "", tries: 2, streak: 0 });
    input.value = "";
    input.focus();
  };
  const enter = (event) => {  // no form: JupyterLab lets Enter submit none
    if (event.key !== "Enter") return;
    event.preventDefault();
    check();
  };
  const input = h("input", { type: "text", inputmode: "numeric", autocomplete: "off", onkeydown: enter });
  const submit = button(TEXT.check, check, "bw-submit"), show = button(TEXT.show, showMe);
  const form = {
    node: labelled("bw-ask", TEXT.answer, input, submit, show),
    update() {
      submit.textContent = now.done ? TEXT.next : TEXT.check;
      input.readOnly = show.disabled = now.done;
    },
    stop() { input.value = begun; },  // Reset takes back what was typed and not checked
  };
  return mount({ model, el }, {
    ...TEXT, say: () => feedback() || question(),
    traits: ["level", "number", "seed", "typed", "tries", "right", "streak"], compute,
    rows: [
      menu(model, "level", TEXT.level, TEXT.levels.map((text, i) => [i + 1, text])),
      text(question, "bw-question"), form, text(feedback, "bw-feedback"), drawing,
      text(() => TEXT[{ inputs: "chainCaption", parameters: "groupsCaption" }[now.q.ask] ?? "rowCaption"], "bw-caption"),
      text(() => TEXT.score(get("right"), get("number") + now.done, get("streak"))),
    ],
  });
}

/** A whole number as people write it, with or without commas; null for anything else. */
function read(text) {
  const digits = text.replace(/[\s,]/g, "");
  return /^\d{1,9}$/.test(digits) ? +digits : null;
}

export default { render };
