// The matrix products, in tiles of 32 sums that stay in registers: everything that costs time ends here.
//
// Weights lie in panels of four rows, number by number: [rows / 4][k][4], the missing rows zeros.

/** A row of y: eight sums for each panel of B. */
// @ts-ignore: decorator
@inline function put(y: usize, low: v128, high: v128): void {
  v128.store(y, low);
  v128.store(y, high, 16);
}

/** y = bias + A B for a panel of A and `panels` panels of B, each [k][8] and `b_step` bytes long: up
 * to four rows of y, `y_step` bytes apart. Of A only the `parts` segments count that are listed at
 * `segments` as pairs (first k, number of k); in B they follow each other. */
export function tile(
  a: usize, segments: usize, parts: i32, b: usize, b_step: usize, panels: i32,
  y: usize, y_step: usize, rows: i32, bias: usize,
): void {
  for (let panel = 0; panel < panels; panel++) {
    let c00 = bias ? v128.load32_splat(bias) : f32x4.splat(0), c01 = c00;
    let c10 = bias ? v128.load32_splat(bias, 4) : f32x4.splat(0), c11 = c10;
    let c20 = bias ? v128.load32_splat(bias, 8) : f32x4.splat(0), c21 = c20;
    let c30 = bias ? v128.load32_splat(bias, 12) : f32x4.splat(0), c31 = c30;
    let q = b;
    for (let part = 0; part < parts; part++) {
      const count = load<i32>(segments + 8 * part, 4);
      const end = q + 32 * count;
      let p = a + 16 * load<i32>(segments + 8 * part);
      if (count & 1) {
        const b0 = v128.load(q), b1 = v128.load(q, 16);
        let s = v128.load32_splat(p);
        c00 = f32x4.add(c00, f32x4.mul(s, b0)); c01 = f32x4.add(c01, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 4);
        c10 = f32x4.add(c10, f32x4.mul(s, b0)); c11 = f32x4.add(c11, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 8);
        c20 = f32x4.add(c20, f32x4.mul(s, b0)); c21 = f32x4.add(c21, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 12);
        c30 = f32x4.add(c30, f32x4.mul(s, b0)); c31 = f32x4.add(c31, f32x4.mul(s, b1));
        p += 16; q += 32;
      }
      while (q < end) {
        let b0 = v128.load(q), b1 = v128.load(q, 16), s = v128.load32_splat(p);
        c00 = f32x4.add(c00, f32x4.mul(s, b0)); c01 = f32x4.add(c01, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 4);
        c10 = f32x4.add(c10, f32x4.mul(s, b0)); c11 = f32x4.add(c11, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 8);
        c20 = f32x4.add(c20, f32x4.mul(s, b0)); c21 = f32x4.add(c21, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 12);
        c30 = f32x4.add(c30, f32x4.mul(s, b0)); c31 = f32x4.add(c31, f32x4.mul(s, b1));
        b0 = v128.load(q, 32); b1 = v128.load(q, 48); s = v128.load32_splat(p, 16);
        c00 = f32x4.add(c00, f32x4.mul(s, b0)); c01 = f32x4.add(c01, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 20);
        c10 = f32x4.add(c10, f32x4.mul(s, b0)); c11 = f32x4.add(c11, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 24);
        c20 = f32x4.add(c20, f32x4.mul(s, b0)); c21 = f32x4.add(c21, f32x4.mul(s, b1));
        s = v128.load32_splat(p, 28);
        c30 = f32x4.add(c30, f32x4.mul(s, b0)); c31 = f32x4.add(c31, f32x4.mul(s, b1));
        p += 32; q += 64;
      }
    }
    put(y, c00, c01);
    if (rows > 1) put(y + y_step, c10, c11);
    if (rows > 2) put(y + 2 * y_step, c20, c21);
    if (rows > 3) put(y + 3 * y_step, c30, c31);
    b += b_step; y += 32;
  }
}

// @ts-ignore: decorator
@inline function put_places(y: usize, y_step: usize, a: v128, b: v128, c: v128, d: v128, maps: i32, places: i32): void {
  const s0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), s1 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const s2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7), s3 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  let row = v128.shuffle<f32>(s0, s1, 0, 1, 4, 5);
  for (let m = 0; m < maps; m++) {
    if (m == 1) row = v128.shuffle<f32>(s0, s1, 2, 3, 6, 7);
    if (m == 2) row = v128.shuffle<f32>(s2, s3, 0, 1, 4, 5);
    if (m == 3) row = v128.shuffle<f32>(s2, s3, 2, 3, 6, 7);
    if (places == 4) {
      v128.store(y, row);
    } else {
      store<f32>(y, f32x4.extract_lane(row, 0));
      if (places > 1) store<f32>(y, f32x4.extract_lane(row, 1), 4);
      if (places > 2) store<f32>(y, f32x4.extract_lane(row, 2), 8);
    }
    y += y_step;
  }
}

/** Up to eight maps at up to four places of one image: bias + two panels of weights times the numbers
 * at `offsets` (bytes) from the corners of the four windows. Maps of y are `y_step` bytes apart. */
export function patches(
  p0: usize, p1: usize, p2: usize, p3: usize, offsets: usize, depth: i32, weights: usize, bias: usize,
  y: usize, y_step: usize, maps: i32, places: i32,
): void {
  const both = maps > 4;
  let w0 = weights, w1 = both ? weights + 16 * depth : weights;
  let c00 = v128.load(bias), c01 = v128.load(bias, 16);
  let c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
  for (const end = offsets + 4 * depth; offsets < end; offsets += 4) {
    const offset: usize = load<u32>(offsets), b0 = v128.load(w0), b1 = v128.load(w1);
    let s = v128.load32_splat(p0 + offset);
    c00 = f32x4.add(c00, f32x4.mul(s, b0)); c01 = f32x4.add(c01, f32x4.mul(s, b1));
    s = v128.load32_splat(p1 + offset);
    c10 = f32x4.add(c10, f32x4.mul(s, b0)); c11 = f32x4.add(c11, f32x4.mul(s, b1));
    s = v128.load32_splat(p2 + offset);
    c20 = f32x4.add(c20, f32x4.mul(s, b0)); c21 = f32x4.add(c21, f32x4.mul(s, b1));
    s = v128.load32_splat(p3 + offset);
    c30 = f32x4.add(c30, f32x4.mul(s, b0)); c31 = f32x4.add(c31, f32x4.mul(s, b1));
    w0 += 16; w1 += 16;
  }
  put_places(y, y_step, c00, c10, c20, c30, min(4, maps), places);
  if (both) put_places(y + 4 * y_step, y_step, c01, c11, c21, c31, maps - 4, places);
}

/** Up to sixteen sums y = bias + A b for one column b, [depth]: four panels of A side by side, `panel`
 * bytes apart, because memory is quickest when several places of it are read at once. */
export function column(a: usize, panel: usize, b: usize, depth: i32, y: usize, rows: i32, bias: usize): void {
  let p0 = a, p1 = rows > 4 ? p0 + panel : p0, p2 = rows > 8 ? p1 + panel : p0, p3 = rows > 12 ? p2 + panel : p0;
  let c0 = v128.load(bias), c1 = v128.load(bias, 16), c2 = v128.load(bias, 32), c3 = v128.load(bias, 48);
  for (const end = b + 4 * depth; b < end; b += 4) {
    const s = v128.load32_splat(b);
    c0 = f32x4.add(c0, f32x4.mul(s, v128.load(p0)));
    c1 = f32x4.add(c1, f32x4.mul(s, v128.load(p1)));
    c2 = f32x4.add(c2, f32x4.mul(s, v128.load(p2)));
    c3 = f32x4.add(c3, f32x4.mul(s, v128.load(p3)));
    p0 += 16; p1 += 16; p2 += 16; p3 += 16;
  }
  // What is stored behind the last row is free, or stored again by the next call.
  v128.store(y, c0);
  if (rows > 4) v128.store(y, c1, 16);
  if (rows > 8) v128.store(y, c2, 32);
  if (rows > 12) v128.store(y, c3, 48);
}

/** The sums of four vectors, as one. */
// @ts-ignore: decorator
@inline function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** y += A Bᵀ, as a panel [columns][4]: products of up to four rows of A, `a_step` bytes apart, with
 * rows of B, `b_step` bytes apart. A row is `lines` lines of `blocks` blocks of `length` numbers, a
 * multiple of 8; blocks follow each other in A, and are `b_block` bytes apart in B. */
export function dots(
  a: usize, a_step: usize, a_line: usize, rows: i32, b: usize, b_step: usize, b_line: usize, b_block: usize,
  lines: i32, blocks: i32, length: i32, y: usize, columns: i32,
): void {
  const a1: usize = rows > 1 ? a_step : 0, a2: usize = rows > 2 ? 2 * a_step : 0, a3: usize = rows > 3 ? 3 * a_step : 0;
  for (let left = columns; left > 0; left -= 2) {
    const b1: usize = left > 1 ? b_step : 0;  // a missing row: the same once more
    let c00 = f32x4.splat(0), c10 = c00, c20 = c00, c30 = c00, c01 = c00, c11 = c00, c21 = c00, c31 = c00;
    let line_a = a, line_b = b;
    for (let line = 0; line < lines; line++) {
      let p0 = line_a, p1 = p0 + a1, p2 = p0 + a2, p3 = p0 + a3, block_b = line_b;
      for (let block = 0; block < blocks; block++) {
        let q0 = block_b, q1 = q0 + b1;
        const end = q0 + 4 * length;
        while (q0 < end) {
          let v0 = v128.load(q0), v1 = v128.load(q1), u = v128.load(p0);
          c00 = f32x4.add(c00, f32x4.mul(u, v0)); c01 = f32x4.add(c01, f32x4.mul(u, v1));
          u = v128.load(p1);
          c10 = f32x4.add(c10, f32x4.mul(u, v0)); c11 = f32x4.add(c11, f32x4.mul(u, v1));
          u = v128.load(p2);
          c20 = f32x4.add(c20, f32x4.mul(u, v0)); c21 = f32x4.add(c21, f32x4.mul(u, v1));
          u = v128.load(p3);
          c30 = f32x4.add(c30, f32x4.mul(u, v0)); c31 = f32x4.add(c31, f32x4.mul(u, v1));
          v0 = v128.load(q0, 16); v1 = v128.load(q1, 16); u = v128.load(p0, 16);
          c00 = f32x4.add(c00, f32x4.mul(u, v0)); c01 = f32x4.add(c01, f32x4.mul(u, v1));
          u = v128.load(p1, 16);
          c10 = f32x4.add(c10, f32x4.mul(u, v0)); c11 = f32x4.add(c11, f32x4.mul(u, v1));
          u = v128.load(p2, 16);
          c20 = f32x4.add(c20, f32x4.mul(u, v0)); c21 = f32x4.add(c21, f32x4.mul(u, v1));
          u = v128.load(p3, 16);
          c30 = f32x4.add(c30, f32x4.mul(u, v0)); c31 = f32x4.add(c31, f32x4.mul(u, v1));
          p0 += 32; p1 += 32; p2 += 32; p3 += 32; q0 += 32; q1 += 32;
        }
        block_b += b_block;
      }
      line_a += a_line; line_b += b_line;
    }
    v128.store(y, f32x4.add(v128.load(y), sums(c00, c10, c20, c30)));
    if (left > 1) v128.store(y, f32x4.add(v128.load(y, 16), sums(c01, c11, c21, c31)), 16);
    b += 2 * b_step; y += 32;
  }
}

/** Panels of Aᵀ from panels of A: [columns / 4][rows][4] from [rows / 4][columns][4]. Panels are
 * `a_panel` and `t_panel` bytes apart. */
export function turn(a: usize, a_panel: usize, t: usize, t_panel: usize, rows: i32, columns: i32): void {
  for (let column = 0; column < columns; column += 4) {
    // Behind the last column something else is read, for rows of Aᵀ that do not exist.
    let from = a + 16 * column, to = t;
    for (let row = 0; row < rows; row += 4) {
      const r0 = v128.load(from), r1 = v128.load(from, 16), r2 = v128.load(from, 32), r3 = v128.load(from, 48);
      const s0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), s1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const s2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), s3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(s0, s1, 0, 1, 4, 5));
      if (row + 1 < rows) v128.store(to, v128.shuffle<f32>(s0, s1, 2, 3, 6, 7), 16);
      if (row + 2 < rows) v128.store(to, v128.shuffle<f32>(s2, s3, 0, 1, 4, 5), 32);
      if (row + 3 < rows) v128.store(to, v128.shuffle<f32>(s2, s3, 2, 3, 6, 7), 48);
      from += a_panel; to += 64;
    }
    t += t_panel;
  }
}
