"""Sizes and receptive fields are those that PyTorch finds; counts are in `test_models.py`."""

from functools import partial

import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from tests.support.networks import on_meta
from utils.nets import AlexNet, LeNet, conv_out, layer_table


@pytest.mark.parametrize(
    "kernel_size, stride, padding", [(3, 2, 0), (5, 1, 2), (11, 4, 1), (2, 2, 0)]
)
def test_conv_out_agrees_with_pytorch(kernel_size, stride, padding):
    conv = nn.Conv2d(1, 1, kernel_size, stride, padding)
    pool = partial(nn.MaxPool2d, kernel_size, stride, min(padding, kernel_size // 2))
    for size in range(11, 40):
        image = torch.zeros(1, 1, size, size)
        for rule, ceil_mode in (("floor", False), ("ceil", True)):
            expected = pool(ceil_mode=ceil_mode)(image).shape[-1]
            assert conv_out(size, kernel_size, stride, padding, rule) == expected, (size, rule)
        assert conv_out(size, kernel_size, stride, padding) == conv(image).shape[-1], size


def test_what_has_no_size_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match='use "floor" or "ceil"'):
        conv_out(224, 11, rule="round")
    with pytest.raises(ValueError, match="window of 11 px does not fit into 8 px"):
        conv_out(8, 11, padding=1)
    with pytest.raises(ValueError, match="no square kernel_size"):
        layer_table(nn.Sequential(nn.Conv2d(1, 1, (3, 5))), (1, 9, 9))


def test_receptive_fields_of_alexnet():
    table = layer_table(on_meta(AlexNet), (3, 224, 224)).set_index("layer")
    expected = {
        "conv1": (11, 4), "pool1": (19, 8), "conv2": (51, 8), "pool2": (67, 16),
        "conv3": (99, 16), "conv4": (131, 16), "conv5": (163, 16), "pool5": (195, 32),
    }  # fmt: skip
    for name, (size, jump) in expected.items():
        row = table.loc[f"features.{name}"]
        assert (row["receptive field"], row["jump"]) == (size, jump)
    assert table.loc["flatten":, "receptive field"].isna().all()


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
