// Pooling: windows of each map. A window that reaches beyond the map, as `ceil_mode` allows, ends there.

/** The largest of each window; at equal numbers the first. `winners` (i32) remembers which tap it was;
 * of one image, it has room for a row. */
export function max_pool(
  x: usize, y: usize, winners: usize, images: i32, channels: i32, height: i32, width: i32,
  kernel: i32, stride: i32, rows: i32, columns: i32,
): void {
  const place = 4 * images;
  for (let c = 0; c < channels; c++) for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    const corner = x + place * ((c * height + row * stride) * width + column * stride);
    const down = min(kernel, height - row * stride), across = min(kernel, width - column * stride);
    if (images == 1) {
      const line = winners;  // the maxima down each column of this row of windows
      if (column == 0) {
        for (let at: usize = 0; at < <usize>(4 * width); at += 16) {
          let best = v128.load(corner + at);
          for (let u = 1; u < down; u++) best = f32x4.max(best, v128.load(corner + 4 * u * width + at));
          v128.store(line + at, best);
        }
      }
      let best = load<f32>(line + 4 * column * stride);
      for (let v = 1; v < across; v++) best = max<f32>(best, load<f32>(line + 4 * (column * stride + v)));
      store<f32>(y, best);
    } else {
      for (let n = 0; n < place; n += 16) {
        let best = v128.load(corner + n), winner = i32x4.splat(0);
        for (let u = 0; u < down; u++) for (let v = 0; v < across; v++) {
          const value = v128.load(corner + n + place * (u * width + v));
          const better = v128.or(f32x4.gt(value, best), f32x4.ne(value, value));  // what is no number wins
          best = v128.bitselect(value, best, better);
          winner = v128.bitselect(i32x4.splat(u * kernel + v), winner, better);
        }
        v128.store(y + n, best);
        v128.store(winners + n, winner);
      }
    }
    y += place;
    if (images > 1) winners += place;
  }
}

export function max_pool_backward(
  dy: usize, winners: usize, dx: usize, images: i32, channels: i32, height: i32, width: i32,
  kernel: i32, stride: i32, rows: i32, columns: i32,
): void {
  const place = 4 * images;
  memory.fill(dx, 0, place * channels * height * width);
  for (let c = 0; c < channels; c++) for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    const corner = dx + place * ((c * height + row * stride) * width + column * stride);
    const down = min(kernel, height - row * stride), across = min(kernel, width - column * stride);
    for (let n = 0; n < place; n += 16) {
      const gradient = v128.load(dy + n), winner = v128.load(winners + n);
      for (let u = 0; u < down; u++) for (let v = 0; v < across; v++) {
        const at = corner + n + place * (u * width + v);
        const won = i32x4.eq(winner, i32x4.splat(u * kernel + v));
        v128.store(at, f32x4.add(v128.load(at), v128.and(gradient, won)));
      }
    }
    dy += place; winners += place;
  }
}

/** The mean of each window, all of it inside the map. */
export function avg_pool(
  x: usize, y: usize, images: i32, channels: i32, height: i32, width: i32,
  kernel: i32, stride: i32, rows: i32, columns: i32,
): void {
  const place = 4 * images, share = f32x4.splat(1 / <f32>(kernel * kernel)), single = images == 1;
  for (let c = 0; c < channels; c++) for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    const corner = x + place * ((c * height + row * stride) * width + column * stride);
    for (let n = 0; n < place; n += 16) {
      let sum = f32x4.splat(0);
      for (let u = 0; u < kernel; u++) for (let v = 0; v < kernel; v++) {
        const at = corner + n + place * (u * width + v);
        sum = f32x4.add(sum, single ? v128.load32_splat(at) : v128.load(at));
      }
      sum = f32x4.mul(sum, share);
      if (single) store<f32>(y, f32x4.extract_lane(sum, 0));
      else v128.store(y + n, sum);
    }
    y += place;
  }
}

export function avg_pool_backward(
  dy: usize, dx: usize, images: i32, channels: i32, height: i32, width: i32,
  kernel: i32, stride: i32, rows: i32, columns: i32,
): void {
  const place = 4 * images, share = f32x4.splat(1 / <f32>(kernel * kernel));
  memory.fill(dx, 0, place * channels * height * width);
  for (let c = 0; c < channels; c++) for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
    const corner = dx + place * ((c * height + row * stride) * width + column * stride);
    for (let n = 0; n < place; n += 16) {
      const gradient = f32x4.mul(v128.load(dy + n), share);
      for (let u = 0; u < kernel; u++) for (let v = 0; v < kernel; v++) {
        const at = corner + n + place * (u * width + v);
        v128.store(at, f32x4.add(v128.load(at), gradient));
      }
    }
    dy += place;
  }
}
