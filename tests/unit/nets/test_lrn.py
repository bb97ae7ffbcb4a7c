"""The fast local response normalisation, and the experiment that compares it."""

import pytest
import torch
from torch import nn

from utils.experiments import normalisation
from utils.lrn import Constant, FastLRN, gains


@pytest.mark.parametrize("settings", [{}, {"k": 2.0, "alpha": 0.8}, {"beta": 0.5}])
@pytest.mark.parametrize("channels", [3, 16])
def test_fast_lrn_is_pytorchs(channels, settings):
    x = 30 * torch.randn(2, channels, 6, 5, generator=torch.Generator().manual_seed(0)).double()
    found = []
    for layer in (FastLRN(5, **settings), nn.LocalResponseNorm(5, **settings)):
        a = x.clone().requires_grad_()
        b = layer(a)
        b.sin().sum().backward()
        found.append((b, a.grad))
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_derivative_of_fast_lrn():
    x = torch.randn(2, 7, 2, 2, dtype=torch.double, generator=torch.Generator().manual_seed(0))
    assert torch.autograd.gradcheck(FastLRN(3, alpha=0.5, k=2.0), x.requires_grad_())


def test_gains_of_a_small_input_are_the_constant():
    net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), FastLRN(5, k=2.0))
    (gain,) = gains(net, torch.rand(2, 1, 8, 8)).values()
    assert gain.numel() and gain.allclose(torch.tensor(Constant().factor), rtol=1e-3)


def test_arms_begin_alike():
    """One set of first weights; the rescaled network computes what the constant's does."""
    x = torch.rand(4, 1, 28, 28)
    nets = {arm: normalisation.network(3, arm) for arm in normalisation.ARMS}
    for arm, net in nets.items():
        assert torch.equal(net.fc4.weight, nets["none"].fc4.weight), arm
    assert nets["constant"](x).allclose(nets["none, rescaled"](x), atol=1e-6)
    assert not nets["constant"](x).allclose(nets["none"](x), atol=1e-3)
    with pytest.raises(ValueError, match="unknown"):
        normalisation.network(0, "layer norm")


def test_measure_tells_gains_and_survives_divergence(monkeypatch):
    found = normalisation.measure(0, "LRN", 0.04, images=256, epochs=1)
    assert 0 < found["test"] < 1 and len(found["gains"]) == 2

    def diverge(*_):
        raise FloatingPointError

    monkeypatch.setattr(normalisation, "train", diverge)
    assert normalisation.measure(0, "none", 0.04, images=256) == {"validation": 0.1, "test": 0.1}


def test_data_keeps_validation_apart():
    (x, y), (held_x, _), (_, test_y) = normalisation.data(0, 500)
    assert len(y) == 500 and len(held_x) == normalisation.VALIDATION and len(test_y)
    seen = {image.numpy().tobytes() for image in x}
    assert len(seen & {image.numpy().tobytes() for image in held_x}) <= 1  # a few occur twice
