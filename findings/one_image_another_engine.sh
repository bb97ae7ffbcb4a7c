#!/usr/bin/env bash
# Which code computes a float32 convolution on a processor, and does it depend on the batch?
#
# Guess:   oneDNN computes every convolution that PyTorch is given there; a batch of one is only
#          slower per image.
# Seen:    torch 2.14.1, CPython 3.11.7: a 3x3 kernel on one image of 32x13x13 goes to PyTorch's own
#          code from before oneDNN, two images to oneDNN. The same image alone and in a batch may so
#          differ in its last digits. With a 5x5 kernel, or 256 channels, one image goes to oneDNN
#          too; conv3d with a batch of one chooses in the same way.
# Output:  conv2d 3x3, 32 channels: 1 image own, 2 images oneDNN; conv2d 5x5, 32 channels: 1 image
#          oneDNN, 2 images oneDNN; conv2d 3x3, 256 channels: 1 image oneDNN, 2 images oneDNN;
#          conv3d 3x3, 8 channels: 1 image own, 2 images oneDNN
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check torch==2.14.1
cd "$folder"
cat >look.py <<'PY'
import torch
import torch.nn.functional as F
from torch.profiler import profile


def engine(images, axes, channels, size, side):
    convolution = {2: F.conv2d, 3: F.conv3d}[axes]
    x = torch.randn(images, channels, *[side] * axes)
    weight = torch.randn(64, channels, *[size] * axes)
    with profile() as seen:
        convolution(x, weight)
    named = {event.key for event in seen.key_averages()}
    return "oneDNN" if "aten::mkldnn_convolution" in named else "own"


parts = []
for case in ((2, 32, 3, 13), (2, 32, 5, 13), (2, 256, 3, 13), (3, 8, 3, 8)):
    axes, channels, size, _ = case
    one, two = (engine(images, *case) for images in (1, 2))
    name = f"conv{axes}d {size}x{size}, {channels} channels"
    parts.append(f"{name}: 1 image {one}, 2 images {two}")
print("; ".join(parts))
PY
found=$("$folder/env/bin/python" look.py 2>/dev/null)
echo "$found"
test "$found" = "conv2d 3x3, 32 channels: 1 image own, 2 images oneDNN; \
conv2d 5x5, 32 channels: 1 image oneDNN, 2 images oneDNN; \
conv2d 3x3, 256 channels: 1 image oneDNN, 2 images oneDNN; \
conv3d 3x3, 8 channels: 1 image own, 2 images oneDNN"
