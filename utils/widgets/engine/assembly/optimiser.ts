// The steps of the optimisers, as PyTorch takes them. Counts are multiples of 4.

/** The sum of g². */
export function squares(g: usize, count: i32): f32 {
  let sum = f32x4.splat(0);
  for (let i: usize = 0; i < <usize>(4 * count); i += 16) {
    const value = v128.load(g + i);
    sum = f32x4.add(sum, f32x4.mul(value, value));
  }
  return f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
}

/** v = momentum v + (g + decay w); w -= lr v. */
export function sgd(w: usize, g: usize, v: usize, count: i32, lr: f32, momentum: f32, decay: f32): void {
  for (let i: usize = 0; i < <usize>(4 * count); i += 16) {
    const weight = v128.load(w + i);
    const slope = f32x4.add(v128.load(g + i), f32x4.mul(f32x4.splat(decay), weight));
    const speed = f32x4.add(f32x4.mul(f32x4.splat(momentum), v128.load(v + i)), slope);
    v128.store(v + i, speed);
    v128.store(w + i, f32x4.sub(weight, f32x4.mul(f32x4.splat(lr), speed)));
  }
}

/** Adam (Kingma and Ba 2015) with 0.9, 0.999 and 1e-8. `first` and `second` are 1 - 0.9^t and
 * √(1 - 0.999^t). The decay is added to the gradient, as in `torch.optim.Adam`. */
export function adam(w: usize, g: usize, m: usize, v: usize, count: i32, lr: f32, decay: f32, first: f32, second: f32): void {
  const step = f32x4.splat(lr / first);
  for (let i: usize = 0; i < <usize>(4 * count); i += 16) {
    const weight = v128.load(w + i);
    const slope = f32x4.add(v128.load(g + i), f32x4.mul(f32x4.splat(decay), weight));
    const mean = f32x4.add(f32x4.mul(f32x4.splat(0.9), v128.load(m + i)), f32x4.mul(f32x4.splat(0.1), slope));
    const square = f32x4.add(f32x4.mul(f32x4.splat(0.999), v128.load(v + i)), f32x4.mul(f32x4.splat(0.001), f32x4.mul(slope, slope)));
    v128.store(m + i, mean);
    v128.store(v + i, square);
    const size = f32x4.add(f32x4.div(f32x4.sqrt(square), f32x4.splat(second)), f32x4.splat(1e-8));
    v128.store(w + i, f32x4.sub(weight, f32x4.mul(step, f32x4.div(mean, size))));
  }
}
