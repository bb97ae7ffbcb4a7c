"""A peak is the best of all that was seen, and counts only what has to be computed."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks import peak, where
from utils.nets import D2LAlexNet


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
    assert where.bytes_moved(65, 8, 2)["fc7"] == 3 * 2 * (8 * 4096 + 4096**2 + 8 * 4096)


def test_a_profile_finds_every_layer_in_both_directions_and_the_optimiser():
    torch.manual_seed(0)
    net = nn.Sequential()
    net.add_module("conv", nn.Conv2d(4, 8, 3, padding=1))
    net.add_module("flat", nn.Flatten())
    net.add_module("fc", nn.Linear(8 * 64, 10))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
    x, y = torch.randn(16, 4, 8, 8), torch.randint(0, 10, (16,))

    def step() -> None:
        loss = F.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    found = where.profiled(step, net)
    assert found["layers"].keys() == {"conv", "fc"}  # nothing is left without a layer
    assert min(found["layers"].values()) > 0 and found["kinds"]["update"] > 0
    assert sum(found["layers"].values()) == pytest.approx(found["kinds"]["products"])
