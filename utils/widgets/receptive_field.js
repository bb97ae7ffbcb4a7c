// Step through the layers: how far does one unit see, and how far apart do neighbours stand?
import { assign, box, bytes, captioned, clamp, columns, hatch, menu, mount, number, outline, picture, playButton, slider, table, text } from "./kit.js";
import { convOut } from "./shapes.js";

const TEXT = {
  title: "What a unit sees",
  hint: "Try: go from layer to layer. Then halve conv1’s stride: which fields shrink, and which do not?",
  layer: "layer", row: "unit’s row", column: "unit’s column", stride: "conv1’s stride",
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
function fields(layers, size, conv1Stride, pool) {
  const rows = [{ name: "image", side: size, size: 1, jump: 1, start: 0 }];
  for (const [name, ownKernel, ownStride, padding] of layers) {
    const before = rows.at(-1);
    const kernel = name.startsWith("pool") ? pool : ownKernel;
    const stride = name === "conv1" ? conv1Stride : ownStride;
    const side = convOut({ size: before.side, kernel, stride, padding, rule: "ceil" });
    const size = before.size + (kernel - 1) * before.jump;
    rows.push({ name, side, size, jump: before.jump * stride, start: before.start - padding * before.jump });
  }
  return rows;
}

const VIEW = 320;  // units of the canvas; the photograph lies in its middle

function render({ model, el }) {
  const get = (name) => model.get(name);
  const image = new Image();
  let now = {};
  const compute = () => {
    const rows = fields(get("layers"), get("size"), get("stride"), get("pool"));
    const layer = Math.min(get("layer"), rows.length - 1), field = rows[layer];
    const [row, column] = ["row", "column"].map((name) => Math.min(get(name), field.side - 1));
    const span = (i) => [field.start + i * field.jump, field.start + i * field.jump + field.size];
    const unit = VIEW / (get("size") + 2 * get("margin"));
    now = { rows, layer, field, row, column, down: span(row), across: span(column), unit };
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
    point(x, y) {
      const { field, unit } = now;
      const place = (p) => {
        const pixel = p / unit - get("margin") - field.start - field.size / 2;
        return clamp(Math.round(pixel / field.jump), 0, field.side - 1);
      };
      assign(model, { row: place(y), column: place(x) });
    },
    draw(context, colour) {
      const { unit, layer, rows, field, down, across } = now;
      const at = (pixel) => (pixel + get("margin")) * unit;
      const side = get("size") * unit;
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
  const layers = table(TEXT.table, TEXT.heads, ["image", ...get("layers").map(([name]) => name)], () => {
    layers.lines.forEach((line, i) => (i === now.layer ? line.setAttribute("aria-current", "step") : line.removeAttribute("aria-current")));
    return now.rows.map((row) => [`${row.side}×${row.side}`, ...[row.size, row.jump, row.start].map((value) => number(value))]);
  });
  const last = () => now.field.side - 1;
  const count = (value) => TEXT.of(Math.min(value, last()) + 1, now.field.side);
  return mount({ model, el }, {
    ...TEXT, say: state, traits: ["layer", "row", "column", "stride", "pool"], compute,
    rows: [
      columns(
        slider(model, "layer", TEXT.layer, () => [0, now.rows.length - 1], () => now.field.name),
        slider(model, "row", TEXT.row, () => [0, last()], count),
        slider(model, "column", TEXT.column, () => [0, last()], count),
        menu(model, "stride", TEXT.stride, [4, 2, 1]),
        menu(model, "pool", TEXT.pool, [3, 2].map((n) => [n, `${n}×${n}`])),
        playButton(model, { trait: "layer", last: () => now.rows.length - 1, pause: 1000 })),
      columns(captioned(canvas, TEXT.caption), box({}, layers)),
      text(state),
    ],
  });
}

export default { render };
