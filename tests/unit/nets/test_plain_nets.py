import pytest
import torch
from torch import nn

from utils.plain_nets import ACTIVATIONS, deep_mlp, four_layer_cnn


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_both_give_logits_and_have_the_layers_that_they_promise(activation):
    cnn, mlp = four_layer_cnn(activation), deep_mlp(activation, depth=7, width=16)
    for net in (cnn, mlp):
        assert net(torch.zeros(3, 1, 28, 28)).shape == (3, 10)
        assert any(isinstance(layer, ACTIVATIONS[activation]) for layer in net)
    assert sum(isinstance(layer, nn.Conv2d | nn.Linear) for layer in cnn) == 4
    assert sum(isinstance(layer, ACTIVATIONS[activation]) for layer in mlp) == 7
