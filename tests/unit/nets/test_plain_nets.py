import pytest
import torch
from torch import nn

from utils.plain_nets import ACTIVATIONS, deep_mlp, four_layer_cnn


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_both_take_images_and_give_logits(activation):
    for net in (four_layer_cnn(activation), deep_mlp(activation, depth=5, width=16)):
        assert net(torch.zeros(3, 1, 28, 28)).shape == (3, 10)
        assert any(isinstance(layer, ACTIVATIONS[activation]) for layer in net)


def test_four_layers_have_weights():
    net = four_layer_cnn("ReLU")
    assert sum(isinstance(layer, nn.Conv2d | nn.Linear) for layer in net) == 4


def test_depth_counts_hidden_layers():
    assert sum(isinstance(layer, nn.ReLU) for layer in deep_mlp("ReLU", depth=7)) == 7
