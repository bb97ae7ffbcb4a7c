"""Chapter 6's small network, averages over its thinned networks, and calibration."""

import itertools

import pytest
import torch
from torch import nn

from utils.analysis import calibration_error, forecast_scores, thinned_averages
from utils.nets import dropout_net


@pytest.mark.parametrize(("before", "follows"), [(False, nn.ReLU), (True, nn.Linear)])
def test_dropout_stands_behind_or_before_the_layers(before, follows):
    classifier = dropout_net(0.3, before=before).classifier
    places = [i for i, layer in enumerate(classifier) if isinstance(layer, nn.Dropout)]
    neighbours = [classifier[i + 1 if before else i - 1] for i in places]
    assert [type(layer) for layer in neighbours] == [follows] * 2
    assert [classifier[i].p for i in places] == [0.3, 0.3]
    assert sum(p.numel() for p in dropout_net().parameters()) == 476_522


def test_averages_come_near_the_mean_over_all_masks():
    torch.manual_seed(0)
    net = dropout_net(0.5, width=3)
    x = torch.randn(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    classifier, all_masks = net.classifier, []
    with torch.no_grad():
        features = net.eval().features(x)
        for first in itertools.product((0.0, 2.0), repeat=3):
            hidden = classifier[:2](features) * torch.tensor(first)
            above = classifier[3:5](hidden)
            for second in itertools.product((0.0, 2.0), repeat=3):
                all_masks.append(classifier[6](above * torch.tensor(second)).softmax(1))
    state = torch.get_rng_state()
    means = thinned_averages(net, x, (1, 4000))
    assert torch.equal(torch.get_rng_state(), state)
    assert not net.training
    exact = torch.stack(all_masks).mean(0)
    assert (means[4000] - exact).abs().max() < 0.01
    assert torch.equal(means[1], thinned_averages(net, x, (1,))[1])


def test_calibration_is_the_gap_of_confidence_and_accuracy():
    forecasts = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    labels = torch.tensor([0, 1, 0, 1])
    # Two forecasts of 0.9, half of them right; two of 0.6, both right.
    assert calibration_error(forecasts, labels) == pytest.approx((0.4 + 0.4) / 2)
    sure = torch.eye(2)[labels]
    assert forecast_scores(sure, labels) == pytest.approx(
        {"loss": 0, "accuracy": 1, "calibration": 0}
    )
