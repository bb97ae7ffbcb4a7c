// What the book's widgets share: elements, controls bound to the model, canvases, charts, colours.
// A widget imports from here; `module` in utils/widgets/base.py puts both into one module.
//
// A *part* is { node, update, stop }: an element, what brings it in step with the model, and what
// ends whatever it does by itself; `update` and `stop` may be missing.

const BUTTONS = { reset: "Reset", play: "Play", pause: "Pause" };  // the words that all widgets have

/** An element with attributes, listeners (onclick …) and children: nodes, texts, parts. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.map((child) => child.node ?? child));
  return node;
}

/** A part made of parts and nodes: an element around them, updated and stopped as they are. */
export function box(attributes, ...children) {
  const all = (name) => () => children.forEach((child) => child[name]?.());
  return { node: h("div", attributes, ...children), update: all("update"), stop: all("stop") };
}

/** Two columns, one on a narrow screen. */
export const columns = (...parts) => box({ class: "bw-columns" }, ...parts);

/** A paragraph: `words` themselves, or a function that gives them at every update. */
export function text(words, className = "bw-state") {
  if (typeof words !== "function") return { node: h("p", { class: className }, words) };
  const node = h("p", { class: className });
  return { node, update() { node.textContent = words(); } };
}

/** A part with a caption below it, and what follows. */
export const captioned = (part, words, ...more) => box({}, part, text(words, "bw-caption"), ...more);

/** Change traits of the model, here and in Python. */
export function assign(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
}

/** A line of the panel: a label, the control that it names, and what stands behind it. */
export function labelled(className, label, control, ...rest) {
  control.id = `bw-${Math.random().toString(36).slice(2)}`;  // unique among all widgets of the page
  control.dataset.lmSuppressShortcuts = "";  // or JupyterLab takes the arrow keys for itself
  return h("div", { class: className }, h("label", { for: control.id }, label), control, ...rest);
}

/** A slider for a whole number of the model. `range()` gives [min, max], `show(value)` its text. */
export function slider(model, name, label, range, show = String) {
  const input = h("input", { type: "range", name, oninput: () => assign(model, { [name]: +input.value }) });
  const output = h("output", { "aria-hidden": "true" });  // the slider says its value itself
  const node = labelled("bw-control", label, input, output);
  const update = () => {
    [input.min, input.max] = range();
    input.value = model.get(name);
    input.disabled = +input.max <= +input.min;
    output.textContent = show(model.get(name));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  return { node, update };
}

/** A menu for one trait. An option is [value, its text], or a value that is its own text. */
export function menu(model, name, label, options) {
  const entries = options.map((option) => (Array.isArray(option) ? option : [option, option]));
  const select = h("select", { name, onchange: () => assign(model, { [name]: entries[select.selectedIndex][0] }) },
    ...entries.map(([, text]) => h("option", {}, text)));
  const update = () => { select.selectedIndex = entries.findIndex(([value]) => value === model.get(name)); };
  return { node: labelled("bw-control", label, select), update };
}

export function button(text, onclick, className) {
  return h("button", { type: "button", class: className, "data-lm-suppress-shortcuts": true, onclick }, text);
}

/** A button that plays: `put(place)` one step further at each frame, or after `pause` ms, until `last()`.
 *
 * The place is a trait or what `at()` says. It is put with `set` alone: Python hears of the end, not
 * of sixty values a second. */
export function playButton(model, {
  trait, at = () => model.get(trait), put = (place) => model.set(trait, place), first = 0, last, step = () => 1, pause = 0,
}) {
  let timer = 0, due = 0;
  const go = (place) => {
    put(place);
    due = performance.now() + pause;
  };
  const stop = () => {
    if (!timer) return;
    cancelAnimationFrame(timer);
    timer = 0;
    node.textContent = BUTTONS.play;
    model.save_changes();
  };
  const tick = () => {
    if (performance.now() >= due) go(Math.min(at() + step(), last()));
    if (at() < last()) timer = requestAnimationFrame(tick);
    else stop();
  };
  const node = button(BUTTONS.play, () => {
    if (timer) return stop();
    if (at() >= last()) go(first);
    node.textContent = BUTTONS.pause;
    timer = requestAnimationFrame(tick);
  });
  return { node, stop };
}

/** Colours of the page as it is now, light or dark, by the names of the style sheet; `arms` are those
 * of up to four compared things. */
export function colours(node) {
  const style = getComputedStyle(node), colour = (name) => style.getPropertyValue(`--book-${name}`).trim();
  const named = ["ink", "faint", "paper", "line", "hair", "first", "second", "mark"].map((name) => [name, colour(name)]);
  return { ...Object.fromEntries(named), arms: ["blue", "orange", "green", "purple"].map(colour) };
}

/** A canvas of `width` × `height` units, sharp on every screen.
 *
 * `draw(context, colours)` fills it; `point(x, y)`, in units, hears clicks, taps and a mouse that is
 * dragged. (A finger that is dragged scrolls the page.) It is a picture with a text (`label()`):
 * what it can do, the controls beside it can do by keyboard. `place(event)` is an event's [x, y]. */
export function picture(width, height, { draw, label, point }) {
  const node = h("canvas", { class: "bw-picture", role: "img", style: `aspect-ratio: ${width} / ${height}` });
  const place = (event) => {
    const box = node.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
  };
  if (point) {
    node.classList.add("bw-pointable");
    const mouse = (event) => event.pointerType !== "touch" && event.buttons === 1;
    node.addEventListener("click", (event) => point(...place(event)));
    node.addEventListener("pointerdown", (event) => { if (mouse(event)) node.setPointerCapture(event.pointerId); });
    node.addEventListener("pointermove", (event) => {
      if (mouse(event) && node.hasPointerCapture(event.pointerId)) point(...place(event));
    });
  }
  const update = () => {
    const scale = ((node.clientWidth || width) * devicePixelRatio) / width;
    node.width = Math.round(width * scale);
    node.height = Math.round(height * scale);
    const context = node.getContext("2d"), colour = colours(node);
    context.scale(scale, scale);
    context.imageSmoothingEnabled = false;
    fill(context, [0, 0, width, height], colour.paper);
    draw(context, colour);
    node.setAttribute("aria-label", label());
  };
  return { node, update, place };
}

/** A line through points [x, y]. */
export function stroke(context, points, ink, width = 2, dash = []) {
  Object.assign(context, { strokeStyle: ink, lineWidth: width });
  context.setLineDash(dash);
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
  context.setLineDash([]);
}

/** A box [left, top, width, height], filled. */
export function fill(context, box, ink) {
  context.fillStyle = ink;
  context.fillRect(...box);
}

/** The outline of such a box. */
export function frame(context, box, ink, width = 2, dash = []) {
  Object.assign(context, { strokeStyle: ink, lineWidth: width });
  context.setLineDash(dash);
  context.strokeRect(...box);
  context.setLineDash([]);
}

/** A disc; `rim` is the colour of a line around it. */
export function dot(context, x, y, radius, ink, rim, width = 2) {
  Object.assign(context, { fillStyle: ink, strokeStyle: rim ?? ink, lineWidth: width });
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
  if (rim) context.stroke();
}

/** Words whose middle line is at `y`. */
export function write(context, words, x, y, ink, { align = "center", size = 13, bold = false } = {}) {
  const font = `${bold ? "bold " : ""}${size}px system-ui, sans-serif`;
  Object.assign(context, { font, fillStyle: ink, textAlign: align, textBaseline: "middle" });
  context.fillText(words, x, y);
}

/** The place of a value between `from` and `to`, which stand for the ends of the domain; none lies beyond. */
function scale({ domain: [low, high], log = false }, from, to) {
  const measure = log ? Math.log : Number;
  const part = (value) => (measure(value) - measure(low)) / (measure(high) - measure(low));
  return (value) => from + part(clamp(value, low, high)) * (to - from);
}

/** A picture with axes: y has numbers on the left and lines across, x has numbers below and a title.
 *
 * `axes()` describes them as they are now: { x: { domain, ticks, title, inset }, y: { domain, ticks } },
 * `log: true` for a logarithmic one; a tick is [value, text], or [value, text, whether it is bold];
 * `inset` keeps values away from both ends. `margin` is what surrounds the lines, from the top
 * clockwise; `size` is that of the numbers. `draw(chart, colours)` adds what is shown, in values:
 * `line` through points and `dot`; `x(value)` and `y(value)` are places, for `point` as well. */
export function chart(width, height, { margin, size = 13, ink = "ink", grid = "line", axes, draw, label, point }) {
  const [top, right, bottom, left] = [margin[0], width - margin[1], height - margin[2], margin[3]];
  const drawAll = (context, colour) => {
    const { x, y } = axes(), [before, behind] = x.inset ?? [0, 0];
    Object.assign(plot, { context, x: scale(x, left + before, right - behind), y: scale(y, bottom, top) });
    for (const [value, words] of y.ticks) {
      stroke(context, [left, right].map((end) => [end, plot.y(value)]), colour[grid], 0.5);
      write(context, words, left - 6, plot.y(value), colour[ink], { align: "right", size });
    }
    for (const [value, words, bold] of x.ticks) {
      const most = right - context.measureText(words).width / 2;
      write(context, words, Math.min(plot.x(value), most), bottom + size, colour[ink], { size, bold });
    }
    if (x.title) write(context, x.title, (left + right) / 2, height - 8, colour[ink], { size });
    draw(plot, colour);
  };
  const plot = {
    ...picture(width, height, { draw: drawAll, label, point }), left, right, top, bottom,
    line: (points, ...style) => stroke(plot.context, points.map(([x, y]) => [plot.x(x), plot.y(y)]), ...style),
    dot: (x, y, ...style) => dot(plot.context, plot.x(x), plot.y(y), ...style),
  };
  return plot;
}

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** A number as text, with a real minus sign. */
export function number(value, digits = 0) {
  return value.toFixed(digits).replace("-", "−");
}

/** Two digits: 0.12, or 1.2·10⁻⁵ with real superscripts. */
export function scientific(value) {
  if (!(value > 0)) return "0";
  if (value >= 0.01 && value < 1000) return value < 100 ? value.toPrecision(2) : value.toFixed(0);
  const [digits, power] = value.toExponential(1).split("e");
  return `${digits}·10${[...power.replace("+", "")].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join("")}`;
}

/** A table of `rows` × `columns`, given by their headings, a column's also as [text, name]. `values()`
 * are the texts of its cells, row by row. */
export function table(caption, columns, rows, values, className = "") {
  const cells = rows.map(() => columns.map(() => h("td")));
  const heads = columns.map((head) => [head].flat()).map(
    ([text, name]) => h("th", { scope: "col", "aria-label": name }, text));
  const lines = rows.map((row, r) => h("tr", {}, h("th", { scope: "row" }, row), ...cells[r]));
  const node = h("table", { class: `bw-table ${className}` }, h("caption", {}, caption),
    h("thead", {}, h("tr", {}, h("td"), ...heads)), h("tbody", {}, ...lines));
  const update = () => values().forEach((row, r) => row.forEach((value, c) => { cells[r][c].textContent = value; }));
  return { node, update, cells, heads, lines };
}

/** Pixels as something that a canvas can draw: `colour(i)` is a grey value, or red, green, blue and perhaps alpha. */
export function pixels(width, height, colour) {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const value = colour(i), [red, green = red, blue = red, alpha = 255] = value.length ? value : [value];
    image.data.set([red, green, blue, alpha], 4 * i);
  }
  const canvas = h("canvas", { width, height });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** Filters of side × side numbers, row by row in squares of `cell` units from (left, top): 0 is grey,
 * black and white are ±`largest`. */
export function drawFilters(context, numbers, side, largest, across, cell, left = 0, top = 0) {
  for (let k = 0; k < numbers.length / side ** 2; k++) {
    const filter = pixels(side, side, (i) => 128 + (127 * numbers[k * side ** 2 + i]) / (largest || 1));
    const [x, y] = [left + (k % across) * cell, top + Math.floor(k / across) * cell];
    context.drawImage(filter, x, y, cell - 4, cell - 4);
  }
}

// Matplotlib's cividis at 0, 1/8 … 1: the same order of dark and light with any colour vision.
const CIVIDIS = [[0, 34, 78], [22, 57, 111], [65, 77, 107], [95, 97, 109], [125, 124, 120], [158, 148, 118], [192, 175, 105], [226, 203, 83], [254, 232, 56]];

/** A value between 0 and 1 as [red, green, blue]. */
export function cividis(value) {
  const place = 8 * clamp(value, 0, 1), i = Math.min(7, Math.floor(place));
  return [0, 1, 2].map((c) => CIVIDIS[i][c] + (place - i) * (CIVIDIS[i + 1][c] - CIVIDIS[i][c]));
}

/** Stripes over a part of a canvas: nothing was measured or computed there. */
export function hatch(context, colour, left, top, width, height) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  for (let x = left - height; x < left + width; x += 6) stroke(context, [[x, top + height], [x + height, top]], colour, 1);
  context.restore();
}

/** A rectangle's outline with a light rim, visible on any photograph. */
export function outline(context, colour, left, top, width, height, dash = []) {
  frame(context, [left, top, width, height], "#fff", 4);
  frame(context, [left, top, width, height], colour, 2, dash);
}

/** The bytes of a trait: a DataView, in a running kernel as in a saved page. */
export function bytes(model, name) {
  const view = model.get(name);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

const THEME = { attributes: true, attributeFilter: ["class", "data-theme", "theme", "data-jp-theme-light", "data-vscode-theme-kind"] };

/** Put a widget together, and keep what it shows in step with the model, its size and the theme.
 *
 * `rows` are the parts as they stand below each other; `compute()` comes before they are updated.
 * `say()` is the result in a few words, for screen readers: they hear it when it has not changed for
 * half a second. Reset brings back the values that the model has now. Returns what ends the widget. */
export function mount({ model, el }, { title, hint, traits, compute, rows, say }) {
  const first = Object.fromEntries(traits.map((name) => [name, model.get(name)]));
  const voice = h("p", { class: "bw-voice", "aria-live": "polite" });
  let waiting = 0, speaking = 0, said;
  const speak = () => {
    const words = say();
    if (words === said) return;
    clearTimeout(speaking);
    if (said !== undefined) speaking = setTimeout(() => { voice.textContent = words; }, 500);
    said = words;
  };
  const all = (name) => rows.forEach((row) => row[name]?.());
  const update = () => {
    compute?.();
    all("update");
    speak();
  };
  const soon = () => { waiting ||= requestAnimationFrame(() => { waiting = 0; update(); }); };
  const again = button(BUTTONS.reset, () => {
    all("stop");
    assign(model, first);
  });
  el.classList.add("bw");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", title);
  el.append(h("div", { class: "bw-head" }, h("p", { class: "bw-title" }, title), again),
    h("p", { class: "bw-hint" }, hint), ...rows.map((row) => row.node ?? row), voice);
  for (const name of traits) model.on(`change:${name}`, soon);
  const sizes = new ResizeObserver(soon);
  sizes.observe(el);
  const themes = new MutationObserver(soon);
  for (const node of [document.documentElement, document.body]) themes.observe(node, THEME);
  update();
  return () => {
    all("stop");
    for (const name of traits) model.off(`change:${name}`, soon);
    sizes.disconnect();
    themes.disconnect();
    cancelAnimationFrame(waiting);
    clearTimeout(speaking);
  };
}
