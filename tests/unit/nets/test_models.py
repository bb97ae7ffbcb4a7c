import json
from pathlib import Path

import pytest
import torch
from torch import nn
from torchvision.models import alexnet as torchvision_alexnet

from utils.lenet import C3_SEES, RadialBasis, ScaledTanh, SparseConv2d
from utils.models import (
    AlexNet,
    D2LAlexNet,
    LeNet,
    LeNet5,
    OneTowerAlexNet,
    OneTowerLRNAlexNet,
    repaired_tutorial_alexnet,
)
from utils.shapes import layer_table

GOLDEN = json.loads((Path(__file__).parents[2] / "support/golden.json").read_text())

# Which network of ours each golden entry describes, and the input sizes that give its shapes.
NETWORKS = {
    "paper_grouped": (AlexNet, (224, 227)),
    "paper_ungrouped": (lambda: AlexNet(groups=1), (224, 227)),
    "t0_torch_lrn": (OneTowerLRNAlexNet, (224,)),
    "torchvision": (OneTowerAlexNet, (224,)),
    "t1_keras_d2l": (D2LAlexNet, (224,)),
    "t2_torch_d2l": (D2LAlexNet, (224,)),
    "lenet_d2l": (LeNet, (28,)),
}


def on_meta(build):
    """A network without memory: shapes and counts only."""
    with torch.device("meta"):
        return build()


def parameters(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize("name", NETWORKS)
def test_shapes_and_parameters_are_the_golden_ones(name):
    build, sizes = NETWORKS[name]
    golden, model = GOLDEN[name], on_meta(build)
    assert golden["input"][2] in sizes
    for side in sizes:
        table = layer_table(model, (golden["input"][1], side, side))
        kinds = [kind.removeprefix("Ceil") for kind in table["kind"]]
        shapes = [[1, *shape] for shape in table["output"]]
        assert [list(row) for row in zip(kinds, shapes, strict=True)] == golden["shapes"]
    assert parameters(model) == golden["params"]
    layers_with_weights = table[table["parameters"] > 0]
    assert list(layers_with_weights["parameters"]) == list(golden["per_layer"].values())


def test_the_repaired_listing_is_the_paper_s_net_in_one_group():
    model = on_meta(repaired_tutorial_alexnet)
    table = layer_table(model, (3, 227, 227))
    assert [[1, *shape] for shape in table["output"]] == [
        shape for _, shape in GOLDEN["paper_ungrouped"]["shapes"]
    ]
    assert parameters(model) == 62_378_344


@pytest.mark.parametrize(
    ("build", "count"),
    [
        (LeNet5, 60_000),
        (lambda: OneTowerAlexNet(conv4=384), 61_838_248),
        (lambda: OneTowerLRNAlexNet(num_classes=10), 57_044_810),
    ],
)
def test_further_parameter_counts(build, count):
    assert parameters(build() if build is LeNet5 else on_meta(build)) == count


def test_224_px_with_zeros_right_and_below_is_227_px():
    torch.manual_seed(0)
    model = AlexNet(width=1 / 16, num_classes=5).eval()
    x = torch.randn(2, 3, 224, 224)
    padded = nn.functional.pad(x, (0, 3, 0, 3))
    assert torch.equal(model(x), model(padded))


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(
    "build",
    [
        lambda **size: AlexNet(lrn="all", **size),
        lambda **size: AlexNet(lrn="columns", **size),
        D2LAlexNet,
        OneTowerLRNAlexNet,
        lambda image_size, **size: OneTowerAlexNet(**size),
    ],
)
def test_small_versions_run(build, memory_format):
    model = build(num_classes=7, in_channels=1, image_size=96, width=0.25)
    x = torch.zeros(2, 1, 96, 96).to(memory_format=memory_format)
    assert model.to(memory_format=memory_format)(x).shape == (2, 7)


def test_a_group_sees_only_its_own_half():
    conv2 = AlexNet(width=1 / 8, num_classes=3).features.conv2
    x = torch.randn(1, conv2.in_channels, 9, 9)
    changed = x.clone()
    changed[:, : conv2.in_channels // 2] = 0
    half = conv2.out_channels // 2
    before, after = conv2(x), conv2(changed)
    assert torch.equal(before[:, half:], after[:, half:])
    assert not torch.equal(before[:, :half], after[:, :half])


def test_response_norm_over_columns_differs_at_the_border_only():
    torch.manual_seed(0)
    x = 30 * torch.rand(1, 96, 5, 5)
    everywhere = on_meta(lambda: AlexNet(lrn="all")).features.norm1(x)
    columns = on_meta(lambda: AlexNet(lrn="columns")).features.norm1(x)
    differs = (everywhere != columns).flatten(2).any(2)[0]
    assert differs.nonzero().flatten().tolist() == [46, 47, 48, 49]


def test_response_norm_follows_the_formula_with_alpha_over_n():
    x = 100 * torch.rand(1, 8, 1, 1, dtype=torch.float64)
    a = x.flatten()
    sums = torch.stack([(a[max(0, i - 2) : i + 3] ** 2).sum() for i in range(8)])
    expected = a / (2 + 1e-4 / 5 * sums) ** 0.75
    norm = on_meta(AlexNet).features.norm1
    assert torch.allclose(norm(x).flatten(), expected, atol=0, rtol=1e-12)


def test_without_response_norm_there_is_none():
    model = on_meta(lambda: AlexNet(lrn=None))
    assert not any(isinstance(m, nn.LocalResponseNorm) for m in model.modules())
    with pytest.raises(ValueError, match='use "all", "columns" or None'):
        AlexNet(lrn="some")


def test_one_tower_is_torchvision_s():
    torch.manual_seed(0)
    theirs = torchvision_alexnet(weights=None).eval()
    ours = OneTowerAlexNet().eval()
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(1, 3, 96, 96)
    with torch.no_grad():
        assert torch.equal(ours(x), theirs(x))


def test_dropout_rate_is_the_argument():
    for build in (AlexNet, D2LAlexNet, OneTowerAlexNet, OneTowerLRNAlexNet):
        model = on_meta(lambda build=build: build(dropout=0.25))
        rates = [m.p for m in model.modules() if isinstance(m, nn.Dropout)]
        assert rates == [0.25, 0.25]


@pytest.mark.parametrize(
    ("build", "shape", "fits"),
    [
        (AlexNet, (1, 3, 64, 64), "196 to 227 px"),
        (AlexNet, (1, 3, 228, 227), "196 to 227 px"),
        (AlexNet, (1, 1, 224, 224), "built for 3 channel"),
        (D2LAlexNet, (1, 1, 227, 227), "193 to 224 px"),
        (OneTowerLRNAlexNet, (1, 3, 222, 222), "223 to 254 px"),
        (OneTowerAlexNet, (1, 3, 62, 100), "at least 63 px"),
        (LeNet, (1, 1, 32, 32), "28 to 31 px"),
        (LeNet5, (1, 1, 28, 28), "32 to 35 px"),
        (LeNet, (1, 28, 28), r"instead of \(N, 1, height, width\)"),
        (LeNet, (784,), r"instead of \(N, 1, height, width\)"),
    ],
)
def test_a_wrong_input_gives_one_sentence(build, shape, fits):
    with pytest.raises(ValueError, match=fits) as caught:
        on_meta(build)(torch.zeros(shape, device="meta"))
    assert str(shape) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("build", "smallest"), [(AlexNet, 52), (D2LAlexNet, 65), (LeNet, 12), (OneTowerLRNAlexNet, 63)]
)
def test_too_small_an_image_size_says_the_smallest(build, smallest):
    on_meta(lambda: build(image_size=smallest))
    with pytest.raises(ValueError, match=f"image_size must be at least {smallest}"):
        on_meta(lambda: build(image_size=smallest - 1))


def test_lenet5_has_the_paper_s_parts():
    assert sum(len(maps) for maps in C3_SEES) == 60
    assert [len(set(maps)) for maps in C3_SEES] == [3] * 6 + [4] * 9 + [6]
    assert len({frozenset(maps) for maps in C3_SEES}) == 16
    own = {name: parameters(layer) for name, layer in LeNet5().named_modules() if "." in name}
    expected = {"c1": 156, "s2": 12, "c3": 1_516, "s4": 32, "c5": 48_120, "f6": 10_164, "output": 0}
    assert {name.split(".")[1]: n for name, n in own.items() if "tanh" not in name} == expected
    tanh = ScaledTanh()(torch.tensor([1.0, -1.0]))
    assert torch.allclose(tanh, torch.tensor([1.0, -1.0]), atol=1e-4)


def test_lenet5_has_340_908_connections():
    table = layer_table(LeNet5(), (1, 32, 32)).set_index("layer")
    shapes = {name: torch.Size(shape) for name, shape in table["output"].items()}
    convolutions = [
        table.loc[name, "parameters"] * shapes[name][1:].numel()
        for name in ("features.c1", "features.c3", "features.c5")
    ]
    four_pixels_and_bias = 5
    subsampling = [
        shapes[name].numel() * four_pixels_and_bias for name in ("features.s2", "features.s4")
    ]
    assert convolutions == [122_304, 151_600, 48_120]
    assert subsampling == [5_880, 2_000]
    assert sum(convolutions) + sum(subsampling) + 10_164 + 84 * 10 == 340_908


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
    sparse(x).sum().backward()
    assert sparse.weight.grad.shape == (3, 5, 5)


def test_radial_basis_is_a_negated_squared_distance_to_fixed_codes():
    layer = RadialBasis(84, 10)
    assert set(layer.codes.unique().tolist()) == {-1.0, 1.0}
    assert len(layer.codes.unique(dim=0)) == 10
    assert torch.equal(layer.codes, RadialBasis(84, 10).codes)
    scores = layer(layer.codes)
    assert torch.equal(scores.argmax(1), torch.arange(10))
    assert torch.equal(scores.diagonal(), torch.zeros(10))
    assert list(layer.parameters()) == []


def test_a_gradient_reaches_every_parameter_of_lenet5():
    torch.manual_seed(0)
    model, x, y = LeNet5(), torch.randn(8, 1, 32, 32), torch.arange(8)
    nn.functional.cross_entropy(model(x), y).backward()
    assert [name for name, p in model.named_parameters() if not p.grad.any()] == []


def test_lenet_s_single_changes():
    model = LeNet(activation=nn.ReLU, pool=nn.MaxPool2d)
    kinds = {type(m) for m in model.modules()}
    assert {nn.ReLU, nn.MaxPool2d} <= kinds
    assert not {nn.Sigmoid, nn.AvgPool2d} & kinds
    assert parameters(model) == 61_706
