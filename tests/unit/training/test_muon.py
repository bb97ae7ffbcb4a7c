"""Muon turns kernels alike, as PyTorch's does matrices, and leaves the rest to Adam."""

import pytest
import torch
from torch import nn

from utils.training.muon import KERNEL_RATE, Muon, orthogonalised

SETTINGS = {"lr": 0.001, "momentum": 0.9, "weight_decay": 0.01}


@pytest.mark.parametrize("shape", [(8, 20), (20, 20), (40, 16)])
def test_all_singular_values_become_about_one(shape):
    torch.manual_seed(0)
    u, s, vt = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    s = torch.logspace(0, -1.5, len(s))  # the smallest a thirtieth of the largest
    step = orthogonalised(u @ s.diag() @ vt)
    found = torch.linalg.svdvals(step) / max(1, shape[0] / shape[1]) ** 0.5
    assert found.min() > 0.6 and found.max() < 1.25
    turned = u.T @ step @ vt.T  # the directions stay
    off = turned - turned.diag().diag()
    assert off.abs().max() < 1e-4


def test_a_zero_gradient_gives_a_zero_step():
    assert torch.equal(orthogonalised(torch.zeros(3, 5)), torch.zeros(3, 5))


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_kernels_move_as_pytorch_s_muon_moves_matrices_and_the_rest_as_with_adam(layout):
    theirs = getattr(torch.optim, "Muon", None)
    if theirs is None:
        pytest.skip("this PyTorch has no Muon (it came with 2.9)")
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 6, 2)
    layer.weight.data = layer.weight.data.contiguous(memory_format=layout)
    rows = nn.Parameter(layer.weight.detach().movedim(1, -1).flatten(1).clone())
    bias = nn.Parameter(layer.bias.detach().clone())
    ours = Muon(layer.parameters(), **SETTINGS, dtype=torch.bfloat16)
    rate = KERNEL_RATE * SETTINGS["lr"]
    muon = theirs([rows], lr=rate, momentum=SETTINGS["momentum"], weight_decay=0.0)
    adam = torch.optim.Adam([bias], SETTINGS["lr"], weight_decay=SETTINGS["weight_decay"])
    for _ in range(5):
        kernel_gradient, bias.grad = torch.randn(6, 3, 2, 2), torch.randn(6)
        layer.weight.grad, layer.bias.grad = kernel_gradient, bias.grad.clone()
        rows.grad = kernel_gradient.movedim(1, -1).flatten(1)
        for optimizer in (ours, muon, adam):
            optimizer.step()
    expected = rows.view(6, 2, 2, 3).movedim(-1, 1)
    torch.testing.assert_close(layer.weight, expected, rtol=0, atol=3e-3)  # steps of 0.03, bfloat16
    torch.testing.assert_close(layer.bias, bias, rtol=0, atol=1e-7)
