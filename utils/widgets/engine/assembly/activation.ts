// What works on each number by itself. Counts are multiples of 4. The gradients use the output, as in
// PyTorch: dx = dy · f′, written as a function of y.
import { sigmoid as sigmoid4, tanh as tanh4 } from "./mathematics";

export function relu(x: usize, y: usize, count: i32): void {
  const zero = f32x4.splat(0);
  // NaN stays NaN: pmax(x, 0) is x < 0 ? 0 : x
  for (let i: usize = 0; i < <usize>(4 * count); i += 16) v128.store(y + i, f32x4.pmax(v128.load(x + i), zero));
}

export function relu_backward(y: usize, dy: usize, dx: usize, count: i32): void {
  const zero = f32x4.splat(0);
  for (let i: usize = 0; i < <usize>(4 * count); i += 16) {
    v128.store(dx + i, v128.and(v128.load(dy + i), f32x4.gt(v128.load(y + i), zero)));
  }
}

export function sigmoid(x: usize, y: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>(4 * count); i += 16) v128.store(y + i, sigmoid4(v128.load(x + i)));
}

export function sigmoid_backward(y: usize, dy: usize, dx: usize, count: i32): void {
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < <usize>(4 * count); i += 16) {
    const s = v128.load(y + i);
    v128.store(dx + i, f32x4.mul(v128.load(dy + i), f32x4.mul(s, f32x4.sub(one, s))));
  }
}

export function tanh(x: usize, y: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>(4 * count); i += 16) v128.store(y + i, tanh4(v128.load(x + i)));
}

export function tanh_backward(y: usize, dy: usize, dx: usize, count: i32): void {
  const one = f32x4.splat(1);
  for (let i: usize = 0; i < <usize>(4 * count); i += 16) {
    const t = v128.load(y + i);
    v128.store(dx + i, f32x4.mul(v128.load(dy + i), f32x4.sub(one, f32x4.mul(t, t))));
  }
}

/** y = factor · x, and so are their gradients. */
export function scaled(x: usize, y: usize, count: i32, factor: f32): void {
  for (let i: usize = 0; i < <usize>(4 * count); i += 16) {
    v128.store(y + i, f32x4.mul(f32x4.splat(factor), v128.load(x + i)));
  }
}

/** y = x · mask: dropout forward, and dx = dy · mask backward. */
export function multiply(x: usize, mask: usize, y: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>(4 * count); i += 16) {
    v128.store(y + i, f32x4.mul(v128.load(x + i), v128.load(mask + i)));
  }
}
