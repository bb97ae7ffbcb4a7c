"""Local response normalisation: each formulation is its formula; the experiment compares fairly."""

from unittest.mock import Mock

import pytest
import torch
from torch import nn

from utils.analysis import gains
from utils.experiments import normalisation
from utils.nets import Constant, FastLRN, MapResponseNorm


def test_within_a_map_it_sums_over_a_square():
    torch.manual_seed(0)
    x = 10 * torch.rand(2, 3, 6, 7, dtype=torch.float64)
    norm = MapResponseNorm(size=3, alpha=0.5, beta=0.75, k=2)
    squares = nn.functional.pad(x.square(), (1, 1, 1, 1))
    sums = squares.unfold(2, 3, 1).unfold(3, 3, 1).sum((4, 5))
    assert torch.allclose(norm(x), x / (2 + 0.5 / 9 * sums) ** 0.75)
    assert "alpha=0.5" in repr(norm)


@pytest.mark.parametrize(
    ("size", "settings"),
    [(5, {}), (5, {"k": 2.0, "alpha": 0.8}), (5, {"beta": 0.5}), (3, {"k": 2.0, "alpha": 0.5})],
)
@pytest.mark.parametrize("channels", [3, 16])
def test_fast_lrn_and_its_derivative_are_pytorchs(channels, size, settings):
    x = 30 * torch.randn(2, channels, 6, 5, generator=torch.Generator().manual_seed(0)).double()
    results = []
    for layer in (FastLRN(size, **settings), nn.LocalResponseNorm(size, **settings)):
        a = x.clone().requires_grad_()
        b = layer(a)
        b.sin().sum().backward()
        results.append((b, a.grad))
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_gains_of_a_small_input_are_the_constant():
    net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), FastLRN(5, k=2.0))
    (gain,) = gains(net, torch.rand(2, 1, 8, 8)).values()
    assert gain.numel() and gain.allclose(torch.tensor(Constant().factor), rtol=1e-3)


def test_arms_begin_alike():
    """One set of initial weights; the rescaled network computes what the constant's does."""
    x = torch.rand(4, 1, 28, 28)
    nets = {arm: normalisation.network(3, arm) for arm in normalisation.ARMS}
    for arm, net in nets.items():
        assert torch.equal(net.fc4.weight, nets["none"].fc4.weight), arm
    assert nets["constant"](x).allclose(nets["none, rescaled"](x), atol=1e-6)
    assert not nets["constant"](x).allclose(nets["none"](x), atol=1e-3)
    with pytest.raises(ValueError, match="unknown"):
        normalisation.network(0, "layer norm")


def test_validation_is_apart_gains_are_reported_and_divergence_is_survived(monkeypatch):
    (x, y), (held_x, held_y), (_, test_y) = data = normalisation.data(0, 500)
    assert len(y) == 500 and len(held_y) == normalisation.VALIDATION and len(test_y)
    seen = {image.numpy().tobytes() for image in x}
    assert len(seen & {image.numpy().tobytes() for image in held_x}) <= 1  # a few occur twice

    few = data._make(part.first(n) for part, n in zip(data, (256, 1_000, 1_000), strict=True))
    monkeypatch.setattr(normalisation, "data", lambda seed, images: few)
    result = normalisation.measure(0, "LRN", 0.04, images=256, epochs=1)
    assert 0 < result["test"] < 1 and len(result["gains"]) == 2
    monkeypatch.setattr("utils.experiments.common.train", Mock(side_effect=FloatingPointError))
    assert normalisation.measure(0, "none", 0.04, images=256) == {"validation": 0.1, "test": 0.1}
