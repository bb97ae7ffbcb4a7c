import pytest
from torch import nn

from tests.support.networks import on_meta
from utils.compare import difference, stages
from utils.models import AlexNet
from utils.relatives import ProgramAlexNet, caffe_alexnet

PROGRAM = {
    "after conv1": "LRN k=2, per column → max 3/2 → ReLU",
    "after conv2": "ReLU → LRN k=2, per column → norm within maps → max 3/2",
    "after conv5": "max 3/2 → ReLU",
}
CAFFE = {
    "conv1": "96 of 11×11×3, stride 4",
    "after conv1": "ReLU → LRN k=1 → max 3/2",
    "after conv2": "ReLU → LRN k=1 → max 3/2",
}


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


def test_a_stage_that_one_network_lacks():
    table = difference(nn.Sequential(nn.Linear(2, 3)), nn.Sequential(nn.Linear(2, 3), nn.ReLU()))
    assert table.to_dict("index") == {"after fc6": {"reference": "ReLU", "model": "–"}}


@pytest.mark.parametrize(
    ("build", "differing"), [(ProgramAlexNet, PROGRAM), (caffe_alexnet, CAFFE)]
)
def test_program_and_caffe_differ_from_the_paper_in_three_stages(build, differing):
    found = difference(on_meta(build), on_meta(AlexNet))["model"]
    assert list(found.items()) == list(differing.items())
