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
