#!/usr/bin/env bash
# By what does ConvNetJS multiply the outputs of a dropout layer when it predicts?
#
# Guess:   by 1 - p, the share that training keeps: 0.8 at drop_prob 0.2.
# Seen:    convnetjs 0.3.0, Node 20.20.2: by p itself. Training at drop_prob 0.2 keeps 0.8 of the
#          outputs and does not scale them; prediction then multiplies all by 0.2, four times too
#          little, and nine times at 0.1. Only at 0.5, the value of AlexNet, the two are the same.
# Output:  drop_prob 0.1: training 0.90, prediction 0.10; drop_prob 0.2: training 0.80, prediction
#          0.20; drop_prob 0.5: training 0.50, prediction 0.50
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" convnetjs@0.3.0
cd "$folder"
cat >look.js <<'JS'
const { DropoutLayer, Vol } = require("convnetjs");

const found = [0.1, 0.2, 0.5].map((drop_prob) => {
  const layer = new DropoutLayer({ in_sx: 1, in_sy: 1, in_depth: 1e6, drop_prob });
  const mean = (training) =>
    (layer.forward(new Vol(1, 1, 1e6, 1), training).w.reduce((a, b) => a + b) / 1e6).toFixed(2);
  return `drop_prob ${drop_prob}: training ${mean(true)}, prediction ${mean(false)}`;
});
console.log(found.join("; "));
JS
found=$(node look.js)
echo "$found"
test "$found" = "drop_prob 0.1: training 0.90, prediction 0.10; drop_prob 0.2: training 0.80, \
prediction 0.20; drop_prob 0.5: training 0.50, prediction 0.50"
