#!/usr/bin/env bash
# What shape has a matrix (3, 4) times a batch of two matrices, (2, 4, 5), in jax-js, whose matmul
# is NumPy's and JAX's by name?
#
# Guess:   (2, 3, 5), as there: the one matrix times each of the two.
# Seen:    @jax-js/jax 0.1.25, Node 20.20.2, WebAssembly and its plain backend: (3, 2, 5), the batch
#          in the middle, as np.dot has it. So is any product whose left side has fewer axes for the
#          batch than its right side; with the batch on the left or on both sides it is as in NumPy.
#          A reshape or a square batch takes the wrong order without a word: of convolutions written
#          as products, weights (16, 150) times columns (64, 150, 100), over 99 % were wrong.
# Output:  (3, 4) x (2, 4, 5): (3, 2, 5); (1, 3, 4) x (2, 4, 5): (2, 3, 5);
#          (2, 3, 4) x (4, 5): (2, 3, 5)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @jax-js/jax@0.1.25
cd "$folder"
cat >look.mjs <<'JS'
import { numpy as np } from "@jax-js/jax";

const text = (shape) => `(${shape.join(", ")})`;
const products = [[[3, 4], [2, 4, 5]], [[1, 3, 4], [2, 4, 5]], [[2, 3, 4], [4, 5]]];
console.log(products.map(([a, b]) =>
  `${text(a)} x ${text(b)}: ${text(np.matmul(np.ones(a), np.ones(b)).shape)}`).join("; "));
JS
found=$(node look.mjs)
echo "$found"
test "$found" = "(3, 4) x (2, 4, 5): (3, 2, 5); (1, 3, 4) x (2, 4, 5): (2, 3, 5); \
(2, 3, 4) x (4, 5): (2, 3, 5)"
