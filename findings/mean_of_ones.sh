#!/usr/bin/env bash
# What is the mean of 2^25 ones in float32, in the libraries that train in a browser?
#
# Guess:   1: NumPy, JAX and PyTorch add in blocks, because in float32 2^24 + 1 is 2^24.
# Seen:    @jax-js/jax 0.1.25 (WebAssembly), TensorFlow.js 4.22.0, Node 20.20.2: jax-js and
#          TensorFlow.js on WebAssembly add one number after the other in float32 and stop at 2^24:
#          the mean is 0.5, in silence. TensorFlow.js's plain JavaScript adds in float64: 1.
# Output:  jax-js 0.5, TensorFlow.js wasm 0.5, TensorFlow.js cpu 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @jax-js/jax@0.1.25 \
    @tensorflow/tfjs@4.22.0 @tensorflow/tfjs-backend-wasm@4.22.0
cd "$folder"
cat >look.mjs <<'JS'
import { numpy as np } from "@jax-js/jax";
import tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";

const found = [`jax-js ${np.ones([2 ** 25]).mean().js()}`];
for (const backend of ["wasm", "cpu"]) {
  await tf.setBackend(backend);
  found.push(`TensorFlow.js ${backend} ${tf.ones([2 ** 25]).mean().dataSync()[0]}`);
}
console.log(found.join(", "));
JS
found=$(node look.mjs 2>/dev/null | tail -n 1)  # TensorFlow.js greets
echo "$found"
test "$found" = "jax-js 0.5, TensorFlow.js wasm 0.5, TensorFlow.js cpu 1"
