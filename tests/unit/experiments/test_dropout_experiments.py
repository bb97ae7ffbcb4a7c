"""Chapter 6: the small network, averages over its thinned networks, calibration, experiments."""

import itertools

import pytest
import torch
from torch import nn

from utils.data import batches
from utils.dropout import averages, calibration_error, dropout_net, scores
from utils.experiments import dropout_beside, dropout_rates


def images(count: int = 256) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return torch.randint(256, (count, 28, 28), dtype=torch.uint8, generator=draw), torch.arange(
        count
    ) % 10


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
    x, _ = next(batches(*images(4), 4))
    classifier, all_masks = net.classifier, []
    with torch.no_grad():
        features = net.eval().features(x)
        for first in itertools.product((0.0, 2.0), repeat=3):
            hidden = classifier[:2](features) * torch.tensor(first)
            above = classifier[3:5](hidden)
            for second in itertools.product((0.0, 2.0), repeat=3):
                all_masks.append(classifier[6](above * torch.tensor(second)).softmax(1))
    state = torch.get_rng_state()
    found = averages(net, x, (1, 4000))
    assert torch.equal(torch.get_rng_state(), state)
    assert not net.training
    exact = torch.stack(all_masks).mean(0)
    assert (found[4000] - exact).abs().max() < 0.01
    assert torch.equal(found[1], averages(net, x, (1,))[1])


def test_calibration_is_the_gap_of_confidence_and_accuracy():
    forecasts = torch.tensor([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    labels = torch.tensor([0, 1, 0, 1])
    # Two forecasts of 0.9, half of them right; two of 0.6, both right.
    assert calibration_error(forecasts, labels) == pytest.approx((0.4 + 0.4) / 2)
    sure = torch.eye(2)[labels]
    assert scores(sure, labels) == pytest.approx({"loss": 0, "accuracy": 1, "calibration": 0})


def test_an_arm_is_measured_at_its_budgets_and_on_the_way(monkeypatch):
    monkeypatch.setattr(dropout_rates, "PROBES", (1, 3))
    some = images()
    found = dropout_rates.measure(0, 0.01, some, some, some, budgets=(5, 6))
    assert [row[0] for row in found["probes"]] == [1, 3]
    assert list(found["after"]) == ["5", "6"]
    assert found["after"]["6"]["train"] == found["after"]["6"]["test"]
    assert set(found["averages"]) == {"weight scaling", "1", "3", "10", "30"}
    assert "averages" not in dropout_rates.measure(0, 0.01, some, some, some, p=0.0, budgets=(5,))


def test_what_diverges_has_no_scores():
    some = images()
    assert dropout_rates.measure(0, 1e30, some, some, some, budgets=(5,))["after"] == {}


def test_two_fifths_of_the_labels_are_drawn_anew():
    labels = torch.arange(10).repeat(1000)
    drawn = dropout_beside.mislabelled(labels, seed=0)
    assert (drawn != labels).float().mean().item() == pytest.approx(0.4 * 0.9, abs=0.02)
    assert torch.equal(drawn, dropout_beside.mislabelled(labels, seed=0))
    assert not torch.equal(drawn, dropout_beside.mislabelled(labels, seed=1))


def test_the_way_is_kept_where_labels_are_wrong():
    some = images(64)
    sets = {"train", "validation", "test"}
    assert set(dropout_beside.one(0, some, some, some, p=0.5, epochs=5)) == sets
    found = dropout_beside.one(0, some, some, some, wrong=True, epochs=5)
    assert set(found) == sets | {"probes"}
    assert found["train"] != found["test"]  # the same images, other labels
