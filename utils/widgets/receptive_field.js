// Step through the layers: how far does one unit see, and how far apart do neighbours stand?
import { assign, bytes, h, hatch, menu, mount, number, outline, picture, playButton, slider, table } from "./kit.js";

const TEXT = {
  title: "What a unit sees",
  hint: "Try: go from layer to layer. Then halve conv1’s stride: which fields shrink, and which do not?",
  reset: "Reset",
  play: "Play",
  pause: "Pause",
  layer: "layer",
  row: "unit’s row",
  column: "unit’s column",
  stride: "conv1’s stride",
  pool: "pooling window",
  caption: "Solid: what the unit sees. Dashed: how much a unit one layer earlier sees. Stripes: outside the photograph. Tap to choose another unit. Rows and columns count from 1, pixels from 0.",
  table: "Layer by layer; field, jump and left edge in px",
  heads: ["map", "field", "jump", "left edge"],
  of: (i, n) => `${i} of ${n}`,
  state: (name, size, jump, row, column, down, across) =>
    `A unit of ${name} sees ${size}×${size} px; its neighbour stands ${jump} px further. ` +
    `The unit in row ${row}, column ${column} sees pixels ${down} down, ${across} across.`,
  outside: (down, across) => ` Outside the photograph lie ${down} px of it down and ${across} px across.`,
};

/** Field, jump, left edge and side of the map after each layer, as utils.nets.shapes.Field. */
function fields(layers, size, stride, pool) {
  const rows = [{ name: "image", side: size, size: 1, jump: 1, start: 0 }];
  for (const [name, kernel, step, padding] of layers) {
    const before = rows.at(-1);
    const k = name.startsWith("pool") ? pool : kernel;
    const s = name === "conv1" ? stride : step;
    rows.push({
      name,
      side: Math.ceil((before.side + 2 * padding - k) / s) + 1,
      size: before.size + (k - 1) * before.jump,
      jump: before.jump * s,
      start: before.start - padding * before.jump,
    });
  }
  return rows;
}

const VIEW = 320;  // units of the canvas; the photograph lies in its middle

function render({ model, el }) {
  const get = (name) => model.get(name);
  const image = new Image();
  let now = {};

  const compute = {
    update() {
      const rows = fields(get("layers"), get("size"), get("stride"), get("pool"));
      const layer = Math.min(get("layer"), rows.length - 1);
      const field = rows[layer];
      const within = (name) => Math.min(get(name), field.side - 1);
      const [row, column] = [within("row"), within("column")];
      const span = (i) => [field.start + i * field.jump, field.start + i * field.jump + field.size];
      now = { rows, layer, field, row, column, down: span(row), across: span(column) };
      now.unit = VIEW / (get("size") + 2 * get("margin"));
    },
  };

  const state = () => {
    const { field, row, column, down, across } = now;
    const range = ([first, end]) => (end - first === 1 ? number(first) : `${number(first)} to ${number(end - 1)}`);
    const outside = [down, across].map(([first, end]) => Math.max(0, -first) + Math.max(0, end - get("size")));
    return TEXT.state(field.name, field.size, field.jump, row + 1, column + 1, range(down), range(across)) +
      (Math.max(...outside) ? TEXT.outside(...outside) : "");
  };

  const canvas = picture(VIEW, VIEW, {
    label: state,
    point: (x, y) => {
      const { field, unit } = now;
      const place = (p) => {
        const pixel = p / unit - get("margin") - field.start - field.size / 2;
        return Math.min(field.side - 1, Math.max(0, Math.round(pixel / field.jump)));
      };
      assign(model, { row: place(y), column: place(x) });
    },
    draw(context, colour) {
      const { unit, layer, rows, field, down, across } = now;
      const at = (pixel) => (pixel + get("margin")) * unit;
      const side = get("size") * unit;
      context.fillStyle = colour.paper;
      context.fillRect(0, 0, VIEW, VIEW);
      hatch(context, colour.line, 0, 0, VIEW, VIEW);
      context.imageSmoothingEnabled = true;
      if (image.complete && image.naturalWidth) context.drawImage(image, at(0), at(0), side, side);
      if (layer > 1) {  // around the same centre
        const small = rows[layer - 1].size, shift = (field.size - small) / 2;
        outline(context, colour.second, at(across[0] + shift), at(down[0] + shift), small * unit, small * unit, [5, 4]);
      }
      const shown = Math.max(field.size * unit, 4);  // a single pixel, too
      outline(context, colour.first, at(across[0]), at(down[0]), shown, shown);
    },
  });
  image.onload = () => { URL.revokeObjectURL(image.src); canvas.update(); };
  image.src = URL.createObjectURL(new Blob([bytes(model, "photograph")], { type: "image/jpeg" }));

  const layers = table(TEXT.table, TEXT.heads.map((head) => [head]), ["image", ...get("layers").map(([name]) => name)]);
  layers.update = () => {
    layers.fill(now.rows.map((row) => [`${row.side}×${row.side}`, ...[row.size, row.jump, row.start].map((value) => number(value))]));
    layers.lines.forEach((line, i) => (i === now.layer ? line.setAttribute("aria-current", "step") : line.removeAttribute("aria-current")));
  };

  const last = () => now.field.side - 1;
  const count = (value) => TEXT.of(Math.min(value, last()) + 1, now.field.side);
  const controls = [
    slider(model, "layer", TEXT.layer, () => [0, now.rows.length - 1], () => now.field.name),
    slider(model, "row", TEXT.row, () => [0, last()], count),
    slider(model, "column", TEXT.column, () => [0, last()], count),
    menu(model, "stride", TEXT.stride, [4, 2, 1].map((n) => [n, n])),
    menu(model, "pool", TEXT.pool, [3, 2].map((n) => [n, `${n}×${n}`])),
  ];
  let due = 0;
  const play = playButton(model, TEXT, {
    begin() {
      if (get("layer") < now.rows.length - 1) return;
      model.set("layer", 0);
      due = performance.now() + 1000;
    },
    step() {
      if (performance.now() < due) return true;
      due = performance.now() + 1000;  // a second for each layer
      model.set("layer", Math.min(get("layer") + 1, now.rows.length - 1));
      return get("layer") < now.rows.length - 1;
    },
  });
  const words = h("p", { class: "bw-state" });
  const text = { update() { words.textContent = state(); } };

  return mount({ model, el }, {
    ...TEXT,
    say: state,
    traits: ["layer", "row", "column", "stride", "pool"],
    parts: [compute, ...controls, canvas, layers, text, play],
    rows: [
      h("div", { class: "bw-columns" }, ...controls.map((control) => control.node), play.node),
      h("div", { class: "bw-columns" },
        h("div", {}, canvas.node, h("p", { class: "bw-caption" }, TEXT.caption)), h("div", {}, layers.node)),
      words,
    ],
  });
}

export default { render };
