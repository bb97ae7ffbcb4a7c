#!/usr/bin/env bash
# What does TensorFlow.js on WebAssembly do where a pooling or a convolution rounds up, as AlexNet's
# poolings do (3x3 with stride 2: 6 px become 3, the last window hangs over the border)?
#
# Guess:   what its plain JavaScript does, or an error that says that it cannot.
# Seen:    TensorFlow.js 4.22.0, Node 20.20.2: the result has the shape of rounding up, 3x3, and
#          begins with the four values of rounding down, one after the other; the rest is memory
#          that nobody has written: zeros, or what disposed tensors have left. No error, no warning.
#          With dimRoundingMode "floor" all is as in plain JavaScript.
# Output:  maximum: cpu 14 16 17 26 28 29 32 34 35, wasm begins 14 16 26 28, right 2 of 9;
#          average: cpu 7 9 10.5 19 21 22.5 28 30 31.5, wasm begins 7 9 19 21, right 2 of 9;
#          convolution: cpu 63 81 63 171 189 135 168 180 126, wasm begins
#          63 81 171 189, right 2 of 9
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" \
    @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cd "$folder"
cat >look.mjs <<'JS'
import tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";

const layers = {
  maximum: (x) => tf.maxPool(x, 3, 2, 0, "ceil"),
  average: (x) => tf.avgPool(x, 3, 2, 0, "ceil"),
  convolution: (x) => tf.conv2d(x, tf.ones([3, 3, 1, 1]), 2, 0, "NHWC", 1, "ceil"),
};
const values = {};
for (const backend of ["cpu", "wasm"]) {
  await tf.setBackend(backend);
  const x = tf.range(0, 36).reshape([1, 6, 6, 1]);
  for (const name in layers) values[backend + name] = [...layers[name](x).dataSync()];
}
console.log(Object.keys(layers).map((name) => {
  const [cpu, wasm] = [values["cpu" + name], values["wasm" + name]];
  const right = wasm.filter((value, i) => value === cpu[i]).length;
  const begins = wasm.slice(0, 4).join(" ");
  return `${name}: cpu ${cpu.join(" ")}, wasm begins ${begins}, right ${right} of ${wasm.length}`;
}).join("; "));
JS
found=$(node look.mjs 2>/dev/null | tail -n 1)  # TensorFlow.js greets
echo "$found"
test "$found" = "maximum: cpu 14 16 17 26 28 29 32 34 35, wasm begins 14 16 26 28, right 2 of 9; \
average: cpu 7 9 10.5 19 21 22.5 28 30 31.5, wasm begins 7 9 19 21, right 2 of 9; \
convolution: cpu 63 81 63 171 189 135 168 180 126, wasm begins 63 81 171 189, right 2 of 9"
