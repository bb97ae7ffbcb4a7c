"""What the experiments measure, on few images and steps; their records are checked elsewhere."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from utils.analysis import dead_units
from utils.data import Labelled, fashion_mnist
from utils.experiments import activation_depth as depth
from utils.experiments import activation_fan_ins as fan_ins
from utils.experiments import activation_speed as speed
from utils.experiments import augmentation_colour as colour
from utils.experiments import augmentation_views as views
from utils.experiments import batch_sizes, dropout_beside, dropout_rates, schedules, sigmoid_start
from utils.experiments import features_made_or_learned as features
from utils.experiments.common import Sets, generator, lenet
from utils.experiments.selection import best_rates
from utils.nets import ACTIVATIONS, deep_mlp, four_layer_cnn
from utils.training import Recipe


def noise(count: int, *channels: int) -> Labelled:
    """Images that show nothing, with labels."""
    images = torch.randint(256, (count, *channels, 28, 28), generator=generator(0)).to(torch.uint8)
    return Labelled(images, torch.arange(count) % 10)


@pytest.fixture(scope="module")
def garments():
    return fashion_mnist(quiet=True)


def test_a_training_that_diverges_counts_as_guessing(monkeypatch):
    examples = noise(256)
    measured = depth.measure("ReLU, He", 8, 1e6, 0, examples, examples)
    assert (measured["loss"], measured["accuracy"]) == (None, 0.1)
    assert batch_sizes.measure(0, 1e30, 32, 1, Sets(*[examples] * 3))["test"] == 0.1
    assert dropout_rates.measure(0, 1e30, Sets(*[examples] * 3), budgets=(5,))["after"] == {}
    monkeypatch.setattr(colour, "RATES", (1e30,))
    measured = colour.best("√λ, 0.1", 3, 0, Sets(*[noise(128, 3)] * 3))
    assert set(measured["tests"].values()) == {0.1}


# --- Features made by hand or learned


def test_a_seed_gives_the_same_features_again_and_another_seed_other_images(monkeypatch, garments):
    few = {arm: settings[:1] for arm, settings in features.TRIED.items()}
    monkeypatch.setattr(features, "TRIED", few)
    monkeypatch.setattr(features, "EPOCHS", {60: 1})
    monkeypatch.setattr(features, "fashion_mnist", lambda quiet: garments)
    monkeypatch.setattr(features, "time", SimpleNamespace(process_time=lambda: 0))
    first, again, other = (features.run(seed, (60,), test_images=40) for seed in (0, 0, 1))
    assert first == again
    assert first != other
    for (measured,) in first.values():
        assert measured["images"] == 60
        assert measured["kept"].items() <= measured["tries"][0].items()
        assert 0 <= measured["test"] <= 1


def test_the_best_on_the_held_out_fifth_is_kept(monkeypatch):
    seen = []

    def fit(arm, setting, x, labels, seed, epochs):
        seen.append((setting["C"], len(labels)))
        right = labels[0].item() if setting["C"] == 0.01 else -1
        return lambda x: np.full(len(x), right)

    monkeypatch.setattr(features, "fit", fit)
    monkeypatch.setattr(features, "EPOCHS", {50: 1})
    ones = Labelled(torch.zeros(50, 28, 28, dtype=torch.uint8), torch.ones(50).long())
    measured = features.measure("raw pixels", ones, ones, 0, {})
    assert measured["kept"] == {"C": 0.01}
    assert seen == [(0.001, 40), (0.01, 40), (0.1, 40), (0.01, 50)]
    assert measured["test"] == 1


# --- Activations


def test_errors_fall_and_end_at_the_last_target_or_where_the_rate_is_too_high(
    monkeypatch, garments
):
    monkeypatch.setattr(speed, "fashion_mnist", lambda quiet: garments)
    monkeypatch.setattr(speed, "LAST_TARGET", 0.5)
    errors = speed.errors(0, "unit", "scaled", "tanh", 0.05, probe_images=200)
    assert errors[-1] <= 0.5 < min(errors[:-1], default=1)
    assert speed.steps_to(errors, 0.5) == speed.PROBES[len(errors) - 1]
    assert speed.steps_to(errors, 0.0) is None
    errors = speed.errors(0, "raw", "scaled", "ReLU", 1e30, probe_images=100)
    assert len(errors) < len(speed.PROBES)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_plain_networks_have_the_layers_and_units_that_they_are_told(activation):
    kinds = [type(layer) for layer in deep_mlp(activation, depth=7, width=16)]
    assert kinds.count(nn.Linear) == 8
    assert kinds.count(ACTIVATIONS[activation]) == 7
    kinds = [type(layer) for layer in four_layer_cnn(activation)]
    assert kinds.count(ACTIVATIONS[activation]) == 3


def test_raw_pixels_are_those_of_the_paper():
    net = speed.network(0, "raw", "0.01", "ReLU")
    white = (1 - 0.2860406) / 0.3530242  # a white pixel, normalised
    assert net[0](torch.tensor(white)).item() == pytest.approx(255 * (1 - 0.2860406), rel=1e-5)
    assert net[1][3].weight.std().item() == pytest.approx(0.01, rel=0.05)


def test_a_spread_fitted_to_the_paper_s_fan_ins_passes_on_as_much(monkeypatch, garments):
    layers = [layer for layer in fan_ins.network(0, "tanh").modules() if hasattr(layer, "weight")]
    for layer, inputs in zip(layers, (363, 1200, 2304, 4096), strict=True):
        gain = layer.weight[0].numel() ** 0.5 * layer.weight.std().item()
        assert gain == pytest.approx(0.01 * inputs**0.5, rel=0.15)
    monkeypatch.setattr(fan_ins, "fashion_mnist", lambda quiet: garments)
    monkeypatch.setattr(fan_ins, "LAST_TARGET", 0.5)
    errors = fan_ins.errors(0, "tanh", 0.02, probe_images=200)
    assert errors[-1] <= 0.5 < min(errors[:-1], default=1)
    monkeypatch.setattr(fan_ins, "errors", lambda *settings: [settings])
    arms = fan_ins.run(3)
    assert [*arms] == ["raw, fan-ins, tanh", "raw, fan-ins, ReLU"]
    for arm, activation in zip(arms.values(), speed.ACTIVATIONS, strict=True):
        assert arm["0.005"] == [(3, activation, 0.005, 1_000)]


def test_depth_measures_and_counts_dead_units(monkeypatch):
    monkeypatch.setattr(depth, "PROBES", (0, 2))
    examples = noise(256)
    measured = depth.measure("ReLU, He", 4, 0.01, 0, examples, examples)
    assert math.isfinite(measured["loss"])
    assert len(measured["dead"]) == 2
    assert depth.measure("tanh, Xavier", 4, 0.01, 0, examples, examples)["dead"] == []
    layer = nn.Linear(28 * 28, 4)
    nn.init.zeros_(layer.weight)
    layer.bias.data = torch.tensor([-1.0, 1.0, 1.0, 0.0])
    net = nn.Sequential(nn.Flatten(), layer, nn.ReLU())
    assert dead_units(net, noise(10)[0]) == 0.5, "two of the four are zero on every image"


def test_the_tutorial_s_sigmoid_network_stops_when_it_has_learned(monkeypatch):
    layers = [layer for layer in sigmoid_start.network() if isinstance(layer, nn.Linear)]
    assert [layer.out_features for layer in layers] == [512, 256, 256, 128, 10]
    data = SimpleNamespace(train=noise(10_600))
    monkeypatch.setattr(sigmoid_start, "fashion_mnist", lambda quiet: data)
    start = sigmoid_start.run(0, epochs=2, enough=0.01)["sigmoid"]  # guessing is enough
    assert len(start["validation"]) == len(start["losses"]) == 1


# --- Dropout


def test_a_network_with_dropout_is_measured_at_its_budgets_and_on_the_way(monkeypatch):
    monkeypatch.setattr(dropout_rates, "PROBES", (1, 3))
    sets = Sets(*[noise(64)] * 3)
    measured = dropout_rates.measure(0, 0.01, sets, budgets=(5, 6))
    assert [row[0] for row in measured["probes"]] == [1, 3]
    assert list(measured["after"]) == ["5", "6"]
    assert measured["after"]["6"]["train"] == measured["after"]["6"]["test"]
    assert set(measured["averages"]) == {"weight scaling", "1", "3", "10", "30"}
    assert "averages" not in dropout_rates.measure(0, 0.01, sets, p=0.0, budgets=(5,))


def test_two_fifths_of_the_labels_are_drawn_anew_and_the_way_is_kept_where_they_are_wrong():
    labels = torch.arange(10).repeat(1000)
    redrawn = dropout_beside.mislabelled(labels, seed=0)
    assert (redrawn != labels).float().mean().item() == pytest.approx(0.4 * 0.9, abs=0.02)
    assert torch.equal(redrawn, dropout_beside.mislabelled(labels, seed=0))
    assert not torch.equal(redrawn, dropout_beside.mislabelled(labels, seed=1))
    sets = Sets(*[noise(64)] * 3)
    assert dropout_beside.one(0, sets, p=0.5, epochs=5).keys() == sets._asdict().keys()
    scores = dropout_beside.one(0, sets, wrong=True, epochs=5)
    assert scores.keys() == sets._asdict().keys() | {"probes"}
    assert scores["train"] != scores["test"]  # the same images, other labels


# --- Augmentation


def test_moved_images_stay_whole_up_to_the_rim():
    images = torch.zeros(8, 28, 28, dtype=torch.uint8)
    images[:, 10:18, 10:18] = 255
    x = views.normalised(images)
    moved = views.moved(x, 4, seed=0)
    assert moved.shape == x.shape
    assert torch.allclose(moved.flatten(1).sort().values, x.flatten(1).sort().values)
    assert not torch.allclose(moved, x)
    assert torch.equal(moved, views.moved(x, 4, seed=0))


def test_views_are_averages_of_probabilities_and_every_part_is_measured():
    net, (images, _) = views.network(0), noise(20)
    averaged = views.views(net, images)
    for name in ("centre", "centre, mirrored too", "five crops", "ten crops"):
        assert torch.allclose(averaged[name].sum(1), torch.ones(20), atol=1e-5)
    x = views.normalised(images)
    assert torch.allclose(averaged["centre"], views.softmax(net, x), atol=1e-2)
    both = (averaged["centre"] + views.softmax(net, x.flip(-1))) / 2
    assert torch.allclose(averaged["centre, mirrored too"], both, atol=1e-2)
    sets = Sets(*[noise(300)] * 3)
    net, rate, scores = views.best_network(1, (0.03,), 0, sets, **views.ARMS["both"])
    measured = views.measure(net, *sets[:2], seed=0)
    assert rate == 0.03 and 0 <= scores["0.03"] <= 1
    assert measured["tests"]["as they are"] == measured["views"]["centre"]
    assert len(measured["classes"]["mirrored"]) == 10
    assert len(views.chirality(0, *sets[:2], epochs=1)) == 10


def test_colours_say_nothing_of_the_class_and_noise_has_its_unit():
    images = torch.full((6, 4, 4), 200, dtype=torch.uint8)
    images[:, :2] = 0
    coloured, _ = colour.coloured(Labelled(images, torch.zeros(6)), generator(0))
    assert coloured.shape == (6, 3, 4, 4)
    assert coloured[:, :, 2:].min() >= 0.4 * 200 - 1
    root, strong, literal = (colour.noise(arm, coloured) for arm in colour.ARMS[1:])
    assert torch.allclose(strong, 5 * root)
    assert literal.norm() > 20 * root.norm()
    assert colour.noise("no noise", coloured) is None


# --- The size of a batch, and the learning rate


def test_a_batch_size_is_measured_with_its_updates_and_keeps_the_best_rate_in_validation():
    measured = batch_sizes.measure(0, 0.01, 32, 2, Sets(*[noise(96)] * 3))
    assert measured["updates"] == 6
    assert measured["validation"] == measured["test"]
    rates = {str(rate): {"validation": float(rate == 0.01)} for rate in batch_sizes.RATES}
    runs = [{"arms": dict.fromkeys(batch_sizes.ARMS, rates)}]
    assert set(best_rates(runs).values()) == {"0.01"}


def test_the_schedules_part_at_the_first_drop_with_a_row_an_epoch(monkeypatch):
    data = SimpleNamespace(train=noise(260), test=noise(96))
    monkeypatch.setattr("utils.experiments.common.fashion_mnist", lambda quiet: data)
    monkeypatch.setattr(schedules, "SHORTER", 12)  # drops after 2, 4 and 6 epochs of 8
    measured = schedules.run(0, examples=128, validation=100)
    assert {len(rows) for rows in measured.values()} == {8}
    dropped, undropped = measured["by hand, as in 2012"], measured["never dropped"]
    assert dropped[:2] == undropped[:2]
    assert dropped[2:] != undropped[2:]
    recipe = Recipe(epochs=1, lr=0.01, image_size=28)
    (row,) = schedules.stretch(lenet(0), Sets(*[noise(96)] * 3), recipe)
    assert row["training loss"] == row["validation loss"]
