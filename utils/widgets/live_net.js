// AlexNet in the page: choose, draw, drop or cover an image, and see every layer and the ten bars.
import { assign, box, bytes, button, cividis, clamp, columns, h, menu, mount, number, outline, picture, pixels, slider, text } from "./kit.js";
import { ALEXNET, forward, softmax } from "./forward.js";
import { enlarged, parameters, tensors } from "./network_file.js";
import { greyOf } from "./image_file.js";
import { fileOf, unpacked } from "./files.js";
import { startEngine } from "./engine/client.js";

const TEXT = {
  title: "AlexNet live",
  hint: "Try: cover the part of a garment without which the network changes its mind. Or drop a photograph here.",
  waiting: "The network is on its way (2 MB). In a notebook this needs a running kernel: run the cell.",
  missing: "The network did not arrive: its file is missing or damaged. Reload the page, or build the book again.",
  source: "image", test: "test images", own: "your own", index: "test image", pointer: "pointer",
  pointers: [["cover", "moves the cover"], ["white", "draws white"], ["black", "draws black"]],
  size: "cover (px)", row: "down (px)", column: "across (px)", layer: "layer", empty: "Empty sheet",
  negate: "Light ↔ dark",
  file: "An image file of yours; it does not leave this computer:",
  noFile: "What was dropped is not a file.",
  image: (name, size) => `The image, 28 × 28 grey values: ${name}${size ? `, with a black cover of ${size} × ${size}` : ""}.`,
  imageCaption: (size) => `28 × 28 grey values${size ? `, ${size} × ${size} of them covered` : ""}; enlarged to 99 × 99 for the network`,
  maps: (name, shape) => `${name}: ${shape.length > 1 ? `${shape[0]} maps of ${shape[1]} × ${shape[2]}` : `${shape[0]} units`}`,
  noMaps: "The feature maps, as soon as the network is here",
  range: (low, high) => `${number(low, 1)} (dark) to ${number(high, 1)} (light)`,
  bars: "What the network says",
  labelled: (name) => `${name} (label)`,
  says: (name, share) => `The network says: ${name}, ${share} %.`,
  right: " The label agrees.",
  wrong: (label) => ` The label says: ${label}.`,
  stranger: " It knows ten kinds of clothes and has no way to say “none of these”.",
};
const SIDE = 28;
const ENGINE_KINDS = { conv2d: "conv2d", relu: "relu", maxPool2d: "max_pool2d", linear: "linear" };  // the engine's names
const breath = () => new Promise((done) => setTimeout(done));  // the browser may draw and listen
const best = (scores) => scores.indexOf(Math.max(...scores));
const ends = (data) => [Math.min, Math.max].map((most) => data.reduce((a, b) => most(a, b)));

/** The network in the engine, which does in a few milliseconds what forward.js does in tens. */
async function startNet(file, net, side) {
  const layers = ALEXNET.map(([name, { name: kind }, { size, ...settings } = {}]) => {
    const [maps, , kernel] = net[name]?.weight.shape ?? [];
    return [name, ENGINE_KINDS[kind], { kernel_size: size ?? kernel, channels: maps, features: maps, ...settings }];
  });
  const weights = Object.entries(net).flatMap(([name, both]) => Object.entries(both).map(([part, tensor]) => [`${name}.${part}`, tensor]));
  const engine = await startEngine(await unpacked(file));
  await engine.call("build", { input: [1, side, side], batchSize: 1, layers, optimiser: { kind: "sgd" } });
  await engine.call("load", Object.fromEntries(weights));
  return engine;
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const classes = get("classes"), photographs = get("photographs");
  const [side, mean, std] = get("pixels");
  let found, net, engine, missing = false;  // the file, the network in it, and who computes it
  let asked, wanted, busy = false, outputs;  // an image of 28 × 28 and a layer; outputs by layer
  let note = "";  // about the file that was dropped last
  /** The image without its cover, black until the file is here. */
  const plain = () => {
    if (get("source") === "own") return bytes(model, "own");
    if (!found) return new Uint8Array(SIDE * SIDE);
    const photograph = photographs.indexOf(get("source"));
    const [stack, i] = photograph < 0 ? [found.images, get("index")] : [found.photographs, photograph];
    return stack.data.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE);
  };
  const place = (name) => Math.min(get(name), SIDE - get("size"));
  const seen = () => {
    const image = plain().slice(), size = get("size"), left = place("column");
    for (let row = place("row"); row < place("row") + size; row++) image.fill(0, row * SIDE + left, row * SIDE + left + size);
    return image;
  };
  const label = () => (get("source") === "test" && found ? found.labels.data[get("index")] : undefined);
  const verdict = () => {
    const scores = get("scores");
    if (missing) return TEXT.missing;
    if (!outputs || !scores.length) return TEXT.waiting;
    const c = best(scores), said = TEXT.says(classes[c], number(100 * softmax(scores)[c], 1));
    if (label() === undefined) return said + TEXT.stranger;
    return said + (c === label() ? TEXT.right : TEXT.wrong(classes[label()]));
  };

  /** The layer's output and fc8's from the engine, or where a browser has none, all from forward.js. */
  async function pass(x, layer) {
    if (engine) return engine.call("outputs", x.data, [layer, "fc8"]);
    const layers = {};
    let rested = performance.now();
    for (const [name, y] of forward(x, net)) {
      layers[name] = y;
      if (performance.now() - rested < 8) continue;
      await breath();
      rested = performance.now();
    }
    return layers;
  }
  /** One pass after the other, the newest image next: a cover that is dragged must not wait for all. */
  async function run() {
    busy = true;
    while (wanted) {
      const { image, layer } = wanted;
      wanted = undefined;
      outputs = await pass(enlarged(image, side, mean, std), layer);
      assign(model, { scores: [...outputs.fc8.data] });
      update();
    }
    busy = false;
  }
  const compute = () => {
    if (!net) return;
    const image = seen(), layer = get("layer");
    const before = asked?.layer === layer && asked.image.every((value, i) => value === image[i]);
    if (before && (busy || get("scores").length)) return;
    asked = wanted = { image, layer };
    if (!busy) run();
  };

  const own = (image, more) => assign(model, { own: new DataView(image.buffer), source: "own", ...more });
  const drawing = () => get("pointer") !== "cover";
  let last;  // where the brush was
  const brush = (x, y) => {
    const image = plain().slice(), white = get("pointer") === "white";
    const from = last ?? [x, y], steps = Math.ceil(Math.hypot(x - from[0], y - from[1])) || 1;
    for (let step = 0; step <= steps; step++) {
      const [bx, by] = [0, 1].map((k) => from[k] + ((k ? y : x) - from[k]) * (step / steps));
      for (let i = 0; i < image.length; i++) {
        const far = Math.hypot((i % SIDE) + 0.5 - bx, Math.floor(i / SIDE) + 0.5 - by);
        const paint = 255 * clamp(2 - far, 0, 1);
        image[i] = white ? Math.max(image[i], paint) : Math.min(image[i], 255 - paint);
      }
    }
    last = [x, y];
    own(image, { size: 0 });  // no stroke under a cover
  };
  const board = picture(SIDE, SIDE, {
    label: () => TEXT.image({ test: TEXT.test, own: TEXT.own }[get("source")] ?? get("source"), get("size")),
    point(x, y) {
      if (drawing()) return brush(x, y);
      const size = get("size") || 8;
      const [row, column] = [y, x].map((value) => clamp(Math.round(value - size / 2), 0, SIDE - size));
      return assign(model, { size, row, column });
    },
    draw(context, colour) {
      const image = seen();
      context.drawImage(pixels(SIDE, SIDE, (i) => image[i]), 0, 0, SIDE, SIDE);
      if (!get("size")) return;
      context.scale(0.1, 0.1);
      outline(context, colour.mark, ...[place("column"), place("row"), get("size"), get("size")].map((n) => 10 * n));
    },
  });
  // A finger that draws must not scroll; one that points may.
  board.node.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch" && drawing()) brush(...board.place(event));
  });
  for (const kind of ["pointerdown", "click"]) board.node.addEventListener(kind, () => { last = undefined; });
  const about = () => {
    const { shape, data } = outputs?.[get("layer")] ?? {};
    return data ? `${TEXT.maps(get("layer"), shape)}; ${TEXT.range(...ends(data))}` : TEXT.noMaps;
  };
  const maps = picture(400, 400, {
    label: about,
    draw(context) {
      const { shape, data } = outputs?.[get("layer")] ?? {};
      if (!data) return;  // the image or the layer was changed just now
      const [count, rows, columns] = shape.length > 1 ? shape : [1, 32, 32];
      const across = Math.ceil(Math.sqrt(count)), gap = count > 1 ? 1 : 0;
      const [low, high] = ends(data), wide = across * (columns + gap);
      context.drawImage(pixels(wide, wide, (i) => {
        const [y, x] = [Math.floor(i / wide), i % wide];
        const [map, u, v] = [Math.floor(y / (rows + gap)) * across + Math.floor(x / (columns + gap)), y % (rows + gap), x % (columns + gap)];
        if (map >= count || u === rows || v === columns) return [0, 0, 0, 0];
        return cividis((data[(map * rows + u) * columns + v] - low) / (high - low || 1));
      }), 0, 0, 400, 400);
    },
  });

  const cells = classes.map(() => [h("th", { scope: "row" }), h("td", {}, h("span", { class: "ln-bar" })), h("td")]);
  const lines = cells.map((row) => h("tr", {}, ...row));
  const results = {
    node: h("table", { class: "bw-table ln-bars" }, h("caption", {}, TEXT.bars), h("tbody", {}, ...lines)),
    update() {
      const shares = get("scores").length && outputs ? softmax(get("scores")) : classes.map(() => 0);
      cells.forEach(([name, bar, share], c) => {
        name.textContent = c === label() ? TEXT.labelled(classes[c]) : classes[c];
        bar.firstChild.style.width = `${100 * shares[c]}%`;
        share.textContent = `${number(100 * shares[c], 1)} %`;
        lines[c].toggleAttribute("aria-current", shares[c] > 0 && c === best(shares));
      });
      board.node.style.touchAction = drawing() ? "none" : "";
    },
  };
  const said = { ...text(() => note, "ln-note"), stop() { note = ""; } };
  said.node.setAttribute("role", "status");
  async function take(file) {
    const { grey, sentence } = file ? await greyOf(file) : { sentence: TEXT.noFile };
    note = sentence;
    if (grey) own(grey);
    said.update();
  }
  const chooser = h("input", { type: "file", accept: "image/*", onchange: () => take(chooser.files[0]) });
  const over = (event) => {
    event.preventDefault();
    event.stopPropagation();
    el.classList.toggle("ln-over", event.type === "dragover");
    if (event.type === "drop") take(event.dataTransfer.files[0]);
  };
  for (const kind of ["dragover", "dragleave", "drop"]) el.addEventListener(kind, over);
  const negated = { cover: "cover", white: "black", black: "white" };  // a pen that can still be seen
  const rows = [
    columns(box({}, board, text(() => TEXT.imageCaption(get("size")), "bw-caption ln-image")), box({}, maps, text(about, "bw-caption ln-maps"))),
    text(verdict, "bw-state ln-state"),
    columns(
      box({},
        menu(model, "source", TEXT.source, [["test", TEXT.test], ...photographs, ["own", TEXT.own]]),
        slider(model, "index", TEXT.index, () => [0, get("source") === "test" ? 199 : 0]),
        menu(model, "layer", TEXT.layer, ALEXNET.map(([name]) => name).slice(0, -1)),
        slider(model, "size", TEXT.size, () => [0, 20]),
        slider(model, "row", TEXT.row, () => [0, SIDE - get("size")]),
        slider(model, "column", TEXT.column, () => [0, SIDE - get("size")]),
        menu(model, "pointer", TEXT.pointer, TEXT.pointers),
        h("div", { class: "ln-buttons" },
          button(TEXT.empty, () => own(new Uint8Array(SIDE * SIDE), { pointer: "white", size: 0 })),
          button(TEXT.negate, () => own(plain().map((value) => 255 - value), { pointer: negated[get("pointer")] }))),
        h("label", { class: "ln-file" }, TEXT.file, chooser), said),
      results),
  ];
  const update = () => {
    compute();
    rows.forEach((row) => row.update());
  };
  const traits = ["source", "index", "size", "row", "column", "layer", "pointer", "own", "scores"];
  const end = mount({ model, el }, { ...TEXT, say: verdict, traits, compute, rows });
  fileOf(model, "page.safetensors").then(async (file) => {
    found = tensors(file);
    net = parameters(found);
    engine = await fileOf(model, "engine").then((program) => startNet(program, net, side)).catch(() => undefined);
  }).catch(() => { missing = true; }).then(update);
  return () => {
    engine?.end();
    return end?.();
  };
}

export default { render };
