import pytest
import torch
import torchinfo
from torch import nn
from torchvision.models import resnet18, vgg11

from utils.models import AlexNet, D2LAlexNet, LeNet, OneTowerAlexNet
from utils.shapes import Field, conv_out, layer_table, receptive_field, totals


@pytest.mark.parametrize("size", range(11, 40))
@pytest.mark.parametrize(
    "kernel_size, stride, padding", [(3, 2, 0), (5, 1, 2), (11, 4, 1), (2, 2, 0)]
)
def test_conv_out_agrees_with_pytorch(size, kernel_size, stride, padding):
    image = torch.zeros(1, 1, size, size)
    for rule, ceil_mode in (("floor", False), ("ceil", True)):
        pool = nn.MaxPool2d(
            kernel_size, stride, min(padding, kernel_size // 2), ceil_mode=ceil_mode
        )
        assert conv_out(size, kernel_size, stride, padding, rule) == pool(image).shape[-1]
    conv = nn.Conv2d(1, 1, kernel_size, stride, padding)
    assert conv_out(size, kernel_size, stride, padding) == conv(image).shape[-1]


def test_the_puzzle_of_224_and_227():
    assert conv_out(224, 11, 4) == 54
    assert conv_out(224, 11, 4, rule="ceil") == 55
    assert conv_out(227, 11, 4) == conv_out(227, 11, 4, rule="ceil") == 55


def test_conv_out_speaks():
    with pytest.raises(ValueError, match='use "floor" or "ceil"'):
        conv_out(224, 11, rule="round")
    with pytest.raises(ValueError, match="window of 11 px does not fit into 8 px"):
        conv_out(8, 11, padding=1)


def alexnet_table(**settings):
    with torch.device("meta"):
        return layer_table(AlexNet(**settings), (3, 224, 224)).set_index("layer")


def test_receptive_fields_of_alexnet():
    table = alexnet_table()
    expected = {
        "conv1": (11, 4), "pool1": (19, 8), "conv2": (51, 8), "pool2": (67, 16),
        "conv3": (99, 16), "conv4": (131, 16), "conv5": (163, 16), "pool5": (195, 32),
    }  # fmt: skip
    for name, (size, jump) in expected.items():
        row = table.loc[f"features.{name}"]
        assert (row["receptive field"], row["jump"]) == (size, jump)
    assert table.loc["flatten":, "receptive field"].isna().all()


def test_the_field_says_which_pixels_a_unit_depends_on():
    torch.manual_seed(0)
    layers = AlexNet(width=1 / 16, lrn=None).features
    for layer in layers:  # so that nothing is cut off: every pixel of the field has a gradient
        if isinstance(layer, nn.Conv2d):
            nn.init.constant_(layer.weight, 0.01)
            nn.init.constant_(layer.bias, 0.01)
    smooth = nn.Sequential(
        *(
            nn.AvgPool2d(3, 2, ceil_mode=True) if isinstance(layer, nn.MaxPool2d) else layer
            for layer in layers
        )
    )
    image = torch.rand(1, 3, 224, 224, dtype=torch.float64, requires_grad=True)
    output = smooth.double()(image)
    output[0, :, 3, 3].sum().backward()
    rows = image.grad.abs().sum((0, 1, 3)).nonzero().flatten()
    first, past = receptive_field(smooth).of_unit(3)
    assert (rows.min().item(), rows.max().item() + 1) == (max(first, 0), min(past, 224))


def test_a_field_grows_by_the_kernel_times_the_jump():
    field = Field().through(11, 4).through(3, 2).through(5, 1, 2)
    assert field == Field(size=51, jump=8, start=-16)
    assert field.of_unit(2) == (0, 51)


def test_grouped_and_ungrouped_macs():
    assert totals(alexnet_table()) == pytest.approx(
        {"parameters": 60_965_224, "MACs": 724_406_816, "activations (kB)": 7737.76}
    )
    assert totals(alexnet_table(groups=1))["MACs"] == 1_135_256_096
    macs = alexnet_table()["MACs"]
    assert list(macs[macs > 0]) == [
        105_415_200, 223_948_800, 149_520_384, 112_140_288, 74_760_192,
        37_748_736, 16_777_216, 4_096_000,
    ]  # fmt: skip


def test_units_of_figure_2():
    table = alexnet_table()
    units = [
        torch.Size(table.loc[name, "output"]).numel()
        for name in ("features.conv1", "features.conv2", "features.conv3", "features.conv4",
                     "features.conv5", "classifier.fc6", "classifier.fc7", "classifier.fc8")
    ]  # fmt: skip
    assert units == [290_400, 186_624, 64_896, 64_896, 43_264, 4096, 4096, 1000]
    assert sum(units) == 659_272


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (LeNet(), (1, 28, 28)),
        (AlexNet(width=0.25), (3, 224, 224)),
        (OneTowerAlexNet(width=0.25), (3, 224, 224)),
        (D2LAlexNet(width=0.25), (1, 224, 224)),
        (vgg11(weights=None, num_classes=10), (3, 64, 64)),
    ],
    ids=["LeNet", "AlexNet", "OneTower", "D2L", "VGG11"],
)
def test_parameters_and_macs_agree_with_torchinfo(model, shape):
    table = layer_table(model, shape)
    info = torchinfo.summary(model, (1, *shape), verbose=0, device="cpu")
    assert totals(table)["parameters"] == info.total_params
    # torchinfo counts one more operation at each position for the bias.
    biases = sum(
        shape[0] * torch.Size(shape[1:]).numel()
        for shape, macs in zip(table["output"], table["MACs"], strict=True)
        if macs
    )
    assert totals(table)["MACs"] + biases == info.total_mult_adds


def test_branches_are_followed():
    with torch.device("meta"):
        model = resnet18(weights=None)
    table = layer_table(model, (3, 224, 224))
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
