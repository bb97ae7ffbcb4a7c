// Random numbers: PCG32 (O'Neill 2014), XSH-RR with 64 bits of state. A generator is 16 bytes: state
// and increment.
import { log } from "./mathematics";

/** Begin stream number `stream` of a seed. */
export function seed(generator: usize, seed: i32, stream: i32): void {
  store<u64>(generator, 0);
  store<u64>(generator, (<u64><u32>stream << 1) | 1, 8);
  next(generator);
  store<u64>(generator, load<u64>(generator) + <u64><u32>seed);
  next(generator);
}

function next(generator: usize): u32 {
  const state = load<u64>(generator);
  store<u64>(generator, state * 6364136223846793005 + load<u64>(generator, 8));
  return rotr<u32>(<u32>(((state >> 18) ^ state) >> 27), <u32>(state >> 59));
}

/** Between 0 and 1: 24 bits. */
// @ts-ignore: decorator
@inline function uniform(generator: usize): f32 {
  return <f32>(next(generator) >> 8) * <f32>(1.0 / 16777216.0);
}

/** `count` numbers of mean 0 and standard deviation `sd`: Marsaglia's polar method (1964), both of a pair used. */
export function normal(generator: usize, to: usize, count: i32, sd: f32): void {
  for (let i = 0; i < count; i += 2) {
    let u: f32, v: f32, s: f32;
    do {
      u = 2 * uniform(generator) - 1;
      v = 2 * uniform(generator) - 1;
      s = u * u + v * v;
    } while (s >= 1 || s < 1e-30);
    const scale = sd * sqrt<f32>(-2 * f32x4.extract_lane(log(f32x4.splat(s)), 0) / s);
    store<f32>(to + 4 * i, u * scale);
    if (i + 1 < count) store<f32>(to + 4 * i, v * scale, 4);
  }
}

/** `count` numbers from -most to most. */
export function uniforms(generator: usize, to: usize, count: i32, most: f32): void {
  for (let i = 0; i < count; i++) store<f32>(to + 4 * i, most * (2 * uniform(generator) - 1));
}

/** Each number is 0 with probability p, and 1 / (1 - p) otherwise. */
export function dropout_mask(generator: usize, to: usize, count: i32, p: f32): void {
  for (let i = 0; i < count; i++) store<f32>(to + 4 * i, uniform(generator) < p ? 0 : 1 / (1 - p));
}

/** Views of `count` images for `batch`: a window in one of `places` × `places` places, by half of them
 * mirrored if `flip` says so. */
export function views(generator: usize, to: usize, count: i32, places: i32, flip: bool): void {
  for (let i = 0; i < count; i++) {
    store<i32>(to + 12 * i, below(generator, places));
    store<i32>(to + 12 * i, below(generator, places), 4);
    store<i32>(to + 12 * i, flip ? below(generator, 2) : 0, 8);
  }
}

/** A whole number from 0 to most - 1. */
// @ts-ignore: decorator
@inline function below(generator: usize, most: i32): i32 {
  return <i32>((<u64>next(generator) * <u64>most) >> 32);
}

/** The numbers from 0 to count - 1 (i32) in random order: Fisher and Yates. */
export function permutation(generator: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    const j = below(generator, i + 1);
    store<i32>(to + 4 * i, load<i32>(to + 4 * j));
    store<i32>(to + 4 * j, i);
  }
}
