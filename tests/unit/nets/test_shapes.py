"""Sizes, receptive fields, parameters and MACs are those that PyTorch and torchinfo find."""

from functools import partial

import pytest
import torch
import torchinfo
from torch import nn
from torchvision.models import resnet18, vgg11

from tests.support.networks import on_meta
from utils.models import AlexNet, LeNet
from utils.shapes import conv_out, layer_table, receptive_field, totals


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


def test_conv_out_speaks():
    with pytest.raises(ValueError, match='use "floor" or "ceil"'):
        conv_out(224, 11, rule="round")
    with pytest.raises(ValueError, match="window of 11 px does not fit into 8 px"):
        conv_out(8, 11, padding=1)


def test_receptive_fields_and_macs_of_alexnet():
    table = layer_table(on_meta(AlexNet), (3, 224, 224)).set_index("layer")
    expected = {
        "conv1": (11, 4), "pool1": (19, 8), "conv2": (51, 8), "pool2": (67, 16),
        "conv3": (99, 16), "conv4": (131, 16), "conv5": (163, 16), "pool5": (195, 32),
    }  # fmt: skip
    for name, (size, jump) in expected.items():
        row = table.loc[f"features.{name}"]
        assert (row["receptive field"], row["jump"]) == (size, jump)
    assert table.loc["flatten":, "receptive field"].isna().all()
    macs = table["MACs"]
    assert list(macs[macs > 0]) == [
        105_415_200, 223_948_800, 149_520_384, 112_140_288, 74_760_192,
        37_748_736, 16_777_216, 4_096_000,
    ]  # fmt: skip
    assert totals(table)["activations (kB)"] == pytest.approx(7737.76)


def test_the_field_says_which_pixels_a_unit_depends_on():
    torch.manual_seed(0)
    layers = AlexNet(width=1 / 16, lrn=None).features
    for layer in layers:  # so that nothing is cut off: every pixel of the field has a gradient
        if isinstance(layer, nn.Conv2d):
            nn.init.constant_(layer.weight, 0.01)
            nn.init.constant_(layer.bias, 0.01)
    for i, layer in enumerate(layers):
        if isinstance(layer, nn.MaxPool2d):
            layers[i] = nn.AvgPool2d(3, 2, ceil_mode=True)
    image = torch.rand(1, 3, 224, 224, dtype=torch.float64, requires_grad=True)
    layers.double()(image)[0, :, 3, 3].sum().backward()
    rows = image.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    first, past = receptive_field(layers).of_unit(3)
    assert (rows.min().item(), rows.max().item() + 1) == (max(first, 0), min(past, 224))


@pytest.mark.parametrize(
    ("build", "shape"), [(LeNet, (1, 28, 28)), (AlexNet, (3, 224, 224)), (vgg11, (3, 64, 64))]
)
def test_parameters_and_macs_agree_with_torchinfo(build, shape):
    model = on_meta(build)
    table = layer_table(model, shape)
    info = torchinfo.summary(model, (1, *shape), verbose=0, device="meta")
    assert totals(table)["parameters"] == info.total_params
    # torchinfo counts one more operation at each position for the bias.
    biases = sum(
        shape[0] * torch.Size(shape[1:]).numel()
        for shape, macs in zip(table["output"], table["MACs"], strict=True)
        if macs
    )
    assert totals(table)["MACs"] + biases == info.total_mult_adds


def test_branches_are_followed():
    table = layer_table(on_meta(resnet18), (3, 224, 224))
    assert totals(table)["parameters"] == 11_689_512
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


def test_only_square_windows():
    with pytest.raises(ValueError, match="no square kernel_size"):
        layer_table(nn.Sequential(nn.Conv2d(1, 1, (3, 5))), (1, 9, 9))
