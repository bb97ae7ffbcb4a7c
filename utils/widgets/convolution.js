// A window slides over a stereo photograph; the map that it computes fills position by position.
import { assign, box, bytes, captioned, cividis, clamp, columns, fill, h, hatch, menu, mount, number, outline, picture, pixels, playButton, slider, text } from "./kit.js";
import { convFormula, convOut } from "./shapes.js";

const TEXT = {
  title: "Convolution arithmetic",
  hint: "Try: the rule “ceil” at 224 px. What does the last window read? Then 227 px, with either rule.",
  size: "image (px)", kernel_size: "kernel_size", stride: "stride", padding: "padding", rule: "rule",
  rules: [["floor", "floor (PyTorch)"], ["ceil", "ceil (2012 program)"]],
  groups: "groups",
  groupings: [[1, "1 (reads both)"], [2, "2 (reads one)"]],
  kernel: "kernel",
  kernels: [[0, "kernel 1"], [1, "kernel 2"]],
  row: "row", column: "column",
  input: ["both pictures of the stereo camera, laid over each other", "the left picture", "the right picture"],
  inputCaption: (seen) => `Input: ${seen}. Stripes: zeros. Tap to move the window.`,
  mapCaption: "Feature map: dark is low, bright is high. Stripes: not computed yet. Tap a position.",
  inputLabel: (seen, state) => `${seen}. ${state}`,
  mapLabel: (filled, all) => `The feature map: ${filled} of ${all} positions are computed.`,
  left: (pixels) => `Left over behind the last window: ${pixels} px of the image.`,
  beyond: (pixels) => `The last window reads ${pixels} px of zeros beyond the image.`,
  of: (i, n) => `${i} of ${n}`,
  positions: (formula, n, edge, weights) => `${formula}, so ${n}×${n} = ${n * n} positions. ${edge} ${weights}`,
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

/** The result in sentences. */
function describe({ layer, size, kernel, stride, padding, n, channels, map, row, column }) {
  const after = size - ((n - 1) * stride - padding + kernel);  // px of the image behind the last window
  const edge = after > 0 ? TEXT.left(after) : after < 0 ? TEXT.beyond(Math.min(-after, kernel)) : TEXT.fits;
  const span = (i) => `${number(i * stride - padding)} to ${number(i * stride - padding + kernel - 1)}`;
  const value = number(map[row * n + column], 3);
  return {
    size: TEXT.positions(convFormula(layer, 3), n, edge, TEXT.weights(kernel, channels.length)),
    place: TEXT.at(row + 1, column + 1, span(row), span(column), channels.length > 1, value),
    say: TEXT.say(n, row + 1, column + 1, value),
  };
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const photo = bytes(model, "photographs"), filter = get("filter");
  const seenAt = (at, channels) => channels.reduce((sum, c) => sum + photo[c * SIDE * SIDE + at], 0) / channels.length;
  let now = {};  // the numbers that follow from the controls, and the map
  const compute = () => {
    const [size, kernel, stride, padding, rule, groups] = ["size", "kernel_size", "stride", "padding", "rule", "groups"].map(get);
    const layer = { size, kernel, stride, padding, rule }, n = convOut(layer);
    const channels = groups === 1 ? [0, 1] : [get("kernel")];
    const key = [size, kernel, stride, padding, n, channels].join();
    if (key !== now.key) {
      const map = convolve(photo, filter, { ...layer, n, channels });
      const [low, high] = map.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [Infinity, -Infinity]);
      now = { ...layer, key, n, channels, map, extent: Math.max(size + 2 * padding, (n - 1) * stride + kernel),
        seen: TEXT.input[groups === 1 ? 0 : 1 + channels[0]],
        photo: pixels(size, size, (i) => seenAt(Math.floor(i / size) * SIDE + (i % size), channels)),
        picture: pixels(n, n, (i) => cividis((map[i] - low) / (high - low || 1))) };
    }
    Object.assign(now, { layer, row: Math.min(get("row"), n - 1), column: Math.min(get("column"), n - 1) });
    now.state = describe(now);
  };
  const move = (row, column) => assign(model, { row: clamp(row, 0, now.n - 1), column: clamp(column, 0, now.n - 1) });
  const input = picture(300, 300, {
    label: () => TEXT.inputLabel(now.seen, now.state.place),
    point(x, y) {
      const at = (p) => Math.round(((p * now.extent) / 300 - now.kernel / 2) / now.stride);
      move(at(y), at(x));
    },
    draw(context, colour) {
      const unit = 300 / now.extent;
      fill(context, [0, 0, 300, 300], "#000");
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
      const { kernel } = now;
      fill(context, [0, 0, 88, 88], colour.line);
      context.drawImage(pixels(kernel, kernel, (i) => grey(Math.floor(i / kernel), i % kernel)), 2, 2, 84, 84);
    },
  });
  const seenPixels = patch(TEXT.windowLabel, (u, v) => {
    const y = now.row * now.stride + u - now.padding, x = now.column * now.stride + v - now.padding;
    return y < 0 || x < 0 || y >= now.size || x >= now.size ? 0 : seenAt(y * SIDE + x, now.channels);
  });
  const largest = Math.max(...filter.map(Math.abs));
  const weights = patch(TEXT.filterLabel, (u, v) => 128 + (127 * middle(filter, now.kernel)[u * now.kernel + v]) / largest);

  // The model may hold a place outside a map that has become smaller.
  const play = playButton(model, {
    at: () => Math.min(get("row"), now.n - 1) * now.n + Math.min(get("column"), now.n - 1),
    put(place) {
      model.set("row", Math.floor(place / now.n));
      model.set("column", place % now.n);
    },
    step: () => Math.ceil(now.n ** 2 / 480),  // eight seconds for a map
    last: () => now.n ** 2 - 1,
  });
  const last = () => now.n - 1;
  const count = (value) => TEXT.of(Math.min(value, last()) + 1, now.n);
  const kernels = menu(model, "kernel", TEXT.kernel, TEXT.kernels);
  const choice = { ...kernels, update() { kernels.update(); kernels.node.hidden = get("groups") === 1; } };
  return mount({ model, el }, {
    ...TEXT, say: () => now.state.say,
    traits: ["size", "kernel_size", "stride", "padding", "rule", "groups", "kernel", "row", "column"], compute,
    rows: [
      columns(
        slider(model, "size", TEXT.size, () => [TAP, SIDE]),
        slider(model, "kernel_size", TEXT.kernel_size, () => [1, TAP]),
        slider(model, "stride", TEXT.stride, () => [1, 8]),
        slider(model, "padding", TEXT.padding, () => [0, 5]),
        menu(model, "rule", TEXT.rule, TEXT.rules),
        menu(model, "groups", TEXT.groups, TEXT.groupings),
        slider(model, "row", TEXT.row, () => [0, last()], count),
        slider(model, "column", TEXT.column, () => [0, last()], count),
        choice, play),
      text(() => now.state.size, "bw-state bw-size"),
      columns(captioned(input, () => TEXT.inputCaption(now.seen)), captioned(map, TEXT.mapCaption)),
      box({ class: "bw-strip" }, seenPixels, h("span", { "aria-hidden": "true" }, "×"), weights,
        text(() => now.state.place, "bw-state bw-place")),
    ],
  });
}

export default { render };
