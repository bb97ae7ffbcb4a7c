"""The parts of LeNet-5 as its paper has them, and what can be changed in the common LeNet."""

import torch
from torch import nn

from tests.support.networks import on_meta
from utils.nets import C3_SEES, LeNet, LeNet5, RadialBasis, ScaledTanh, SparseConv2d


def test_lenet5_has_the_paper_s_parts():
    assert [len(set(maps)) for maps in C3_SEES] == [3] * 6 + [4] * 9 + [6]
    assert len({frozenset(maps) for maps in C3_SEES}) == 16
    tanh = ScaledTanh()(torch.tensor([1.0, -1.0]))
    assert torch.allclose(tanh, torch.tensor([1.0, -1.0]), atol=1e-4)


def test_subsampling_starts_as_the_mean_and_learns_its_coefficient():
    layer = LeNet5().features.s2
    x = torch.randn(1, 6, 4, 4)
    assert torch.allclose(layer(x), nn.functional.avg_pool2d(x, 2), atol=1e-6)
    layer.coefficient.data.fill_(1.0)
    assert torch.allclose(layer(x), 4 * nn.functional.avg_pool2d(x, 2), atol=1e-5)
    assert layer.bias.requires_grad


def test_sparse_convolution_is_a_full_one_with_zeros():
    torch.manual_seed(0)
    sparse = SparseConv2d(2, ((0,), (0, 1)))
    nn.init.normal_(sparse.weight)
    full = nn.Conv2d(2, 2, 5)
    full.bias = sparse.bias
    full.weight.data.zero_()
    full.weight.data[0, 0], full.weight.data[1, 0], full.weight.data[1, 1] = sparse.weight.data
    x = torch.randn(1, 2, 7, 7)
    assert torch.allclose(sparse(x), full(x), atol=1e-6)


def test_radial_basis_is_a_negated_squared_distance_to_fixed_codes():
    layer = RadialBasis(84, 10)
    assert set(layer.codes.unique().tolist()) == {-1.0, 1.0}
    assert len(layer.codes.unique(dim=0)) == 10
    assert torch.equal(layer.codes, RadialBasis(84, 10).codes)
    scores = layer(layer.codes)
    assert torch.equal(scores.argmax(1), torch.arange(10))
    assert torch.equal(scores.diagonal(), torch.zeros(10))


def test_a_gradient_reaches_every_parameter_of_lenet5():
    torch.manual_seed(0)
    model, x, y = LeNet5(), torch.randn(8, 1, 32, 32), torch.arange(8)
    nn.functional.cross_entropy(model(x), y).backward()
    assert [name for name, p in model.named_parameters() if not p.grad.any()] == []


def test_lenet_s_single_changes():
    model = on_meta(LeNet, activation=nn.ReLU, pool=nn.MaxPool2d)
    kinds = {type(m) for m in model.modules()}
    assert {nn.ReLU, nn.MaxPool2d} <= kinds
    assert not {nn.Sigmoid, nn.AvgPool2d} & kinds
