// Softmax and cross-entropy, for four images at a time.
import { exp, log } from "./mathematics";

/** The mean loss of the batch, its gradient in `dx`, and in `right` (i32) how many have the largest
 * logit at their label. Logits are [classes][images], labels bytes. */
export function cross_entropy(x: usize, labels: usize, dx: usize, right: usize, classes: i32, images: i32): f64 {
  const row: usize = 4 * images, share = f32x4.splat(1 / <f32>images);
  let loss: f64 = 0, correct = 0;
  for (let n: usize = 0; n < row; n += 16) {
    let most = v128.load(x + n), best = i32x4.splat(0);
    for (let c = 1; c < classes; c++) {
      const value = v128.load(x + c * row + n), larger = f32x4.gt(value, most);
      most = v128.bitselect(value, most, larger);
      best = v128.bitselect(i32x4.splat(c), best, larger);
    }
    let sum = f32x4.splat(0);
    for (let c = 0; c < classes; c++) {
      const e = exp(f32x4.sub(v128.load(x + c * row + n), most));
      v128.store(dx + c * row + n, e);
      sum = f32x4.add(sum, e);
    }
    const label = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(labels + (n >> 2))));
    let own = f32x4.splat(0);
    for (let c = 0; c < classes; c++) {
      const at = dx + c * row + n, is = i32x4.eq(label, i32x4.splat(c));
      own = f32x4.add(own, v128.and(is, v128.load(x + c * row + n)));
      const p = f32x4.div(v128.load(at), sum);
      v128.store(at, f32x4.mul(share, f32x4.sub(p, v128.and(is, f32x4.splat(1)))));
    }
    const each = f32x4.sub(f32x4.add(most, log(sum)), own);
    loss += <f64>f32x4.extract_lane(each, 0) + <f64>f32x4.extract_lane(each, 1)
      + <f64>f32x4.extract_lane(each, 2) + <f64>f32x4.extract_lane(each, 3);
    correct += popcnt<i32>(i32x4.bitmask(i32x4.eq(best, label)));
  }
  store<i32>(right, correct);
  return loss / <f64>images;
}
