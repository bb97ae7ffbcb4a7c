// Two networks to one scale: which layer has how much, and how many times as much as the other's?
import { assign, h, menu, mount, picture, slider, table } from "./kit.js";

const QUANTITIES = ["values", "parameters", "MACs", "bytes"];
const TEXT = {
  title: "Two networks to scale",
  hint: "Try: find the layer that has most of the parameters, and the one that has most of the MACs. Where does “16 times LeNet’s channels” turn into 128 times the weights?",
  reset: "Reset",
  first: "above",
  second: "below",
  upper: "layer above",
  lower: "layer below",
  quantity: "area shows",
  quantities: { values: "output values", parameters: "parameters", MACs: "MACs", bytes: "bytes of memory" },
  caption: "The area of a square is what its layer has, with one scale for both networks; the input comes first. Tap a layer to choose it. Bytes: parameters and one image’s output, four for each number.",
  table: "The two layers, and what share of its network each has",
  kernels: "kernels",
  linear: "in to out",
  either: "kernels; in to out",
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

function render({ model, el }) {
  const get = (name) => model.get(name);
  const sides = [["first", "upper"], ["second", "lower"]];
  let now = [];

  const compute = {
    update() {
      const place = 3 + QUANTITIES.indexOf(get("quantity"));
      now = sides.map(([side, chosen]) => {
        const layers = get("layers")[get("names").indexOf(get(side))];
        const index = Math.min(get(chosen), layers.length - 1);
        return { net: get(side), layers, index, layer: layers[index], amounts: layers.map((layer) => layer[place]) };
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
        floor += ROOM + tops[r] * unit;
        row.floor = floor;
        const spare = Math.max(0, WIDTH - wide(roots[r])) / roots[r].length;
        let x = 0;
        row.boxes = roots[r].map((root) => {
          const box = { left: x, wide: slot(root) + spare, side: root * unit };
          x += box.wide;
          return { ...box, x: box.left + (box.wide - box.side) / 2, y: row.floor - NAMES - box.side };
        });
      });
    },
  };

  const canvas = picture(WIDTH, HEIGHT, {
    label: () => TEXT.picture(TEXT.quantities[get("quantity")], now.map(({ net, layers, amounts }) =>
      TEXT.layer(net, layers.map((layer, i) => `${layer[0]} ${TEXT.number(amounts[i])}`).join(", ")))),
    point: (x, y) => {
      const r = y < now[0].floor ? 0 : 1;
      const index = now[r].boxes.findIndex((box) => x >= box.left && x < box.left + box.wide);
      if (index >= 0) assign(model, { [sides[r][1]]: index });
    },
    draw(context, colour) {
      context.fillStyle = colour.paper;
      context.fillRect(0, 0, WIDTH, HEIGHT);
      now.forEach(({ net, layers, index, boxes, top, floor }) => {
        context.fillStyle = colour.ink;
        context.font = "bold 10px sans-serif";
        context.textAlign = "left";
        context.fillText(net, 2, top + 12);
        context.textAlign = "center";
        context.font = "9.5px sans-serif";
        boxes.forEach((box, i) => {
          context.fillStyle = i === index ? colour.second : colour.first;
          context.fillRect(box.x, box.y, box.side, box.side);
          context.fillStyle = colour.ink;
          context.fillText(layers[i][0], box.left + box.wide / 2, floor - 3);
        });
        const { left, wide } = boxes[index];
        context.fillStyle = colour.second;  // seen even where the square is a speck
        context.fillRect(left + 2, floor - 1.5, wide - 4, 1.5);
      });
    },
  });

  const state = () => {
    const place = 3 + QUANTITIES.indexOf(get("quantity"));
    const [a, b] = now.map(({ layer }) => layer[place]);
    const ratio = a > 0 && b > 0 ? TEXT.times(TEXT.number(+(b / a).toPrecision(3))) : "";
    const [above, below] = now.map(({ net, layer }) => TEXT.layer(net, layer[0]));
    return TEXT.state(above, below, TEXT.number(a), TEXT.number(b), TEXT.quantities[get("quantity")], ratio);
  };
  const words = h("p", { class: "bw-state" });
  const text = { update() { words.textContent = state(); } };

  const both = table(TEXT.table, [[""], [""]], TEXT.rows);
  const heads = [...both.node.tHead.querySelectorAll("th")];
  const what = both.lines[0].cells[0];
  [...heads, what].forEach((head) => { head.style.whiteSpace = "normal"; });  // long names on a narrow screen
  both.update = () => {
    now.forEach(({ net, layer }, i) => { heads[i].textContent = TEXT.layer(net, layer[0]); });
    const linear = now.filter(({ layer }) => / to /.test(layer[1])).length;
    what.textContent = TEXT[["kernels", "either", "linear"][linear]];
    both.fill(TEXT.rows.map((_, r) => now.map(({ layer, layers }) => {
      if (r < 2) return layer[r + 1];
      const sum = layers.reduce((total, other) => total + other[r + 1], 0);
      return TEXT.share(TEXT.number(layer[r + 1]), sum ? +((100 * layer[r + 1]) / sum).toPrecision(2) : 0);
    })));
  };

  const names = get("names").map((name) => [name, name]);
  const layerOf = (r) => () => now[r].layer[0];
  const controls = [
    menu(model, "first", TEXT.first, names),
    menu(model, "second", TEXT.second, names),
    slider(model, "upper", TEXT.upper, () => [0, now[0].layers.length - 1], layerOf(0)),
    slider(model, "lower", TEXT.lower, () => [0, now[1].layers.length - 1], layerOf(1)),
    menu(model, "quantity", TEXT.quantity, QUANTITIES.map((name) => [name, TEXT.quantities[name]])),
  ];
  return mount({ model, el }, {
    ...TEXT,
    say: state,
    traits: ["first", "second", "upper", "lower", "quantity"],
    parts: [compute, ...controls, canvas, both, text],
    rows: [
      h("div", { class: "bw-columns" }, ...controls.map((control) => control.node)),
      h("div", { style: "max-width: 540px" }, canvas.node), h("p", { class: "bw-caption" }, TEXT.caption), words, both.node,
    ],
  });
}

export default { render };
