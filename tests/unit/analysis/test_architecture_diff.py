"""Stages of networks in short words; chapter 9's checked tables have those of its networks."""

from torch import nn

from utils.analysis import difference, stages


def test_what_stands_before_the_first_layer_is_reported():
    net = nn.Sequential(nn.Dropout(), nn.Conv2d(1, 2, 3), nn.AvgPool2d(2), nn.BatchNorm2d(2))
    assert stages(net) == {
        "after input": "Dropout",
        "conv1": "2 of 3×3×1",
        "after conv1": "average 2/2 → BatchNorm2d",
    }


def test_a_stage_that_one_network_lacks():
    table = difference(nn.Sequential(nn.Linear(2, 3)), nn.Sequential(nn.Linear(2, 3), nn.ReLU()))
    assert table.to_dict("index") == {"after fc6": {"reference": "ReLU", "model": "–"}}
