"""The experiment of chapter 1: fair, repeatable, and what its figures mean."""

import numpy as np
import pytest
import torch

from utils.data import fashion_mnist
from utils.experiments import features_made_or_learned as experiment


@pytest.fixture
def small(monkeypatch):
    """One setting an arm, and one epoch of the CNN."""
    few = {arm: settings[:1] for arm, settings in experiment.TRIED.items()}
    monkeypatch.setattr(experiment, "TRIED", few)
    monkeypatch.setattr(experiment, "EPOCHS", {60: 1})
    return lambda seed: experiment.run(seed, sizes=(60,), test_images=40)


def without_seconds(measured):
    timed = ("fit seconds", "tuning seconds", "ms an image")
    return {
        arm: [{key: one[key] for key in one.keys() - timed} for one in sizes]
        for arm, sizes in measured.items()
    }


def test_a_seed_gives_the_same_again_and_another_seed_other_images(small):
    first = without_seconds(small(0))
    assert first == without_seconds(small(0))
    assert first != without_seconds(small(1))
    for (found,) in first.values():
        assert found["images"] == 60
        assert found["kept"].items() <= found["tries"][0].items()
        assert 0 <= found["test"] <= 1


def test_the_best_on_the_held_out_fifth_is_kept(monkeypatch):
    seen = []

    def fit(arm, setting, x, labels, seed, epochs):
        seen.append((setting["C"], len(labels)))
        right = labels[0].item() if setting["C"] == 0.01 else -1
        return lambda x: np.full(len(x), right)

    monkeypatch.setattr(experiment, "fit", fit)
    monkeypatch.setattr(experiment, "EPOCHS", {50: 1})
    images, labels = torch.zeros(50, 28, 28, dtype=torch.uint8), torch.ones(50).long()
    found = experiment.measure("raw pixels", images, labels, (images, labels), 0, {})
    assert found["kept"] == {"C": 0.01}
    assert seen == [(0.001, 40), (0.01, 40), (0.1, 40), (0.01, 50)]
    assert found["test"] == 1


@pytest.mark.parametrize(("cell", "features"), [(3, 2304), (4, 1296), (7, 324)])
def test_hog_has_nine_directions_in_blocks_of_four_cells(cell, features):
    found = experiment.hog_features(fashion_mnist(quiet=True).test_images[:2], cell)
    blocks = 28 // cell - 1
    assert found.shape == (2, features) == (2, blocks**2 * 4 * 9)
    assert found.dtype == np.float32
