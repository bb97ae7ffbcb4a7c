// The images that a network trains on in the page, as utils/page_files.py packs them.

/** Writes the file in pieces, between which the browser may draw and listen.
 *
 * Not by Blob.stream(), which WebKitGTK cannot read from the disk. */
async function writeClothes(writer, file, piece = 500_000) {
  for (let at = 0; at < file.length; at += piece) {
    await writer.write(file.subarray(at, at + piece));
    await new Promise((done) => setTimeout(done));
  }
  await writer.close();
}

/** Unpacks the file: { train: { images, labels }, test }, grey values 0 to 255, labels 0 to 9.
 *
 * Rejects with a sentence if the file is damaged. */
export async function unpackClothes(file) {
  const { readable, writable } = new DecompressionStream("gzip");  // it compares the checksum
  writeClothes(writable.getWriter(), file).catch(() => {});  // the reader hears of it
  const pixels = 28 * 28, data = new Uint8Array(10_000 * (pixels + 1));
  let at = 0;
  try {
    const reader = readable.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      data.set(part.value, at);
      at += part.value.length;
    }
    if (at !== data.length) throw new Error("it is too short");
  } catch {
    throw new Error("The images are damaged: reload the page, or build the book again.");
  }
  at = 0;
  const next = (size) => data.subarray(at, at += size);
  const part = (count) => ({ images: next(count * pixels), labels: next(count) });
  return { train: part(8_000), test: part(2_000) };
}
