"""Every AlexNet and LeNet: layers, counts, the images that it reads or refuses, and its options."""

from functools import partial

import pytest
import torch
from torch import nn

from tests.support.networks import GOLDEN, on_meta
from utils.analysis import accepted_sizes, cost
from utils.nets import (
    AlexNet,
    D2LAlexNet,
    LeNet,
    LeNet5,
    OneTowerAlexNet,
    ProgramAlexNet,
    caffe_alexnet,
    layer_table,
    one_gpu_alexnet,
    repaired_tutorial_alexnet,
)

UNGROUPED = (62_378_344, 1_135_256_096)
TOWER_WITH_LRN = partial(OneTowerAlexNet, lrn=True)

# The network, the golden entry of its layers, channels and side of its input, parameters and MACs,
# smallest and largest side that it reads.
NETWORKS = {
    "paper": (AlexNet, "paper_grouped", (3, 224), (60_965_224, 724_406_816), (196, 227)),
    "one group": (partial(AlexNet, groups=1), "paper_ungrouped", (3, 224), UNGROUPED, (196, 227)),
    "repaired": (
        repaired_tutorial_alexnet, "paper_ungrouped", (3, 227), UNGROUPED, (227, 258)
    ),
    "program": (ProgramAlexNet, None, (3, 224), (60_965_224, 724_406_816), (196, 227)),
    "Caffe": (caffe_alexnet, "paper_grouped", (3, 227), (60_965_224, 724_406_816), (199, 230)),
    "one GPU": (one_gpu_alexnet, None, (3, 224), (59_798_312, 391_514_384), (196, 227)),
    "one tower": (OneTowerAlexNet, "torchvision", (3, 224), (61_100_840, 714_188_480), (63, None)),
    "one tower, 384": (
        partial(OneTowerAlexNet, conv4=384), None, (3, 224), (61_838_248, 838_788_800), (63, None)
    ),
    "tutorial with LRN": (
        TOWER_WITH_LRN, "tutorial_with_lrn", (3, 224), (61_100_840, 714_188_480), (223, 254)
    ),
    "d2l": (D2LAlexNet, "d2l", (1, 224), (46_764_746, 938_146_176), (193, 224)),
    "LeNet": (LeNet, "lenet", (1, 28), (61_706, 416_520), (28, 31)),
    "LeNet-5": (LeNet5, None, (1, 32), (60_000, 325_680), (32, 35)),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_layers_counts_and_sizes_are_the_known_ones(name, monkeypatch):
    monkeypatch.setattr("utils.nets.base.SIZES", range(1, 400))  # messages look through fewer
    build, entry, (channels, side), (parameters, macs), (low, high) = NETWORKS[name]
    with torch.device("cpu" if name == "LeNet-5" else "meta"):  # its codes are fixed numbers
        model = build()
        assert sum(p.numel() for p in model.parameters()) == parameters
        assert cost(model, (channels, side, side)) == {"parameters": parameters, "MACs": macs}
        assert accepted_sizes(model, side) == (low, high)
        for n in (low, high or 500):
            assert model(torch.zeros(2, channels, n, n)).ndim == 2, n
        for n in (low - 1, high + 1) if high else (low - 1,):
            words = f"{low} to {high} px" if high else f"at least {low} px"
            with pytest.raises(ValueError, match=words):
                model(torch.zeros(1, channels, n, n))
    if entry:
        golden = GOLDEN[entry]
        for n in {side, golden["input"][2]}:  # the paper's network reads 224 and 227 px
            table = layer_table(model, (channels, n, n))
            rows = zip(table["kind"], table["output"], strict=True)
            assert [[kind.removeprefix("Ceil"), [1, *o]] for kind, o in rows] == golden["shapes"]
        weighted = table["parameters"][table["parameters"] > 0]
        assert list(weighted) == list(golden["per_layer"].values())


@pytest.mark.parametrize(
    ("build", "shape", "fits"),
    [
        (AlexNet, (1, 3, 228, 227), "196 to 227 px"),
        (AlexNet, (1, 1, 224, 224), "built for 3 channel"),
        (OneTowerAlexNet, (1, 3, 62, 100), "at least 63 px"),
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
    ("build", "smallest"), [(AlexNet, 52), (D2LAlexNet, 65), (LeNet, 12), (TOWER_WITH_LRN, 63)]
)
def test_too_small_an_image_size_says_the_smallest(build, smallest):
    on_meta(build, image_size=smallest)
    with pytest.raises(ValueError, match=f"image_size must be at least {smallest}"):
        on_meta(build, image_size=smallest - 1)


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
        *(partial(AlexNet, lrn=lrn) for lrn in ("all", "columns")),
        *(ProgramAlexNet, D2LAlexNet, TOWER_WITH_LRN, OneTowerAlexNet),
    ],
)
def test_small_versions_run(build, memory_format):
    model = build(num_classes=7, in_channels=1, image_size=96, width=0.25, dropout=0.1)
    assert [m.p for m in model.modules() if isinstance(m, nn.Dropout)] == [0.1, 0.1]
    x = torch.zeros(2, 1, 96, 96).to(memory_format=memory_format)
    assert model.to(memory_format=memory_format)(x).shape == (2, 7)


def test_without_response_norm_there_is_none():
    model = on_meta(AlexNet, lrn=None)
    assert not any(isinstance(m, nn.LocalResponseNorm) for m in model.modules())
    with pytest.raises(ValueError, match='use "all", "columns" or None'):
        AlexNet(lrn="some")
