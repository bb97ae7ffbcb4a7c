// Images on their way into a batch, and batches into the order of the maps.

/** [features][wide] from [rows][features]; missing rows are zeros. */
export function to_lanes(x: usize, y: usize, rows: i32, features: i32, wide: i32): void {
  if (rows < wide) memory.fill(y, 0, 4 * features * wide);
  for (let first = 0; first < features; first += 16) {  // a line of the cache
    const last = min(features, first + 16);
    for (let n = 0; n < rows; n++) for (let f = first; f < last; f++) {
      store<f32>(y + 4 * (f * wide + n), load<f32>(x + 4 * (n * features + f)));
    }
  }
}

// @ts-ignore: decorator
@inline function pixel(at: usize): f32 {
  return <f32>load<u8>(at);
}

// @ts-ignore: decorator
@inline function between(a: f32, b: f32, share: f32): f32 {
  return (<f32>1 - share) * a + share * b;
}

/** A batch of grey images, by their numbers in `order` (i32): of each the window of `window` pixels that
 * its view names (top, left, whether it is mirrored: i32), enlarged bilinearly as PyTorch's `interpolate`
 * does it, and normalised: [size][size][images]. `place` has room for 3 size numbers. */
export function batch(
  pixels: usize, side: i32, order: usize, count: i32, views: usize, window: i32,
  y: usize, size: i32, images: i32, mean: f32, std: f32, place: usize,
): void {
  const ratio = <f32>window / <f32>size;
  for (let i = 0; i < size; i++) {
    const at = max<f32>(0, (<f32>i + 0.5) * ratio - 0.5), low = min(window - 1, <i32>at);
    store<i32>(place + 12 * i, low);
    store<i32>(place + 12 * i, min(window - 1, low + 1), 4);
    store<f32>(place + 12 * i, at - <f32>low, 8);
  }
  for (let n = 0; n < images; n++) {
    const image = pixels + side * side * load<i32>(order + 4 * min(n, count - 1)), view = views + 12 * n;
    const corner = image + side * load<i32>(view) + load<i32>(view, 4);
    const mirrored = load<i32>(view, 8);
    for (let i = 0; i < size; i++) {
      const top = corner + side * load<i32>(place + 12 * i), bottom = corner + side * load<i32>(place + 12 * i, 4);
      const down = load<f32>(place + 12 * i, 8);
      for (let j = 0; j < size; j++) {
        const left = load<i32>(place + 12 * j), right = load<i32>(place + 12 * j, 4), across = load<f32>(place + 12 * j, 8);
        const upper = between(pixel(top + left), pixel(top + right), across);
        const lower = between(pixel(bottom + left), pixel(bottom + right), across);
        const column = mirrored ? size - 1 - j : j;
        store<f32>(y + 4 * ((i * size + column) * images + n), (between(upper, lower, down) / 255 - mean) / std);
      }
    }
  }
}

/** y = x. */
export function copy(x: usize, y: usize, count: i32): void {
  memory.copy(y, x, 4 * count);
}
