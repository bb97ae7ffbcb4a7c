"""A peak is the best of all that was seen, and counts only what has to be computed."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks import peak, where
from utils.data import fashion_mnist
from utils.nets import D2LAlexNet, LeNet
from utils.training import Recipe, train


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(peak, "SHAPES", ((64, 64, 64), (32, 48, 16)))
    monkeypatch.setattr(peak, "REPEATS", 2)
    found = peak.Peak()
    found.search()
    return found


def test_the_search_keeps_the_best_and_never_falls(small):
    assert small.best > 0 and " by " in small.name
    before = small.best
    for _ in range(3):
        small.again()
    small.search()
    assert small.best >= before


def test_a_fraction_above_one_is_refused_as_a_measurement(small):
    assert small.fraction(small.best / 4) == 0.25
    with pytest.raises(SystemExit, match=r"is more than the peak of .*: measure again"):
        small.fraction(1.01 * small.best)


def test_all_layouts_of_a_product_are_the_same_product(monkeypatch):
    monkeypatch.setattr(peak, "SHAPES", ((6, 5, 4),))
    for _, operations, product in peak._products():
        assert operations == 2 * 6 * 5 * 4
        assert product().numel() == 24
    torch.manual_seed(0)
    three = [product() for _, _, product in peak._products()][:3]  # of one precision
    assert [tuple(p.squeeze(0).squeeze(-1).shape) for p in three] == [(6, 4), (6, 4), (4, 6)]


@pytest.mark.parametrize("side", [65, 97])
def test_multiply_adds_are_those_inside_the_image(side):
    """Ones everywhere and no bias: each output is the number of taps that it added up."""
    with torch.no_grad():
        net = D2LAlexNet(image_size=side, width=0.05).eval()
        found = where.multiply_adds(net, side)
        x, size = torch.ones(1, 1, side, side), None
        for name, layer in net.features.named_children():
            if isinstance(layer, nn.Conv2d):
                ones = torch.ones(1, 1, *layer.kernel_size)
                size = x[:1, :1]
                taps = F.conv2d(torch.ones_like(size), ones, None, layer.stride, layer.padding)
                assert found[name] == taps.sum() * layer.in_channels * layer.out_channels
            x = layer(x)
        for name in ("fc6", "fc7", "fc8"):
            assert found[name] == net.classifier.get_submodule(name).weight.numel()


def test_conv1_needs_no_gradient_of_its_images():
    with torch.device("meta"):
        forward = where.multiply_adds(D2LAlexNet(image_size=65), 65)
    training = where.training_operations(65)
    assert training["conv1"] == 4 * forward["conv1"] and training["fc7"] == 6 * forward["fc7"]
    assert training.keys() == where.bytes_moved(65, 256, 2).keys()


def test_bytes_are_those_of_inputs_weights_and_outputs():
    found = where.bytes_moved(65, 8, 2)
    assert found["fc7"] == 3 * 2 * (8 * 4096 + 4096**2 + 8 * 4096)
    assert found["conv1"] == 2 * 2 * (8 * 65**2 + 96 * 121 + 8 * 96 * 15**2)


def test_a_profile_finds_every_layer_in_both_directions_and_every_kind():
    torch.manual_seed(0)
    net = LeNet(activation=nn.ReLU, pool=nn.MaxPool2d)
    images = where.Watched(*fashion_mnist(quiet=True).train.first(256))
    watch = where.StepProfile(net)
    with pytest.raises(where.Enough):
        train(net, images, None, Recipe(batch_size=16, image_size=28), callback=watch)
    layers, kinds = watch.found["layers"], watch.found["kinds"]
    assert layers.keys() == {"conv1", "conv2", "fc3", "fc4", "fc5"}  # none is without a layer
    assert min(layers.values()) > 0
    assert min(kinds[kind] for kind in ("update", "preparation of images")) > 0
    assert sum(layers.values()) == pytest.approx(kinds["products"])
