// What the book's widgets share: elements, controls bound to the model, canvases, colours.
// A widget imports from here; utils/widgets/__init__.py puts both into one module.

/** An element with attributes, listeners (onclick …) and children. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Change traits of the model, here and in Python. */
export function assign(model, values) {
  for (const [name, value] of Object.entries(values)) model.set(name, value);
  model.save_changes();
}

/** A line of the panel: a label, the control that it names, and what stands behind it. */
function line(label, control, ...rest) {
  control.id = `bw-${Math.random().toString(36).slice(2)}`;  // unique among all widgets of the page
  control.dataset.lmSuppressShortcuts = "";  // or JupyterLab takes the arrow keys for itself
  return h("div", { class: "bw-control" }, h("label", { for: control.id }, label), control, ...rest);
}

/** A slider for a whole number of the model. `range()` gives [min, max], `show(value)` its text. */
export function slider(model, name, label, range, show = String) {
  const input = h("input", { type: "range", name, oninput: () => assign(model, { [name]: +input.value }) });
  const output = h("output", { "aria-hidden": "true" });  // the slider says its value itself
  const node = line(label, input, output);
  const update = () => {
    [input.min, input.max] = range();
    input.value = model.get(name);
    input.disabled = +input.max <= +input.min;
    output.textContent = show(model.get(name));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  return { node, update };
}

/** A menu for one trait. `options` maps each value to its text. */
export function menu(model, name, label, options) {
  const entries = [...options];
  const select = h("select", { name, onchange: () => assign(model, { [name]: entries[select.selectedIndex][0] }) },
    ...entries.map(([, text]) => h("option", {}, text)));
  const node = line(label, select);
  const update = () => { select.selectedIndex = entries.findIndex(([value]) => value === model.get(name)); };
  return { node, update };
}

export function button(text, onclick) {
  return h("button", { type: "button", "data-lm-suppress-shortcuts": true, onclick }, text);
}

/** A button that plays: `begin()` once, then `step()` at every frame until it returns false.
 *
 * The steps change the model with `set` alone: Python hears of the end, not of sixty values a second. */
export function playButton(model, texts, { begin, step }) {
  let timer = 0;
  const stop = () => {
    if (!timer) return;
    cancelAnimationFrame(timer);
    timer = 0;
    node.textContent = texts.play;
    model.save_changes();
  };
  const tick = () => { if (step()) timer = requestAnimationFrame(tick); else stop(); };
  const node = button(texts.play, () => {
    if (timer) return stop();
    begin();
    node.textContent = texts.pause;
    timer = requestAnimationFrame(tick);
  });
  return { node, stop };
}

/** Colours of the page as it is now, light or dark, by the names of the style sheet. */
export function colours(node) {
  const style = getComputedStyle(node);
  return Object.fromEntries(["ink", "faint", "paper", "line", "first", "second", "mark"].map(
    (name) => [name, style.getPropertyValue(`--bw-${name}`).trim()]));
}

/** A canvas of `width` × `height` units, sharp on every screen.
 *
 * `draw(context, colours)` fills it; `point(x, y)`, in units, hears clicks, taps and a mouse that is
 * dragged. (A finger that is dragged scrolls the page.) It is a picture with a text (`label()`):
 * what it can do, the controls beside it can do by keyboard. */
export function picture(width, height, { draw, label, point }) {
  const node = h("canvas", { class: "bw-picture", role: "img", style: `aspect-ratio: ${width} / ${height}` });
  if (point) {
    node.classList.add("bw-pointable");
    const tell = (event) => {
      const box = node.getBoundingClientRect();
      point(((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height);
    };
    const mouse = (event) => event.pointerType !== "touch" && event.buttons === 1;
    node.addEventListener("click", tell);
    node.addEventListener("pointerdown", (event) => { if (mouse(event)) node.setPointerCapture(event.pointerId); });
    node.addEventListener("pointermove", (event) => {
      if (mouse(event) && node.hasPointerCapture(event.pointerId)) tell(event);
    });
  }
  const update = () => {
    const scale = ((node.clientWidth || width) * devicePixelRatio) / width;
    node.width = Math.round(width * scale);
    node.height = Math.round(height * scale);
    const context = node.getContext("2d");
    context.scale(scale, scale);
    context.imageSmoothingEnabled = false;
    draw(context, colours(node));
    node.setAttribute("aria-label", label());
  };
  return { node, update };
}

/** A number as text, with a real minus sign. */
export function number(value, digits = 0) {
  return value.toFixed(digits).replace("-", "−");
}

/** A table of `rows` × `columns`, given by their headings; `fill(values)` writes into its cells. */
export function table(caption, columns, rows, className = "") {
  const cells = rows.map(() => columns.map(() => h("td")));
  const heads = columns.map(([text, name]) => h("th", { scope: "col", "aria-label": name }, text));
  const lines = rows.map((row, r) => h("tr", {}, h("th", { scope: "row" }, row), ...cells[r]));
  const node = h("table", { class: `bw-table ${className}` }, h("caption", {}, caption),
    h("thead", {}, h("tr", {}, h("td"), ...heads)), h("tbody", {}, ...lines));
  const fill = (values) => values.forEach((row, r) => row.forEach((value, c) => { cells[r][c].textContent = value; }));
  return { node, fill, cells, lines };
}

/** Grey or coloured pixels as something that a canvas can draw: `rgba(i)` gives pixel i. */
export function pixels(width, height, rgba) {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) image.data.set(rgba(i), 4 * i);
  const canvas = h("canvas", { width, height });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

// Matplotlib's cividis at 0, 1/8 … 1: the same order of dark and light with any colour vision.
const CIVIDIS = [[0, 34, 78], [22, 57, 111], [65, 77, 107], [95, 97, 109], [125, 124, 120], [158, 148, 118], [192, 175, 105], [226, 203, 83], [254, 232, 56]];

/** A value between 0 and 1 as [red, green, blue, alpha]. */
export function cividis(value) {
  const place = 8 * Math.min(1, Math.max(0, value));
  const i = Math.min(7, Math.floor(place));
  return [0, 1, 2].map((c) => CIVIDIS[i][c] + (place - i) * (CIVIDIS[i + 1][c] - CIVIDIS[i][c])).concat(255);
}

/** Stripes over a part of a canvas: nothing was measured or computed there. */
export function hatch(context, colour, left, top, width, height) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.beginPath();
  for (let x = left - height; x < left + width; x += 6) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.stroke();
  context.restore();
}

/** A rectangle's outline with a light rim, visible on any photograph. */
export function outline(context, colour, left, top, width, height, dash = []) {
  context.setLineDash([]);
  context.lineWidth = 4;
  context.strokeStyle = "#fff";
  context.strokeRect(left, top, width, height);
  context.setLineDash(dash);
  context.lineWidth = 2;
  context.strokeStyle = colour;
  context.strokeRect(left, top, width, height);
  context.setLineDash([]);
}

/** The bytes of a trait: a DataView, in a running kernel as in a saved page. */
export function bytes(model, name) {
  const view = model.get(name);
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

const THEME = { attributes: true, attributeFilter: ["class", "data-theme", "theme", "data-jp-theme-light", "data-vscode-theme-kind"] };

/** Put a widget together, and keep what it shows in step with the model, its size and the theme.
 *
 * `parts` may have an `update()`, called in their order, and a `stop()`; `rows` are the nodes as they
 * stand below each other. `say()` is the result in a few words, for screen readers: they hear it when
 * it has not changed for half a second. Reset brings back the values that the model has now. Returns
 * what ends the widget. */
export function mount({ model, el }, { title, hint, reset, traits, parts, rows, say }) {
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
  const update = () => {
    parts.forEach((part) => part.update?.());
    speak();
  };
  const soon = () => { waiting ||= requestAnimationFrame(() => { waiting = 0; update(); }); };
  const again = button(reset, () => {
    parts.forEach((part) => part.stop?.());
    assign(model, first);
  });
  el.classList.add("bw");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", title);
  el.append(h("div", { class: "bw-head" }, h("p", { class: "bw-title" }, title), again),
    h("p", { class: "bw-hint" }, hint), ...rows, voice);
  for (const name of traits) model.on(`change:${name}`, soon);
  const sizes = new ResizeObserver(soon);
  sizes.observe(el);
  const themes = new MutationObserver(soon);
  for (const node of [document.documentElement, document.body]) themes.observe(node, THEME);
  update();
  return () => {
    parts.forEach((part) => part.stop?.());
    for (const name of traits) model.off(`change:${name}`, soon);
    sizes.disconnect();
    themes.disconnect();
    cancelAnimationFrame(waiting);
    clearTimeout(speaking);
  };
}
