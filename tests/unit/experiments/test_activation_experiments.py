"""What the experiments of chapter 4 do, on few steps; their records are checked elsewhere."""

import math

import pytest
import torch
from torch import nn

from utils.experiments import activation_depth, activation_speed, sigmoid_start
from utils.probes import dead_units


def test_errors_fall_and_end_at_the_last_target(monkeypatch):
    monkeypatch.setattr(activation_speed, "LAST_TARGET", 0.5)
    errors = activation_speed.errors(0, "unit", "scaled", "tanh", 0.05, probe_images=200)
    assert errors[-1] <= 0.5 < min(errors[:-1], default=1)
    assert activation_speed.steps_to(errors, 0.5) == activation_speed.PROBES[len(errors) - 1]
    assert activation_speed.steps_to(errors, 0.0) is None


def test_a_rate_that_is_too_high_ends_the_list_early():
    errors = activation_speed.errors(0, "raw", "scaled", "ReLU", 1e30, probe_images=100)
    assert len(errors) < len(activation_speed.PROBES)


def test_raw_pixels_are_those_of_the_paper():
    net = activation_speed.network(0, "raw", "0.01", "ReLU")
    white = (1 - 0.2860406) / 0.3530242  # a white pixel, normalised
    assert net[0](torch.tensor(white)).item() == pytest.approx(255 * (1 - 0.2860406), rel=1e-5)
    assert net[1][3].weight.std().item() == pytest.approx(0.01, rel=0.05)


def test_depth_measures_and_counts_dead_units(monkeypatch):
    monkeypatch.setattr(activation_depth, "PROBES", (0, 2))
    images = torch.randint(256, (256, 28, 28), dtype=torch.uint8)
    some = images, torch.arange(256) % 10
    measured = activation_depth.measure("ReLU, He", 4, 0.01, 0, some, some)
    assert math.isfinite(measured["loss"])
    assert len(measured["dead"]) == 2
    assert activation_depth.measure("tanh, Xavier", 4, 0.01, 0, some, some)["dead"] == []


def test_a_training_that_diverges_counts_as_guessing():
    images = torch.randint(256, (256, 28, 28), dtype=torch.uint8)
    some = images, torch.arange(256) % 10
    measured = activation_depth.measure("ReLU, He", 8, 1e6, 0, some, some)
    assert measured["loss"] is None
    assert measured["accuracy"] == 0.1


def test_dead_units_are_zero_on_every_image():
    layer = nn.Linear(28 * 28, 4)
    nn.init.zeros_(layer.weight)
    layer.bias.data = torch.tensor([-1.0, 1.0, 1.0, 0.0])
    images = torch.randint(256, (10, 28, 28), dtype=torch.uint8)
    assert dead_units(nn.Sequential(nn.Flatten(), layer, nn.ReLU()), images) == 0.5


def test_the_sigmoid_network_is_the_tutorial_s():
    sizes = [
        layer.out_features for layer in sigmoid_start.network() if isinstance(layer, nn.Linear)
    ]
    assert sizes == [512, 256, 256, 128, 10]


def test_the_sigmoid_training_stops_when_it_has_learned():
    found = sigmoid_start.run(0, epochs=2, enough=0.01)["sigmoid"]  # guessing is enough
    assert len(found["validation"]) == len(found["losses"]) == 1
