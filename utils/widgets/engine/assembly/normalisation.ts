// Normalisation: across neighbouring maps (LRN, 2012) and over a batch (batch norm, 2015).
import { exp, log } from "./mathematics";

// @ts-ignore: decorator
@inline function power(x: v128, exponent: f32): v128 {
  return exp(f32x4.mul(log(x), f32x4.splat(exponent)));
}

/** y = x / d^beta with d = k + alpha / size · the sum of x² over `size` neighbouring maps, as in PyTorch
 * and in the program of 2012; `d` is kept. A map has `count` numbers. */
export function lrn(
  x: usize, d: usize, y: usize, channels: i32, count: i32, size: i32, alpha: f32, beta: f32, k: f32,
): void {
  const map = <usize>(4 * count), share = f32x4.splat(alpha / <f32>size);
  for (let c = 0; c < channels; c++) {
    const low = max(0, c - size / 2), high = min(channels - 1, c + (size - 1) / 2);
    for (let i: usize = 0; i < map; i += 16) {
      let sum = f32x4.splat(0);
      for (let other = low; other <= high; other++) {
        const value = v128.load(x + other * map + i);
        sum = f32x4.add(sum, f32x4.mul(value, value));
      }
      const base = f32x4.add(f32x4.splat(k), f32x4.mul(share, sum)), at = c * map + i;
      v128.store(d + at, base);
      v128.store(y + at, f32x4.mul(v128.load(x + at), power(base, -beta)));
    }
  }
}

/** dx = dy / d^beta - 2 alpha beta / size · x · the sum of dy y / d over the maps that see this one.
 * `ratios` has room for dy y / d. */
export function lrn_backward(
  x: usize, d: usize, y: usize, dy: usize, ratios: usize, dx: usize,
  channels: i32, count: i32, size: i32, alpha: f32, beta: f32,
): void {
  const map = <usize>(4 * count), share = f32x4.splat(2 * alpha * beta / <f32>size);
  for (let i: usize = 0; i < map * channels; i += 16) {
    v128.store(ratios + i, f32x4.div(f32x4.mul(v128.load(dy + i), v128.load(y + i)), v128.load(d + i)));
  }
  for (let c = 0; c < channels; c++) {
    const low = max(0, c - (size - 1) / 2), high = min(channels - 1, c + size / 2);
    for (let i: usize = 0; i < map; i += 16) {
      let sum = f32x4.splat(0);
      for (let other = low; other <= high; other++) sum = f32x4.add(sum, v128.load(ratios + other * map + i));
      const at = c * map + i;
      const own = f32x4.mul(v128.load(dy + at), power(v128.load(d + at), -beta));
      v128.store(dx + at, f32x4.sub(own, f32x4.mul(f32x4.mul(share, v128.load(x + at)), sum)));
    }
  }
}

// @ts-ignore: decorator
@inline function total(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Each map with mean 0 and variance 1 over the batch, then times weight plus bias. Keeps the mean and
 * 1 / √(variance + 1e-5) of each map, and moves the running ones (variance with n - 1) a tenth of the way. */
export function batch_norm(
  x: usize, y: usize, weight: usize, bias: usize, means: usize, scales: usize,
  running_mean: usize, running_variance: usize, channels: i32, count: i32,
): void {
  const map = <usize>(4 * count);
  for (let c = 0; c < channels; c++) {
    const at: usize = 4 * c, from = x + c * map;
    let sum = f32x4.splat(0);
    for (let i: usize = 0; i < map; i += 16) sum = f32x4.add(sum, v128.load(from + i));
    const mean = total(sum) / <f32>count;
    let squares = f32x4.splat(0);
    for (let i: usize = 0; i < map; i += 16) {
      const far = f32x4.sub(v128.load(from + i), f32x4.splat(mean));
      squares = f32x4.add(squares, f32x4.mul(far, far));
    }
    const variance = total(squares) / <f32>count;
    store<f32>(means + at, mean);
    store<f32>(scales + at, 1 / sqrt<f32>(variance + 1e-5));
    store<f32>(running_mean + at, <f32>0.9 * load<f32>(running_mean + at) + <f32>0.1 * mean);
    const unbiased = variance * <f32>count / <f32>max(1, count - 1);
    store<f32>(running_variance + at, <f32>0.9 * load<f32>(running_variance + at) + <f32>0.1 * unbiased);
    affine(from, y + c * map, map, mean, load<f32>(scales + at) * load<f32>(weight + at), load<f32>(bias + at));
  }
}

/** The same with the running mean and variance. */
export function batch_norm_evaluated(
  x: usize, y: usize, weight: usize, bias: usize, running_mean: usize, running_variance: usize, channels: i32, count: i32,
): void {
  const map = <usize>(4 * count);
  for (let c = 0; c < channels; c++) {
    const at: usize = 4 * c, scale = load<f32>(weight + at) / sqrt<f32>(load<f32>(running_variance + at) + 1e-5);
    affine(x + c * map, y + c * map, map, load<f32>(running_mean + at), scale, load<f32>(bias + at));
  }
}

// @ts-ignore: decorator
@inline function affine(x: usize, y: usize, bytes: usize, mean: f32, scale: f32, bias: f32): void {
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) {
    const far = f32x4.sub(v128.load(x + i), f32x4.splat(mean));
    v128.store(y + i, f32x4.add(f32x4.mul(far, f32x4.splat(scale)), f32x4.splat(bias)));
  }
  for (; i < bytes; i += 4) store<f32>(y + i, (load<f32>(x + i) - mean) * scale + bias);
}

/** dx; adds to dw and db. */
export function batch_norm_backward(
  x: usize, dy: usize, dx: usize, weight: usize, dw: usize, db: usize, means: usize, scales: usize, channels: i32, count: i32,
): void {
  const map = <usize>(4 * count);
  for (let c = 0; c < channels; c++) {
    const at: usize = 4 * c, from = c * map, scale = f32x4.splat(load<f32>(scales + at)), mean = f32x4.splat(load<f32>(means + at));
    let sum = f32x4.splat(0), product = sum;
    for (let i = from; i < from + map; i += 16) {
      const gradient = v128.load(dy + i);
      sum = f32x4.add(sum, gradient);
      product = f32x4.add(product, f32x4.mul(gradient, f32x4.mul(f32x4.sub(v128.load(x + i), mean), scale)));
    }
    store<f32>(dw + at, load<f32>(dw + at) + total(product));
    store<f32>(db + at, load<f32>(db + at) + total(sum));
    const shift = f32x4.splat(total(sum) / <f32>count), slope = f32x4.splat(total(product) / <f32>count);
    const factor = f32x4.mul(scale, v128.load32_splat(weight + at));
    for (let i = from; i < from + map; i += 16) {
      const normal = f32x4.mul(f32x4.sub(v128.load(x + i), mean), scale);
      v128.store(dx + i, f32x4.mul(factor, f32x4.sub(f32x4.sub(v128.load(dy + i), shift), f32x4.mul(normal, slope))));
    }
  }
}
