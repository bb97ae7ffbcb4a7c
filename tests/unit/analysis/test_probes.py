import weakref

import pytest
import torch
from torch import nn

from utils.analysis import image_spread, layer_signals, peak_bytes, saved_bytes, unit_outputs


def test_layers_keep_their_inputs_and_what_two_keep_counts_once():
    assert saved_bytes(nn.Linear(7, 3), torch.zeros(5, 7)) == 5 * 7 * 4
    x = torch.zeros(1, 1, 8, 8)
    chain = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Conv2d(2, 1, 3))
    after_relu = 2 * 6 * 6 * 4
    assert saved_bytes(chain, x) == x.numel() * 4 + after_relu


def test_nothing_stays_in_memory_after_counting():
    chain, outputs = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 3)), []
    chain[1].register_forward_hook(lambda layer, x, y: outputs.append(weakref.ref(y)))
    saved_bytes(chain, torch.zeros(1, 3))
    assert [output() for output in outputs] == [None]


def test_peak_bytes_counts_what_is_alive_together():
    x = torch.zeros(1000)

    def one_after_the_other():
        for _ in range(3):
            y = x + 1
            del y

    assert peak_bytes(one_after_the_other) == 4000
    assert peak_bytes(lambda: [x + 1 for _ in range(3)]) == 12000
    assert peak_bytes(lambda: x.add_(1)) == 0
    assert peak_bytes(lambda: x.view(10, 100)) == 0


def test_signals_are_those_of_a_network_worked_out_by_hand():
    net = nn.Sequential(nn.Linear(1, 1), nn.Tanh(), nn.Linear(1, 2))
    first, last = net[0], net[2]
    for parameter, value in ((first.weight, 2.0), (first.bias, 0.0), (last.bias, 0.0)):
        nn.init.constant_(parameter, value)
    last.weight.data = torch.tensor([[1.0], [-1.0]])
    x, y = torch.tensor([[0.5], [0.5]]), torch.tensor([0, 0])
    signals = layer_signals(net, x, y)
    a = torch.tanh(torch.tensor(1.0)).item()
    wrong = torch.sigmoid(torch.tensor(-2 * a)).item()  # probability of the other class
    assert signals["signal"].tolist() == pytest.approx([1.0, a])
    assert signals["delta"].tolist() == pytest.approx([2 * wrong * (1 - a * a), wrong])
    assert signals["weight gradient"].tolist() == pytest.approx([wrong * (1 - a * a), a * wrong])
    assert all(parameter.grad is None for parameter in net.parameters())


def test_the_spread_between_images_is_that_of_each_unit():
    outputs = torch.tensor([[1.0, 5.0], [3.0, 5.0]], dtype=torch.double)  # 1 and 0
    assert image_spread(outputs) == pytest.approx(0.5**0.5)
    assert image_spread(outputs + 1000) == pytest.approx(0.5**0.5)
    assert image_spread(torch.full((4, 2), 0.1, dtype=torch.double)) == 0
    assert image_spread(torch.tensor([[0.5], [0.5 + 1e-16]], dtype=torch.double)) == 0


def test_units_put_out_what_follows_each_activation_in_double_precision():
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 3), nn.Sigmoid(), nn.Linear(3, 2), nn.ReLU())
    x = torch.ones(5, 1, 2, 2) * torch.arange(5)[:, None, None, None]
    first, second = unit_outputs(net, x)
    assert (first.shape, second.shape, first.dtype) == ((5, 3), (5, 2), torch.double)
    torch.testing.assert_close(second.float(), net(x))
    assert net[1].weight.dtype == torch.float
