// A file that a reader drops: 28 × 28 grey values as Fashion-MNIST has them, or a sentence that says why not.

const SAID = {
  noImage: (name) => `${name} is not an image that this browser can read. Try a PNG, JPEG or WebP file.`,
  heavy: (name, size) => `${name} has ${size} MB, which is more than a photograph needs: at most 20 MB are read.`,
  huge: (name, size) => `${name} has ${size} megapixels: at most 40 are read. Make it smaller first; 28 × 28 are left of it in any case.`,
  empty: (name) => `${name} is transparent all over: there is nothing to see.`,
  taken: (name, width, height) => `${name}, ${width} × ${height} px, became 28 × 28 grey values.`,
  transparent: " Its transparent parts became black, which is the background here.",
  negated: " Its edge is bright, so light and dark were exchanged: Fashion-MNIST shows clothes on black.",
};
const MEGA = 1e6, MOST = { bytes: 20 * MEGA, pixels: 40 * MEGA };
const WIDE = 280, CELL = 10;  // px that the file is drawn at, and averaged over

/** The file as an image element, or undefined if it is none. */
function opened(file) {
  return new Promise((done) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => done(undefined);
    image.src = URL.createObjectURL(file);
  });
}

/** { grey, sentence }: grey is a Uint8Array of 28 · 28, missing if the file cannot be used. */
export async function greyOf(file) {
  if (file.size > MOST.bytes) return { sentence: SAID.heavy(file.name, Math.ceil(file.size / MEGA)) };
  const image = await opened(file);
  const [width, height] = [image?.naturalWidth, image?.naturalHeight];
  if (image) URL.revokeObjectURL(image.src);
  if (!width || !height) return { sentence: SAID.noImage(file.name) };
  if (width * height > MOST.pixels) return { sentence: SAID.huge(file.name, Math.ceil((width * height) / MEGA)) };
  const scale = WIDE / Math.max(width, height);  // all of it, the longer side filling the square
  const [w, hi] = [width, height].map((length) => Math.max(1, Math.round(length * scale)));
  const [left, top] = [w, hi].map((length) => Math.floor((WIDE - length) / 2));
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = WIDE;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.drawImage(image, left, top, w, hi);
  const { data } = context.getImageData(0, 0, WIDE, WIDE);
  const grey = (i) => 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
  const opacity = (i) => data[4 * i + 3] / 255;
  let inside = 0, opaque = 0, edge = 0, bright = 0;
  for (let y = top; y < top + hi; y++) for (let x = left; x < left + w; x++) {
    const i = y * WIDE + x;
    inside += 1;
    opaque += opacity(i);
    if (x > left && x < left + w - 1 && y > top && y < top + hi - 1) continue;
    edge += opacity(i);
    bright += opacity(i) * grey(i);
  }
  if (opaque < 0.005 * inside) return { sentence: SAID.empty(file.name) };
  const negate = bright > 127.5 * edge;
  const sums = new Float64Array(28 * 28);
  for (let i = 0; i < WIDE * WIDE; i++) {
    const cell = Math.floor(i / WIDE / CELL) * 28 + Math.floor((i % WIDE) / CELL);
    sums[cell] += opacity(i) * (negate ? 255 - grey(i) : grey(i));
  }
  return {
    grey: Uint8Array.from(sums, (sum) => Math.round(sum / CELL ** 2)),
    sentence: SAID.taken(file.name, width, height) + (opaque < 0.99 * inside ? SAID.transparent : "") + (negate ? SAID.negated : ""),
  };
}
