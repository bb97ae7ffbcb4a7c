// AlexNet in the page: choose, draw, drop or cover an image, and see every layer and the ten bars.
import { assign, box, bytes, button, cividis, clamp, columns, h, menu, mount, number, outline, picture, pixels, slider, text } from "./kit.js";
import { ALEXNET, forward, softmax } from "./forward.js";
import { enlarged, parameters, tensors } from "./network_file.js";
import { greyOf } from "./image_file.js";
import { fileOf, unpacked } from "./files.js";
import { startEngine } from "./engine/client.js";
import { FILE_TEXT, readLaboratoryFile } from "./laboratory_file.js";

const TEXT = {
  title: "AlexNet live",
  hint: "Try: cover the part of a garment without which the network changes its mind. Or drop a photograph here.",
  waiting: "The network is on its way (2 MB). In a notebook this needs a running kernel: run the cell.",
  missing: "The network did not arrive: its file is missing or damaged. Reload the page, or build the book again.",
  source: "image", test: "test images", own: "your own", index: "test image", pointer: "pointer",
  pointers: [["cover", "moves the cover"], ["white", "draws white"], ["black", "draws black"]],
  size: "cover (px)", row: "down (px)", column: "across (px)", layer: "layer", empty: "Empty sheet",
  negate: "Light ↔ dark",
  file: "An image or a saved network of yours; it does not leave this computer:",
  noFile: "What was dropped is not a file.",
  image: (name, size) => `The image, 28 × 28 grey values: ${name}${size ? `, with a black cover of ${size} × ${size}` : ""}.`,
  imageCaption: (size, window, side) => `28 × 28 grey values${size ? `, ${size} × ${size} of them covered` : ""}; ${TEXT.sees(window, side)}`,
  sees(window, side) {
    if (window === side) return "the network sees them as they are";
    return `${window < SIDE ? `the middle ${window} × ${window} ` : ""}enlarged to ${side} × ${side} for the network`;
  },
  maps: (name, shape) => `${name}: ${shape.length > 1 ? `${shape[0]} maps of ${shape[1]} × ${shape[2]}` : `${shape[0]} units`}`,
  noMaps: "The feature maps, as soon as the network is here",
  range: (low, high) => `${number(low, 1)} (dark) to ${number(high, 1)} (light)`,
  bars: "What the network says",
  labelled: (name) => `${name} (label)`,
  says: (name, share) => `The network says: ${name}, ${share} %.`,
  right: " The label agrees.",
  wrong: (label) => ` The label says: ${label}.`,
  yours: ({ network, activation, norm, dropout }) => {
    const parts = [network, activation, ...(norm === "none" ? [] : [norm]), ...(dropout ? [`dropout ${dropout}`] : [])];
    return `Your network: ${parts.join(", ")}. Test images and drawings are as before.`;
  },
  book: "The book’s network",
  option: (name, kind) => (kind in TEXT.kinds ? `${name}, ${TEXT.kinds[kind]}` : name),
  kinds: { tanh: "tanh", sigmoid: "sigmoid", lrn: "LRN", constant: "constant", batch_norm: "batch norm" },
  noEngine: "Your network needs a Worker with WebAssembly, which this browser does not start here: open the page in another one.",
  stranger: " It knows ten kinds of clothes and has no way to say “none of these”.",
};
const SIDE = 28, MOST_BYTES = 20e6;  // of an image; of a network that is read
const ENGINE_KINDS = { conv2d: "conv2d", relu: "relu", maxPool2d: "max_pool2d", linear: "linear" };  // the engine's names
const breath = () => new Promise((done) => setTimeout(done));  // the browser may draw and listen
const best = (scores) => scores.indexOf(Math.max(...scores));
const ends = (data) => [Math.min, Math.max].map((most) => data.reduce((a, b) => most(a, b)));

/** The book's network as the engine builds it, from what forward.js computes with. */
function bookNetwork(net) {
  const layers = ALEXNET.map(([name, { name: kind }, { size, ...settings } = {}]) => {
    const [maps, , kernel] = net[name]?.weight.shape ?? [];
    return [name, ENGINE_KINDS[kind], { kernel_size: size ?? kernel, channels: maps, features: maps, ...settings }];
  });
  const weights = Object.entries(net).flatMap(([name, both]) => Object.entries(both).map(([part, tensor]) => [`${name}.${part}`, tensor]));
  return { layers, weights: Object.fromEntries(weights) };
}

/** Puts a network into the engine, which does in a few milliseconds what forward.js does in tens. */
async function hold(engine, { input, layers, weights }) {
  await engine.call("build", { input, batchSize: 1, layers, optimiser: { kind: "sgd" } });
  await engine.call("load", weights);
}

async function startNet(file, network) {
  const engine = await startEngine(await unpacked(file));
  await hold(engine, network);
  return engine;
}

function render({ model, el }) {
  const get = (name) => model.get(name);
  const classes = get("classes"), photographs = get("photographs");
  const [side, mean, std] = get("pixels");
  let found, net, engine, missing = false;  // the file, the network in it, and who computes it
  let asked, wanted, busy = false, outputs;  // an image of 28 × 28, a layer, a network; outputs by layer
  const book = {
    input: [1, side, side], window: SIDE, mean, std, last: "fc8", choice: model,
    menu: menu(model, "layer", TEXT.layer, ALEXNET.map(([name]) => name).slice(0, -1)),
  };
  let shown = book, held;  // the network that is shown, and the one in the engine
  const layer = () => shown.choice.get("layer");
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

  /** The layer's output and the last one's from the engine, or where a browser has none, all of the
   * book's network from forward.js. */
  async function pass({ image, name, network }) {
    const { input: [, side], mean, std, window } = network, x = enlarged(image, side, mean, std, window);
    if (engine) {
      if (held !== network) {
        held = undefined;
        await hold(engine, network);
        held = network;
      }
      return engine.call("outputs", x.data, [name, network.last]);
    }
    const layers = {};
    let rested = performance.now();
    for (const [each, y] of forward(x, net)) {
      layers[each] = y;
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
      const now = wanted;
      wanted = undefined;
      try {
        const layers = await pass(now);
        if (now.network !== shown) continue;
        if (!layers[shown.last].data.every(Number.isFinite)) throw new Error(FILE_TEXT.diverged);
        outputs = layers;
        assign(model, { scores: [...outputs[shown.last].data] });
        update();
      } catch (error) {
        if (now.network === book) throw error;
        note = error.message;  // its layers do not fit each other, or there is no memory for them
        show(book);
      }
    }
    busy = false;
  }
  const compute = () => {
    if (!net) return;
    const image = seen(), name = layer();
    const before = asked?.network === shown && asked.name === name && asked.image.every((value, i) => value === image[i]);
    if (before && (busy || get("scores").length)) return;
    asked = wanted = { image, name, network: shown };
    if (!busy) run();
  };

  /** A network of the reader's, whose layer only JavaScript knows: Python knows those of the book's. */
  function ownNetwork(about, weights) {
    const { layers } = about;
    let chosen = layers[1][0];
    const choice = {
      get: () => chosen,
      set(_, name) { chosen = name; },
      save_changes: () => update(),
    };
    const options = layers.slice(0, -1).map(([name, kind]) => [name, TEXT.option(name, kind)]);
    return { ...about, weights, last: layers.at(-1)[0], choice, menu: menu(choice, "layer", TEXT.layer, options) };
  }
  const show = (network) => {
    [shown, outputs] = [network, undefined];
    layerMenu.node.replaceChildren(shown.menu.node);
    update();
  };
  /** Shows the network of such a file, or says why not. */
  async function open(content) {
    try {
      const { weights, about } = readLaboratoryFile(await content);
      await ready;
      if (!engine) throw new Error(missing ? TEXT.missing : TEXT.noEngine);
      note = "";
      show(ownNetwork(about, weights));
    } catch ({ message }) {
      note = message;
      update();
    }
  }
  const layerMenu = { node: h("div", {}, book.menu.node), update: () => shown.menu.update() };
  const yours = text(() => (shown === book ? "" : TEXT.yours(shown.settings)));
  yours.node.setAttribute("role", "status");
  const whose = {
    node: h("div", { class: "ln-whose" }, yours, button(TEXT.book, () => {
      show(book);
      chooser.focus({ preventScroll: true });  // the button is gone
    })),
    update() {
      yours.update();
      whose.node.hidden = shown === book;
    },
    stop() { if (shown !== book) show(book); },
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
    const { shape, data } = outputs?.[layer()] ?? {};
    return data ? `${TEXT.maps(layer(), shape)}; ${TEXT.range(...ends(data))}` : TEXT.noMaps;
  };
  const maps = picture(400, 400, {
    label: about,
    draw(context) {
      const { shape, data } = outputs?.[layer()] ?? {};
      if (!data) return;  // the image or the layer was changed just now
      const square = Math.ceil(Math.sqrt(data.length));  // for units, whose last row may be short
      const [count, rows, columns] = shape.length > 1 ? shape : [1, square, square];
      const across = Math.ceil(Math.sqrt(count)), gap = count > 1 ? 1 : 0;
      const [low, high] = ends(data), wide = across * (columns + gap);
      context.drawImage(pixels(wide, wide, (i) => {
        const [y, x] = [Math.floor(i / wide), i % wide];
        const [map, u, v] = [Math.floor(y / (rows + gap)) * across + Math.floor(x / (columns + gap)), y % (rows + gap), x % (columns + gap)];
        const at = (map * rows + u) * columns + v;
        if (map >= count || u === rows || v === columns || at >= data.length) return [0, 0, 0, 0];
        return cividis((data[at] - low) / (high - low || 1));
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
    if (/\.safetensors$/i.test(file?.name)) return open(file.slice(0, MOST_BYTES).arrayBuffer().then((buffer) => new Uint8Array(buffer)));
    const { grey, sentence } = file ? await greyOf(file) : { sentence: TEXT.noFile };
    note = sentence;
    if (grey) own(grey);
    said.update();
  }
  const chooser = h("input", {
    type: "file", accept: "image/*,.safetensors", onchange: () => take(chooser.files[0]),
    onclick() { chooser.value = ""; },  // the same file may be chosen again
  });
  const over = (event) => {
    event.preventDefault();
    event.stopPropagation();
    el.classList.toggle("ln-over", event.type === "dragover");
    if (event.type === "drop") take(event.dataTransfer.files[0]);
  };
  for (const kind of ["dragover", "dragleave", "drop"]) el.addEventListener(kind, over);
  const negated = { cover: "cover", white: "black", black: "white" };  // a pen that can still be seen
  const caption = () => TEXT.imageCaption(get("size"), shown.window, shown.input[1]);
  const rows = [
    whose,
    columns(box({}, board, text(caption, "bw-caption ln-image")), box({}, maps, text(about, "bw-caption ln-maps"))),
    text(verdict, "bw-state ln-state"),
    columns(
      box({},
        menu(model, "source", TEXT.source, [["test", TEXT.test], ...photographs, ["own", TEXT.own]]),
        slider(model, "index", TEXT.index, () => [0, get("source") === "test" ? 199 : 0]),
        layerMenu,
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
  const ready = fileOf(model, "page.safetensors").then(async (file) => {
    found = tensors(file);
    net = parameters(found);
    Object.assign(book, bookNetwork(net));
    engine = await fileOf(model, "engine").then((program) => startNet(program, book)).catch(() => undefined);
    held = book;
  }).catch(() => { missing = true; }).then(update);
  const laboratories = [globalThis, globalThis.opener].filter(Boolean);  // of this page, of one that opened it
  const hear = ({ source, data }) => {
    if (laboratories.includes(source) && data?.book === "network" && data.bytes instanceof Uint8Array) open(data.bytes);
  };
  addEventListener("message", hear);
  for (const laboratory of laboratories) laboratory.postMessage({ book: "network?" }, "*");
  return () => {
    removeEventListener("message", hear);
    engine?.end();
    return end?.();
  };
}

export default { render };
