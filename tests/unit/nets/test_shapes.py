"""Tables of layers, and stages; counts: `test_models.py`, sizes and fields: `test_widgets.py`."""

import pytest
from torch import nn
from torchvision.models import resnet18

from tests.support.networks import on_meta
from utils.compare import stages
from utils.models import LeNet
from utils.shapes import conv_out, layer_table


def test_what_has_no_size_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match='use "floor" or "ceil"'):
        conv_out(224, 11, rule="round")
    with pytest.raises(ValueError, match="window of 11 px does not fit into 8 px"):
        conv_out(8, 11, padding=1)
    with pytest.raises(ValueError, match="no square kernel_size"):
        layer_table(nn.Sequential(nn.Conv2d(1, 1, (3, 5))), (1, 9, 9))


def test_branches_are_followed():
    table = layer_table(on_meta(resnet18), (3, 224, 224))
    assert table["parameters"].sum() == 11_689_512
    assert table["receptive field"].max() == 435
    assert table["jump"].max() == 32


def test_the_model_is_left_as_it_was():
    model = LeNet().train()
    model.features.eval()  # a part of it frozen
    layer_table(model, (1, 28, 28))
    assert model.training and model.classifier.fc5.training
    assert not any(module.training for module in model.features.modules())
    assert not any(module._forward_hooks for module in model.modules())
    with pytest.raises(ValueError, match="28 to 31 px"):
        layer_table(model, (1, 20, 20))
    assert not any(module._forward_hooks for module in model.modules())


def test_what_stands_before_the_first_layer_is_told():
    """Chapter 9's checked tables have the stages of its networks, and what one of two lacks."""
    net = nn.Sequential(nn.Dropout(), nn.Conv2d(1, 2, 3), nn.AvgPool2d(2), nn.BatchNorm2d(2))
    assert stages(net) == {
        "after input": "Dropout",
        "conv1": "2 of 3×3×1",
        "after conv1": "average 2/2 → BatchNorm2d",
    }
