// A window slides over a stereo photograph; the map that it computes fills position by position.
import { assign, bytes, cividis, h, hatch, menu, mount, number, outline, picture, pixels, playButton, slider } from "./kit.js";

const TEXT = {
  title: "Convolution arithmetic",
  hint: "Try: the rule “ceil” at 224 px. What does the last window read? Then 227 px, with either rule.",
  reset: "Reset",
  play: "Play",
  pause: "Pause",
  size: "image (px)",
  kernel_size: "kernel_size",
  stride: "stride",
  padding: "padding",
  rule: "rule",
  rules: [["floor", "floor (PyTorch)"], ["ceil", "ceil (2012 program)"]],
  groups: "groups",
  groupings: [[1, "1 (reads both)"], [2, "2 (reads one)"]],
  kernel: "kernel",
  kernels: [[0, "kernel 1"], [1, "kernel 2"]],
  row: "row",
  column: "column",
  input: ["both pictures of the stereo camera, laid over each other", "the left picture", "the right picture"],
  inputCaption: (seen) => `Input: ${seen}. Stripes: zeros. Tap to move the window.`,
  mapCaption: "Feature map: dark is low, bright is high. Stripes: not computed yet. Tap a position.",
  inputLabel: (seen, state) => `${seen}. ${state}`,
  mapLabel: (filled, all) => `The feature map: ${filled} of ${all} positions are computed.`,
  left: (pixels) => `Left over behind the last window: ${pixels} px of the image.`,
  beyond: (pixels) => `The last window reads ${pixels} px of zeros beyond the image.`,
  fits: "The last window ends at the edge.",
  weights: (kernel, channels) => `A kernel has ${kernel}·${kernel}·${channels} = ${kernel * kernel * channels} weights.`,
  at: (row, column, down, across, both, value) =>
    `Row ${row}, column ${column}: the window covers pixels ${down} down and ${across} across. ` +
    `Pixels (0 to 1) times weights, added up${both ? " over both pictures" : ""}: ${value}.`,
  say: (n, row, column, value) => `${n} by ${n} positions. Row ${row}, column ${column}: ${value}.`,
  windowLabel: "The pixels in the window",
  filterLabel: "The trained filter: grey is 0, black negative, white positive",
};

const SIDE = 227;  // of the photographs, and the side of the largest image
const TAP = 11;  // side of the trained filter: smaller kernels are its middle

/** Number of positions in a row, as utils.nets.shapes.conv_out. No image here is smaller than a window. */
function positions(size, kernel, stride, padding, rule) {
  return Math[rule]((size + 2 * padding - kernel) / stride) + 1;
}

/** The middle k×k of the trained filter. */
function middle(filter, k) {
  const start = Math.floor((TAP - k) / 2);
  return Array.from({ length: k * k }, (_, i) => filter[(start + Math.floor(i / k)) * TAP + start + (i % k)]);
}

function convolve(photo, filter, { size, kernel, stride, padding, n, channels }) {
  const weights = middle(filter, kernel);
  const map = new Float32Array(n * n);
  for (let row = 0; row < n; row++) for (let column = 0; column < n; column++) {
    let sum = 0;
    for (const channel of channels) for (let u = 0; u < kernel; u++) {
      const y = row * stride + u - padding;
      if (y < 0 || y >= size) continue;  // zeros
      for (let v = 0; v < kernel; v++) {
        const x = column * stride + v - padding;
        if (x >= 0 && x < size) sum += weights[u * kernel + v] * photo[(channel * SIDE + y) * SIDE + x];
      }
    }
    map[row * n + column] = sum / 255;
  }
  return map;
}

function render({ model, el }) {
  const photo = bytes(model, "photographs");
  const filter = model.get("filter");
  const get = (name) => model.get(name);
  let now = {};  // the numbers that follow from the controls, and the map

  const compute = {
    update() {
      const [size, kernel, stride, padding, rule] = ["size", "kernel_size", "stride", "padding", "rule"].map(get);
      const groups = get("groups");
      const n = positions(size, kernel, stride, padding, rule);
      const channels = groups === 1 ? [0, 1] : [get("kernel")];
      const key = [size, kernel, stride, padding, n, channels].join();
      if (key !== now.key) {
        const map = convolve(photo, filter, { size, kernel, stride, padding, n, channels });
        const [low, high] = map.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
        const beyond = Math.max(0, (n - 1) * stride + kernel - size - 2 * padding);
        const extent = size + 2 * padding + beyond;
        const seen = TEXT.input[groups === 1 ? 0 : 1 + channels[0]];
        now = { key, size, kernel, stride, padding, n, channels, extent, seen, map,
          photo: pixels(size, size, (i) => {
            const at = Math.floor(i / size) * SIDE + (i % size);
            const grey = channels.reduce((sum, c) => sum + photo[c * SIDE * SIDE + at], 0) / channels.length;
            return [grey, grey, grey, 255];
          }),
          picture: pixels(n, n, (i) => cividis((map[i] - low) / (high - low || 1))) };
      }
      now.row = Math.min(get("row"), n - 1);
      now.column = Math.min(get("column"), n - 1);
      now.rule = rule;
      now.state = describe(now);
    },
  };

  const move = (row, column) => assign(model, {
    row: Math.min(now.n - 1, Math.max(0, row)), column: Math.min(now.n - 1, Math.max(0, column)) });

  const input = picture(300, 300, {
    label: () => TEXT.inputLabel(now.seen, now.state.place),
    point: (x, y) => {
      const unit = now.extent / 300;
      const at = (p) => Math.round((p * unit - now.kernel / 2) / now.stride);
      move(at(y), at(x));
    },
    draw(context, colour) {
      const unit = 300 / now.extent;
      context.fillStyle = "#000";
      context.fillRect(0, 0, 300, 300);
      hatch(context, "#999", 0, 0, 300, 300);
      const start = now.padding * unit;
      context.drawImage(now.photo, start, start, now.size * unit, now.size * unit);
      const side = now.kernel * unit;
      outline(context, colour.mark, now.column * now.stride * unit, now.row * now.stride * unit, side, side);
    },
  });

  const map = picture(300, 300, {
    label: () => TEXT.mapLabel(now.row * now.n + now.column + 1, now.n * now.n),
    point: (x, y) => move(Math.floor((y / 300) * now.n), Math.floor((x / 300) * now.n)),
    draw(context, colour) {
      context.fillStyle = colour.paper;
      context.fillRect(0, 0, 300, 300);
      hatch(context, colour.line, 0, 0, 300, 300);
      const unit = 300 / now.n;
      const rows = (first, count, columns) => count && context.drawImage(
        now.picture, 0, first, columns, count, 0, first * unit, columns * unit, count * unit);
      rows(0, now.row, now.n);
      rows(now.row, 1, now.column + 1);
      const side = Math.max(unit, 6), shift = (side - unit) / 2;  // still seen in a map of 227
      outline(context, colour.mark, now.column * unit - shift, now.row * unit - shift, side, side);
    },
  });

  // What is multiplied: the window's pixels (the mean of the pictures that the kernel reads) and the filter.
  const patch = (label, grey) => picture(88, 88, {
    label: () => label,
    draw(context, colour) {
      context.fillStyle = colour.line;
      context.fillRect(0, 0, 88, 88);
      const { kernel } = now;
      const tile = pixels(kernel, kernel, (i) => {
        const value = grey(Math.floor(i / kernel), i % kernel);
        return [value, value, value, 255];
      });
      context.drawImage(tile, 2, 2, 84, 84);
    },
  });
  const seenPixels = patch(TEXT.windowLabel, (u, v) => {
    const y = now.row * now.stride + u - now.padding, x = now.column * now.stride + v - now.padding;
    if (y < 0 || x < 0 || y >= now.size || x >= now.size) return 0;
    return now.channels.reduce((sum, c) => sum + photo[(c * SIDE + y) * SIDE + x], 0) / now.channels.length;
  });
  const largest = Math.max(...filter.map(Math.abs));
  const weights = patch(TEXT.filterLabel, (u, v) => 128 + (127 * middle(filter, now.kernel)[u * now.kernel + v]) / largest);

  // The model may hold a place outside a map that has become smaller.
  const place = () => Math.min(get("row"), now.n - 1) * now.n + Math.min(get("column"), now.n - 1);
  const play = playButton(model, TEXT, {
    begin() {
      if (place() >= now.n ** 2 - 1) assign(model, { row: 0, column: 0 });
    },
    step() {
      const next = place() + Math.ceil(now.n ** 2 / 480);  // eight seconds for a map
      const end = Math.min(next, now.n ** 2 - 1);
      model.set("row", Math.floor(end / now.n));
      model.set("column", end % now.n);
      return end === next;
    },
  });

  const last = () => now.n - 1;
  const kernels = menu(model, "kernel", TEXT.kernel, TEXT.kernels);
  const controls = [
    slider(model, "size", TEXT.size, () => [TAP, SIDE]),
    slider(model, "kernel_size", TEXT.kernel_size, () => [1, TAP]),
    slider(model, "stride", TEXT.stride, () => [1, 8]),
    slider(model, "padding", TEXT.padding, () => [0, 5]),
    menu(model, "rule", TEXT.rule, TEXT.rules),
    menu(model, "groups", TEXT.groups, TEXT.groupings),
    slider(model, "row", TEXT.row, () => [0, last()], (row) => `${Math.min(row, last()) + 1} of ${now.n}`),
    slider(model, "column", TEXT.column, () => [0, last()], (column) => `${Math.min(column, last()) + 1} of ${now.n}`),
    kernels,
  ];
  const size = h("p", { class: "bw-state bw-size" });
  const words = h("p", { class: "bw-state bw-place" });
  const caption = h("p", { class: "bw-caption" });
  const texts = {
    update() {
      size.textContent = now.state.size;
      words.textContent = now.state.place;
      caption.textContent = TEXT.inputCaption(now.seen);
      kernels.node.hidden = get("groups") === 1;
    },
  };
  return mount({ model, el }, {
    ...TEXT,
    say: () => now.state.say,
    traits: ["size", "kernel_size", "stride", "padding", "rule", "groups", "kernel", "row", "column"],
    parts: [compute, ...controls, input, map, seenPixels, weights, texts, play],
    rows: [
      h("div", { class: "bw-columns" }, ...controls.map((control) => control.node), play.node),
      size,
      h("div", { class: "bw-columns" },
        h("div", {}, input.node, caption), h("div", {}, map.node, h("p", { class: "bw-caption" }, TEXT.mapCaption))),
      h("div", { class: "bw-strip" }, seenPixels.node, h("span", { "aria-hidden": "true" }, "×"), weights.node, words),
    ],
  });
}

function describe({ size, kernel, stride, padding, n, rule, channels, map, row, column }) {
  const [open, close] = rule === "floor" ? "⌊⌋" : "⌈⌉";
  const room = size + 2 * padding - kernel;
  const after = size - ((n - 1) * stride - padding + kernel);  // px of the image behind the last window
  const edge = after > 0 ? TEXT.left(after) : after < 0 ? TEXT.beyond(Math.min(-after, kernel)) : TEXT.fits;
  const span = (i) => `${number(i * stride - padding)} to ${number(i * stride - padding + kernel - 1)}`;
  const value = number(map[row * n + column], 3);
  return {
    size: `${open}(${size} + 2·${padding} − ${kernel}) / ${stride}${close} + 1 = ${open}${+(room / stride).toFixed(3)}${close} + 1 = ${n}, ` +
      `so ${n}×${n} = ${n * n} positions. ${edge} ${TEXT.weights(kernel, channels.length)}`,
    place: TEXT.at(row + 1, column + 1, span(row), span(column), channels.length > 1, value),
    say: TEXT.say(n, row + 1, column + 1, value),
  };
}

export default { render };
