import pytest
import torch
from torch import nn
from torchvision.models import alexnet

from utils.compare import accepted_sizes, cost, difference, stages
from utils.models import AlexNet, D2LAlexNet, OneTowerAlexNet, OneTowerLRNAlexNet
from utils.relatives import ProgramAlexNet, caffe_alexnet


def on_meta(build):
    with torch.device("meta"):
        return build()


def reads(model, channels, side):
    """Whether a network really takes an image of this side."""
    try:
        return model(torch.zeros(1, channels, side, side, device="meta")).ndim == 2
    except (RuntimeError, ValueError):
        return False


def test_stages_in_short_words():
    found = stages(on_meta(AlexNet))
    assert found["conv1"] == "96 of 11×11×3, stride 4, rounded up"
    assert found["after conv1"] == "ReLU → LRN k=2 → max 3/2"
    assert found["conv2"] == "256 of 5×5×48, padding 2, 2 groups"
    assert found["after conv3"] == "ReLU"
    assert found["fc6"] == "9,216 to 4,096"
    assert list(found)[-2:] == ["after fc7", "fc8"]


def test_what_stands_before_the_first_layer_is_told():
    net = nn.Sequential(nn.Dropout(), nn.Conv2d(1, 2, 3), nn.AvgPool2d(2), nn.BatchNorm2d(2))
    assert stages(net) == {
        "after input": "Dropout",
        "conv1": "2 of 3×3×1",
        "after conv1": "average 2/2 → BatchNorm2d",
    }


def test_equal_networks_do_not_differ():
    assert difference(on_meta(OneTowerAlexNet), on_meta(alexnet)).empty


def test_the_program_differs_in_three_places():
    table = difference(on_meta(ProgramAlexNet), on_meta(AlexNet))
    assert list(table.index) == ["after conv1", "after conv2", "after conv5"]
    assert table.loc["after conv1", "model"] == "LRN k=2, per column → max 3/2 → ReLU"


def test_a_stage_that_one_network_lacks():
    table = difference(nn.Sequential(nn.Linear(2, 3)), nn.Sequential(nn.Linear(2, 3), nn.ReLU()))
    assert table.to_dict("index") == {"after fc6": {"reference": "ReLU", "model": "–"}}


@pytest.mark.parametrize(
    ("build", "channels", "side", "sizes"),
    [
        (AlexNet, 3, 224, (196, 227)),
        (caffe_alexnet, 3, 227, (199, 230)),
        (D2LAlexNet, 1, 224, (193, 224)),
        (OneTowerLRNAlexNet, 3, 224, (223, 254)),
        (alexnet, 3, 224, (63, None)),
    ],
)
def test_accepted_sizes_are_those_that_run(build, channels, side, sizes):
    model = on_meta(build)
    low, high = accepted_sizes(model, side)
    assert (low, high) == sizes
    assert reads(model, channels, low)
    assert not reads(model, channels, low - 1)
    assert reads(model, channels, high or 500)
    assert high is None or not reads(model, channels, high + 1)


def test_cost():
    found = cost(on_meta(AlexNet), (3, 224, 224))
    assert found == {"parameters": 60_965_224, "MACs": 724_406_816}
