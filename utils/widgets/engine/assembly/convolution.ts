// Convolution, forward and backward, as matrix products. A fully connected layer is one on a map of 1 × 1.
//
// Maps lie in memory as in the program of 2012, [channels][height][width][images]: neighbours are the
// same place of different images. The number of images is a multiple of 8, or 1. The weights are a
// matrix of one row for each map of the output, in panels; along a row, a tap's channels lie together.
import { column, dots, patches, tile, turn } from "./product";

/** Gathers what one place is computed from: panels of B, [images / 8][k][8], of those taps (u, v) for
 * which (row + step u) / stride and (column + step v) / stride are whole and inside the source. Lists
 * their segments, and returns how many. */
function gather(
  source: usize, channels: i32, height: i32, width: i32, images: i32, kernel: i32,
  row: i32, column: i32, step: i32, stride: i32, panels: usize, panel: usize, segments: usize,
): i32 {
  const place = 4 * images, map = place * height * width;
  let parts = 0, end = -1, to = panels;
  for (let u = 0; u < kernel; u++) {
    const y = row + step * u;
    if (y < 0 || y % stride || y / stride >= height) continue;
    for (let v = 0; v < kernel; v++) {
      const x = column + step * v;
      if (x < 0 || x % stride || x / stride >= width) continue;
      const first = (u * kernel + v) * channels;
      if (first == end) {
        const last = segments + 8 * (parts - 1);
        store<i32>(last, load<i32>(last, 4) + channels, 4);
      } else {
        store<i32>(segments + 8 * parts, first);
        store<i32>(segments + 8 * parts, channels, 4);
        parts++;
      }
      end = first + channels;
      let from = source + place * ((y / stride) * width + x / stride);
      for (let c = 0; c < channels; c++) {
        let lanes = to;
        for (let n = from; n < from + place; n += 32) {
          v128.store(lanes, v128.load(n));
          v128.store(lanes, v128.load(n, 16), 16);
          lanes += panel;
        }
        from += map; to += 32;
      }
    }
  }
  return parts;
}

/** For each place of the target: weights times what is gathered from (scale row + offset, …). */
function gathered(
  source: usize, channels: i32, height: i32, width: i32, images: i32, kernel: i32,
  scale: i32, offset: i32, step: i32, stride: i32,
  weights: usize, bias: usize, target: usize, maps: i32, rows: i32, columns: i32, scratch: usize,
): void {
  const depth = kernel * kernel * channels, panel: usize = 32 * depth;
  const segments = scratch, panels = scratch + 8 * kernel * kernel;
  const place = 4 * images, map = place * rows * columns;
  let to = target;
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    const parts = gather(
      source, channels, height, width, images, kernel,
      scale * row + offset, scale * column + offset, step, stride, panels, panel, segments,
    );
    for (let m = 0; m < maps; m += 4) {
      const from = bias ? bias + 4 * m : 0;
      tile(weights + 4 * depth * m, segments, parts, panels, panel, images >> 3, to + map * m, map, min(4, maps - m), from);
    }
    to += place;
  }
}

/** y = convolution of x. `scratch`: 4 k² (2 + max(channels, maps) max(images, 8)) + 160 bytes, and for
 * one image as many as the padded image has more. */
export function conv_forward(
  x: usize, weights: usize, bias: usize, y: usize, images: i32, channels: i32, height: i32, width: i32,
  maps: i32, kernel: i32, stride: i32, padding: i32, rows: i32, columns: i32, scratch: usize,
): void {
  if (images > 1) {
    gathered(x, channels, height, width, images, kernel, stride, -padding, 1, 1, weights, bias, y, maps, rows, columns, scratch);
  } else if (kernel == 1 && height * width * rows * columns == 1) {
    for (let m = 0; m < maps; m += 16) {
      column(weights + 4 * channels * m, 16 * channels, x, channels, y + 4 * m, min(16, maps - m), bias + 4 * m);
    }
  } else {
    one_image(x, weights, bias, y, channels, height, width, maps, kernel, stride, padding, rows, columns, scratch);
  }
}

/** One image: what `patches` computes, for four places and eight maps after the other. */
function one_image(
  x: usize, weights: usize, bias: usize, y: usize, channels: i32, height: i32, width: i32,
  maps: i32, kernel: i32, stride: i32, padding: i32, rows: i32, columns: i32, scratch: usize,
): void {
  const depth = kernel * kernel * channels, places = rows * columns;
  const high = max(height + 2 * padding, (rows - 1) * stride + kernel);
  const wide = max(width + 2 * padding, (columns - 1) * stride + kernel), map = 4 * high * wide;
  const offsets = scratch, padded = scratch + 4 * depth;
  memory.fill(padded, 0, map * channels);
  for (let c = 0; c < channels; c++) for (let row = 0; row < height; row++) {
    memory.copy(padded + c * map + 4 * ((row + padding) * wide + padding), x + 4 * (c * height + row) * width, 4 * width);
  }
  let at = offsets;
  for (let u = 0; u < kernel; u++) for (let v = 0; v < kernel; v++) for (let c = 0; c < channels; c++) {
    store<i32>(at, c * map + 4 * (u * wide + v));
    at += 4;
  }
  for (let m = 0; m < maps; m += 8) for (let place = 0; place < places; place += 4) {
    patches(
      corner(padded, place, places, columns, stride, wide), corner(padded, place + 1, places, columns, stride, wide),
      corner(padded, place + 2, places, columns, stride, wide), corner(padded, place + 3, places, columns, stride, wide),
      offsets, depth, weights + 4 * depth * m, bias + 4 * m, y + 4 * (m * places + place), 4 * places, min(8, maps - m), min(4, places - place),
    );
  }
}

/** Where a place's window begins; behind the last place, that one's once more. */
// @ts-ignore: decorator
@inline function corner(padded: usize, place: i32, places: i32, columns: i32, stride: i32, wide: i32): usize {
  const at = min(place, places - 1);
  return padded + 4 * stride * ((at / columns) * wide + at % columns);
}

/** dx from dy. `turned` has room for the weights of the other direction: one row for each channel. */
export function conv_backward_input(
  dy: usize, weights: usize, turned: usize, dx: usize, images: i32, channels: i32, height: i32, width: i32,
  maps: i32, kernel: i32, stride: i32, padding: i32, rows: i32, columns: i32, scratch: usize,
): void {
  const taps = kernel * kernel;
  for (let tap = 0; tap < taps; tap++) {
    turn(weights + 16 * tap * channels, 16 * taps * channels, turned + 16 * tap * maps, 16 * taps * maps, maps, channels);
  }
  gathered(dy, maps, rows, columns, images, kernel, 1, padding, -1, stride, turned, 0, dx, channels, height, width, scratch);
}

/** The first and the last place, plus one, at which a tap lies inside: of one direction. */
// @ts-ignore: decorator
@inline function first(tap: i32, padding: i32, stride: i32): i32 {
  return max(0, (padding - tap + stride - 1) / stride);
}
// @ts-ignore: decorator
@inline function behind(tap: i32, padding: i32, stride: i32, size: i32, places: i32): i32 {
  return min(places, (size + stride - 1 + padding - tap) / stride);
}

/** Adds to dw, in panels as the weights, and to db the gradients of the sum over all images. */
export function conv_backward_weights(
  x: usize, dy: usize, dw: usize, db: usize, images: i32, channels: i32, height: i32, width: i32,
  maps: i32, kernel: i32, stride: i32, padding: i32, rows: i32, columns: i32,
): void {
  const place = 4 * images, map_x = place * height * width, map_y = place * rows * columns;
  const depth = kernel * kernel * channels;
  const lines = max(1, 4096 / (images * columns));  // of four maps of dy, what stays in the nearest cache
  for (let m = 0; m < maps; m += 4) for (let line = 0; line < rows; line += lines) {
    for (let u = 0; u < kernel; u++) {
      const top = max(line, first(u, padding, stride));
      const bottom = min(line + lines, behind(u, padding, stride, height, rows));
      for (let v = 0, taps = 1; v < kernel; v += taps) {
        const left = first(v, padding, stride), right = behind(v, padding, stride, width, columns);
        // Of one channel, neighbouring taps take the part of channels, as far as they see the same places.
        for (taps = 1; channels == 1 && v + taps < kernel; taps++) {
          if (first(v + taps, padding, stride) != left || behind(v + taps, padding, stride, width, columns) != right) break;
        }
        if (top >= bottom || left >= right) continue;
        dots(
          dy + map_y * m + place * (top * columns + left), map_y, place * columns, min(4, maps - m),
          x + place * ((top * stride + u - padding) * width + left * stride + v - padding),
          channels == 1 ? place : map_x, place * stride * width, place * stride, bottom - top, right - left, images,
          dw + 4 * depth * m + 16 * (u * kernel + v) * channels, channels * taps,
        );
      }
    }
  }
  for (let m = 0; m < maps; m++) {
    let sum = f32x4.splat(0);
    for (let p = dy + map_y * m; p < dy + map_y * (m + 1); p += 16) sum = f32x4.add(sum, v128.load(p));
    const pairs = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1));
    store<f32>(db + 4 * m, load<f32>(db + 4 * m) + f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1));
  }
}
