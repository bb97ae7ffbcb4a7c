#!/usr/bin/env bash
# What is the gradient of np.power(w, 2), the term of a weight decay, at a weight or bias of 0 in
# jax-js?
#
# Guess:   0, as in JAX; and 0 to the power of 0 is 1, as in NumPy, JAX and JavaScript.
# Seen:    @jax-js/jax 0.1.25, Node 20.20.2: NaN, both, while -2 squared, -2 cubed and their
#          gradients are right. Biases that start at 0 are NaN after one step with such a decay, and
#          all that the network says from then on. np.square(w) has the gradient 0.
# Output:  powers: 4, -8, 0, NaN; gradient of power: -4, NaN, 4; gradient of square: -4, 0, 4
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @jax-js/jax@0.1.25
cd "$folder"
cat >look.mjs <<'JS'
import { grad, numpy as np } from "@jax-js/jax";

const text = (array) => array.js().map((value) => value + 0).join(", ");  // 0 for -0
const powers = np.power(np.array([-2, -2, 0, 0]), np.array([2, 3, 2, 0]));
const gradient = (f) => text(grad((w) => f(w).sum())(np.array([-2, 0, 2])));
const power = gradient((w) => np.power(w, 2)), square = gradient(np.square);
console.log(
  `powers: ${text(powers)}; gradient of power: ${power}; gradient of square: ${square}`);
JS
found=$(node look.mjs)
echo "$found"
test "$found" = "powers: 4, -8, 0, NaN; gradient of power: -4, NaN, 4; \
gradient of square: -4, 0, 4"
