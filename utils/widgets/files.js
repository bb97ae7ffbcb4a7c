// Files that are too large for a notebook: Python brings them, or a script beside the page.

/** The bytes of one of the `files` of the widget's class. Rejects with a sentence if it is missing. */
export function fileOf(model, name) {
  return new Promise((resolve, reject) => {
    model.on("msg:custom", function hear({ file, missing }, [data]) {
      if (file !== name && missing !== name) return;
      model.off("msg:custom", hear);
      if (file) resolve(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      else reject(new Error(`The file ${name} is missing or damaged: reload the page, or build the book again.`));
    });
    model.send(name);
  });
}

/** Writes in pieces, between which the browser may draw and listen. */
async function writePieces(writer, file, piece = 500_000) {
  for (let at = 0; at < file.length; at += piece) {
    await writer.write(file.subarray(at, at + piece));
    await new Promise((done) => setTimeout(done));
  }
  await writer.close();
}

/** The content of a file in gzip, whose checksum is compared. Rejects with a sentence if it is damaged.
 *
 * Not by Blob.stream(), which WebKitGTK cannot read from the disk. */
export async function unpacked(file) {
  const { readable, writable } = new DecompressionStream("gzip"), reader = readable.getReader(), parts = [];
  writePieces(writable.getWriter(), file).catch(() => {});  // the reader hears of it
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value);
  } catch {
    throw new Error("A file beside this page is damaged: reload the page, or build the book again.");
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
