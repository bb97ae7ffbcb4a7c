// Two networks to one scale: which layer has how much, and how many times as much as the other's?
import { assign, box, columns, fill, menu, mount, picture, slider, table, text, write } from "./kit.js";

const QUANTITIES = ["values", "parameters", "MACs", "bytes"];
const TEXT = {
  title: "Two networks to scale",
  hint: "Try: find the layer that has most of the parameters, and the one that has most of the MACs. Where does “16 times LeNet’s channels” turn into 128 times the weights?",
  first: "above", second: "below", upper: "layer above", lower: "layer below", quantity: "area shows",
  quantities: { values: "output values", parameters: "parameters", MACs: "MACs", bytes: "bytes of memory" },
  caption: "The area of a square is what its layer has, with one scale for both networks; the input comes first. Tap a layer to choose it. Bytes: parameters and one image’s output, four for each number.",
  table: "The two layers, and what share of its network each has",
  kernels: "kernels", linear: "in to out", either: "kernels; in to out",
  rows: ["kernels", "output", "values", "parameters", "MACs", "bytes"],
  number: (value) => value.toLocaleString("en-US"),
  layer: (net, layer) => `${net}: ${layer}`,
  share: (value, percent) => `${value} (${percent} %)`,
  state: (above, below, first, second, what, times) => `${above} has ${first} ${what}, ${below} has ${second}${times}.`,
  times: (ratio) => (ratio === "1" ? ": as many" : `: ${ratio} times as many`),
  picture: (what, nets) => `Squares whose area is ${what}. ${nets.join(". ")}.`,
};

const WIDTH = 360, HEIGHT = 180;  // of the picture
const SLOT = 38, ROOM = 34, NAMES = 14;  // what a layer's name, a row's title and names, and its names need
const SIDES = [["first", "upper"], ["second", "lower"]];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const place = () => 3 + QUANTITIES.indexOf(get("quantity"));
  let now = [];
  const compute = () => {
    now = SIDES.map(([side, chosen]) => {
      const layers = get("layers")[get("names").indexOf(get(side))];
      const index = Math.min(get(chosen), layers.length - 1);
      return { net: get(side), layers, index, layer: layers[index], amounts: layers.map((layer) => layer[place()]) };
    });
    // As large as height and width allow: a row needs room for its title, its names and its squares.
    const roots = now.map(({ amounts }) => amounts.map(Math.sqrt));
    const tops = roots.map((row) => Math.max(...row));
    let unit = (HEIGHT - 2 * ROOM) / (tops[0] + tops[1]);
    const slot = (root) => Math.max(root * unit + 3, SLOT);
    const wide = (row) => row.reduce((sum, root) => sum + slot(root), 0);
    while (roots.some((row) => wide(row) > WIDTH) && unit * Math.max(...tops) > 1) unit *= 0.98;
    let floor = 0;
    now.forEach((row, r) => {
      row.top = floor;
      row.floor = floor += ROOM + tops[r] * unit;
      const spare = Math.max(0, WIDTH - wide(roots[r])) / roots[r].length;
      let left = 0;
      row.boxes = roots[r].map((root) => {
        const box = { left, wide: slot(root) + spare, side: root * unit };
        left += box.wide;
        return { ...box, middle: box.left + box.wide / 2, y: row.floor - NAMES - box.side };
      });
    });
  };

  const canvas = picture(WIDTH, HEIGHT, {
    label: () => TEXT.picture(TEXT.quantities[get("quantity")], now.map(({ net, layers, amounts }) =>
      TEXT.layer(net, layers.map((layer, i) => `${layer[0]} ${TEXT.number(amounts[i])}`).join(", ")))),
    point(x, y) {
      const r = y < now[0].floor ? 0 : 1;
      const index = now[r].boxes.findIndex((box) => x >= box.left && x < box.left + box.wide);
      if (index >= 0) assign(model, { [SIDES[r][1]]: index });
    },
    draw(context, colour) {
      now.forEach(({ net, layers, index, boxes, top, floor }) => {
        write(context, net, 2, top + 9, colour.ink, { align: "left", size: 10, bold: true });
        boxes.forEach(({ middle, y, side }, i) => {
          fill(context, [middle - side / 2, y, side, side], i === index ? colour.second : colour.first);
          write(context, layers[i][0], middle, floor - 5.5, colour.ink, { size: 9.5 });
        });
        const { left, wide } = boxes[index];
        fill(context, [left + 2, floor - 1.5, wide - 4, 1.5], colour.second);  // seen even where the square is a speck
      });
    },
  });
  const state = () => {
    const [a, b] = now.map(({ layer }) => layer[place()]);
    const ratio = a > 0 && b > 0 ? TEXT.times(TEXT.number(+(b / a).toPrecision(3))) : "";
    const [above, below] = now.map(({ net, layer }) => TEXT.layer(net, layer[0]));
    return TEXT.state(above, below, TEXT.number(a), TEXT.number(b), TEXT.quantities[get("quantity")], ratio);
  };
  const both = table(TEXT.table, ["", ""], TEXT.rows, () => {
    now.forEach(({ net, layer }, i) => { both.heads[i].textContent = TEXT.layer(net, layer[0]); });
    what.textContent = TEXT[["kernels", "either", "linear"][now.filter(({ layer }) => / to /.test(layer[1])).length]];
    return TEXT.rows.map((_, r) => now.map(({ layer, layers }) => {
      if (r < 2) return layer[r + 1];
      const sum = layers.reduce((total, other) => total + other[r + 1], 0);
      return TEXT.share(TEXT.number(layer[r + 1]), sum ? +((100 * layer[r + 1]) / sum).toPrecision(2) : 0);
    }));
  }, "bw-words");
  const what = both.lines[0].cells[0];
  const layer = (name, r) => slider(model, name, TEXT[name], () => [0, now[r].layers.length - 1], () => now[r].layer[0]);
  return mount({ model, el }, {
    ...TEXT, say: state, traits: ["first", "second", "upper", "lower", "quantity"], compute,
    rows: [
      columns(
        menu(model, "first", TEXT.first, get("names")), menu(model, "second", TEXT.second, get("names")),
        layer("upper", 0), layer("lower", 1),
        menu(model, "quantity", TEXT.quantity, QUANTITIES.map((name) => [name, TEXT.quantities[name]]))),
      box({ style: "max-width: 540px" }, canvas), text(TEXT.caption, "bw-caption"), text(state), both,
    ],
  });
}

export default { render };
