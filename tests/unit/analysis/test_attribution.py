"""Maps of what an answer rests on, for small networks with known answers."""

import pytest
import torch
from torch import nn

from utils.analysis import grad_cam, gradient_times_input, occlusion, randomised, rank_correlation
from utils.experiments import transfer


def test_maps_point_at_what_counts():
    net = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.Flatten(), nn.Linear(144, 2, bias=False))
    nn.init.ones_(net[0].weight)
    nn.init.zeros_(net[2].weight)
    net[2].weight.data[1].view(12, 12)[:4, :4] = 1  # class 1 counts this corner, class 0 nothing
    x = torch.ones(1, 12, 12)
    x[0, 0, 0] = 0
    fall = occlusion(net, x, label=1, size=4, stride=4)
    assert fall.shape == (3, 3)
    assert fall.argmax() == 0 and fall[1:].abs().max() < 1e-6
    product = gradient_times_input(net, x, label=1)
    assert product[:4, :4].sum() == 15 and product.sum() == 15
    assert gradient_times_input(net, x, label=1, zero=1).sum() == 1  # where x is 0
    assert grad_cam(net, net[0], x, label=1).shape == (12, 12)


def test_grad_cam_is_the_weighted_sum_of_the_maps():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    net.append(nn.Linear(3, 2))
    x = torch.rand(1, 8, 8)
    maps = net[:2](x[None])[0]
    expected = torch.relu((net[4].weight[1].view(3, 1, 1) / 36 * maps).sum(0)).detach()
    cam = grad_cam(net, net[1], x, label=1)
    assert torch.allclose(cam, expected, atol=1e-6)
    assert not net[1]._forward_hooks


def test_a_shuffled_network_has_the_same_weights_elsewhere():
    net = transfer.network(0)
    other = randomised(net)
    assert not torch.equal(net.conv2.weight, other.conv2.weight)
    one, two = (n.conv2.weight.flatten().sort().values for n in (net, other))
    assert torch.equal(one, two)


def test_rank_correlation_of_a_constant_map_is_nothing():
    x = torch.arange(9.0).view(3, 3)
    assert rank_correlation(x, x**3) == pytest.approx(1)
    assert rank_correlation(x, torch.zeros(3, 3)) == 0
