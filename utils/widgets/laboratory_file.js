// A network that the laboratory has trained, as a file and on its way to the figure of chapter 11.

export const FILE_TEXT = {
  none: "This is no network of the laboratory: take a .safetensors file that the laboratory has saved.",
  cut: "The file of this network is cut off: save the network in the laboratory again.",
  other: "This file is not laid out as the laboratory lays out a network: save it there again.",
  diverged: "This network has diverged, and some of its weights are not numbers: train it with a smaller learning rate.",
  blocked: "No window opened: save the weights, and open the file in the figure of chapter 11.",
};
const FIGURE_PAGE = "11_alexnet_live.html", FIGURE_PLACE = "try-it";
const MOST_LETTERS = 1e6;  // of the text that a file begins with

/** The bytes of a safetensors file that `load_laboratory` in utils/nets/laboratory.py reads.
 *
 * `weights` are those that the engine gives: { "conv1.weight": { shape, data }, … }; `about` is
 * { settings, input, layers, mean, std, window }. */
export function laboratoryFile({ weights, about }) {
  const first = about.layers.findIndex(([, kind]) => kind === "linear");
  const linear = about.layers.slice(first).map(([name]) => name);
  const header = { __metadata__: { laboratory: JSON.stringify(about) } };
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(weights)) {
    const part = linear.includes(name.split(".")[0]) ? "classifier" : "features";
    header[`${part}.${name}`] = { dtype: "F32", shape, data_offsets: [end, end += data.byteLength] };
  }
  const json = JSON.stringify(header), padded = json.padEnd(8 * Math.ceil(json.length / 8));
  const letters = new TextEncoder().encode(padded), file = new Uint8Array(8 + letters.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(letters.length), true);
  file.set(letters, 8);
  let at = 8 + letters.length;
  for (const { data } of Object.values(weights)) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return file;
}

/** Whether a description has the form that the laboratory gives it. Whether its layers fit each other is
 * for the engine to say. */
function wellFormed({ settings, input, layers, mean, std, window }) {
  const size = (value, most) => Number.isInteger(value) && value >= 1 && value <= most;
  const word = (value) => typeof value === "string" && value.length >= 1 && value.length <= 30;
  const plain = (value) => typeof value === "boolean" || (Number.isFinite(value) && value >= 0 && value <= 10_000);
  const layer = ([name, kind, about]) => /^\w{1,30}$/.test(name) && word(kind) && Object.values(about).every(plain);
  const names = layers.map(([name]) => name), [, kind, { features }] = layers.at(-1);
  return [settings.network, settings.activation, settings.norm].every(word) && plain(settings.dropout)
    && input.length === 3 && input[0] === 1 && input[1] === input[2] && size(input[1], 256)
    && size(layers.length - 1, 100) && layers.every(layer) && new Set(names).size === names.length && kind === "linear" && features === 10
    && Number.isFinite(mean) && std > 0 && size(window, 28);
}

/** What a file holds, or an Error with the name of a sentence, or any other. */
function contentOf(bytes) {
  if (bytes.length < 9 || bytes[8] !== "{".charCodeAt(0)) throw new Error("none");
  const start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (start > MOST_LETTERS) throw new Error("none");
  if (start > bytes.length) throw new Error("cut");
  const { __metadata__, ...all } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  if (!__metadata__?.laboratory) throw new Error("none");
  const about = JSON.parse(__metadata__.laboratory), layers = about.layers.map(([name]) => name);
  if (!wellFormed(about)) throw new Error("other");
  const weights = Object.entries(all).map(([name, { dtype, shape, data_offsets: [from, to] }]) => {
    const [, layer, part] = name.match(/^(?:features|classifier)\.(\w+)\.(\w+)$/);
    if (start + to > bytes.length) throw new Error("cut");
    const data = new Float32Array(bytes.slice(start + from, start + to).buffer);
    const fits = dtype === "F32" && layers.includes(layer) && shape.reduce((a, b) => a * b) === data.length;
    if (!fits) throw new Error("other");
    if (!data.every(Number.isFinite)) throw new Error("diverged");
    return [`${layer}.${part}`, { shape, data }];
  });
  return { weights: Object.fromEntries(weights), about };
}

/** { weights, about } as `laboratoryFile` has taken them. Throws Error with a sentence if the bytes are no
 * such file. */
export function readLaboratoryFile(bytes) {
  try {
    return contentOf(bytes);
  } catch ({ message }) {
    throw new Error(FILE_TEXT[message] ?? FILE_TEXT.other);
  }
}

/** Whether the figure of chapter 11 is on this page. */
export const figureIsHere = () => location.pathname.endsWith(`/${FIGURE_PAGE}`);

/** Hands these bytes of such a file to the figure of chapter 11, on this page or in a window that opens:
 * when it asks for them, and if it is here, at once.
 *
 * Throws Error with a sentence if no window opens, or if there is no such page beside this one. */
export function openInFigure(bytes) {
  const inBook = document.querySelector("figure.widget");  // and not in a notebook
  const figure = figureIsHere() ? globalThis : inBook && window.open(`${FIGURE_PAGE}#${FIGURE_PLACE}`);
  if (!figure) throw new Error(FILE_TEXT.blocked);
  const hand = () => figure.postMessage({ book: "network", bytes }, "*");  // a page from the disk has no origin to name
  addEventListener("message", function hear({ source, data }) {
    if (source !== figure || data?.book !== "network?") return;
    removeEventListener("message", hear);
    hand();
  });
  if (!figureIsHere()) return;
  hand();
  document.getElementById(FIGURE_PLACE).scrollIntoView();
}
