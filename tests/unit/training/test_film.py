"""A film shows what the network was at each step, and leaves the training as it would have been."""

import numpy as np
import pytest
import torch

from utils import film, records
from utils.data import fashion_mnist
from utils.initialisation import initialise
from utils.models import AlexNet
from utils.settings import Profile
from utils.training import Recipe, train

CPU = Profile("quick", torch.device("cpu"), torch.float32)


def network() -> AlexNet:
    model = AlexNet(10, in_channels=1, image_size=64, width=0.125, lrn=None)
    return initialise(model, "he", torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def clothes():
    data = fashion_mnist(quiet=True)
    return [tuple(part[:n] for part in pair) for pair, n in ((data.train, 640), (data.test, 300))]


@pytest.fixture(scope="module")
def filmed(clothes):
    """A short run with frames at steps 0, 2 and 10 of 10."""
    recipe = Recipe(epochs=1, batch_size=64)
    camera, model = film.Film(clothes[1], recipe, steps=(0, 2, 10, 99)), network()
    history = train(model, *clothes, recipe, CPU, watch=camera)
    return camera, model, history


def test_frames_are_taken_at_the_steps_and_change_nothing(filmed, clothes):
    camera, _, history = filmed
    assert [frame["step"] for frame in camera.frames] == [0, 2, 10]
    assert camera.history is history
    alone = train(network(), *clothes, Recipe(epochs=1, batch_size=64), CPU)  # dropout included
    assert alone.losses == history.losses


def test_a_frame_holds_the_filters_to_half_a_step_and_counts_the_answers(filmed, clothes):
    camera, model, history = filmed
    for frame, net in ((camera.frames[0], network()), (camera.frames[-1], model)):
        weights, scale = net.features.conv1.weight, frame["largest weight"] / 127
        stored = records.unpack(frame["filters"]) * scale
        assert stored.shape == tuple(weights.shape)
        error = np.abs(stored - weights.detach().numpy()).max()
        assert error <= 0.51 * scale + 1e-5 * frame["largest weight"] * 127
    counts = records.unpack(camera.frames[-1]["confusion"])
    np.testing.assert_array_equal(counts.sum(1), clothes[1][1].bincount(minlength=10))
    assert counts.trace() / counts.sum() == pytest.approx(history.test_accuracy, abs=1e-5)
    assert camera.frames[-1]["test accuracy"] == pytest.approx(history.test_accuracy, abs=1e-5)
