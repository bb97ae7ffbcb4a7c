// The images that a network trains on in the page, as utils/page_files.py lays them one behind the other.

/** { train: { images, labels }, test } from the content of the file: grey values 0 to 255, labels 0 to 9. */
export function clothes(content) {
  let at = 0;
  const next = (size) => content.subarray(at, at += size);
  const part = (count) => ({ images: next(count * 28 * 28), labels: next(count) });
  return { train: part(8_000), test: part(2_000) };
}
