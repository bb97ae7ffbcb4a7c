import pytest
import torch
from torch import nn

from utils.relatives import MapResponseNorm, ProgramAlexNet, caffe_alexnet, one_gpu_alexnet
from utils.shapes import layer_table


def on_meta(build):
    with torch.device("meta"):
        return build()


@pytest.mark.parametrize(
    ("build", "side", "parameters"),
    [
        (ProgramAlexNet, 224, 60_965_224),
        (caffe_alexnet, 227, 60_965_224),
        (one_gpu_alexnet, 224, 59_798_312),
    ],
)
def test_maps_are_the_paper_s_and_the_count_is_known(build, side, parameters):
    model = on_meta(build)
    table = layer_table(model, (3, side, side))
    assert sum(p.numel() for p in model.parameters()) == parameters
    sides = [shape[-1] for shape in table["output"] if len(shape) == 3]
    assert sorted(set(sides), reverse=True) == [55, 27, 13, 6]


def test_the_program_s_order():
    names = [name for name, _ in on_meta(ProgramAlexNet).features.named_children()]
    assert names[:4] == ["conv1", "norm1", "pool1", "relu1"]
    assert names[4:9] == ["conv2", "relu2", "norm2", "map_norm2", "pool2"]
    assert names[-3:] == ["conv5", "pool5", "relu5"]


def test_caffe_needs_227_px_and_has_k_1():
    model = on_meta(caffe_alexnet)
    assert model.features.norm1.k == model.features.norm2.k == 1
    assert type(model.features.conv1) is nn.Conv2d
    assert layer_table(model, (3, 227, 227))["output"].iloc[0] == (96, 55, 55)


def test_small_program_runs():
    model = ProgramAlexNet(num_classes=7, in_channels=1, image_size=96, width=0.25)
    assert model(torch.zeros(2, 1, 96, 96)).shape == (2, 7)


def test_normalisation_within_a_map():
    torch.manual_seed(0)
    x = 10 * torch.rand(2, 3, 6, 7, dtype=torch.float64)
    norm = MapResponseNorm(size=3, alpha=0.5, beta=0.75, k=2)
    squares = nn.functional.pad(x.square(), (1, 1, 1, 1))
    expected = torch.empty_like(x)
    for i in range(6):
        for j in range(7):
            around = squares[:, :, i : i + 3, j : j + 3].sum((2, 3))
            expected[:, :, i, j] = x[:, :, i, j] / (2 + 0.5 / 9 * around) ** 0.75
    assert torch.allclose(norm(x), expected)
    assert "alpha=0.5" in repr(norm)
