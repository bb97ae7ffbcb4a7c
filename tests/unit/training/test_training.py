"""The training loop learns, is the textbook's, and is changed by nobody who watches it."""

import inspect
import math
from dataclasses import replace
from functools import partial
from unittest.mock import Mock

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from utils import records
from utils.data import fashion_mnist
from utils.nets import AlexNet, initialise
from utils.system import CPU
from utils.training import (
    Recipe,
    Snapshots,
    evaluate,
    learning_rate,
    predict,
    train,
    train_one_epoch,
)

SMALL = Recipe(epochs=4, batch_size=32, lr=0.02)
TEN = Recipe(epochs=1, batch_size=100)


@pytest.fixture(scope="module")
def clothes():
    """The first 1,000 training and 500 test images."""
    data = fashion_mnist(quiet=True)
    return data.train.first(1000), data.test.first(500)


def network(dropout: float = 0.0) -> AlexNet:
    model = AlexNet(10, in_channels=1, image_size=64, width=0.125, lrn=None, dropout=dropout)
    return initialise(model, "he", torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def plain(clothes):
    """The history of ten steps with dropout, for what must not change it."""
    return train(network(dropout=0.5), *clothes, TEN, CPU)


def test_training_learns_and_remembers(clothes):
    model = network()
    history = train(model, *clothes, SMALL, CPU)
    assert len(history.losses) == 4 * math.ceil(1000 / 32)
    assert [row["epoch"] for row in history.epochs] == [1, 2, 3, 4]
    assert history.epochs[-1]["test loss"] < math.log(10)
    assert history.test_accuracy > 0.4  # guessing gives 0.1
    assert evaluate(model, clothes[1], SMALL, CPU)[1] == history.test_accuracy
    first_epoch = history.losses[: math.ceil(1000 / 32)]
    assert history.epochs[0]["train loss"] == pytest.approx(sum(first_epoch) / len(first_epoch))
    record = history.as_dict(every=10)
    assert record["recipe"]["lr"] == SMALL.lr
    assert len(record["losses"]) == math.ceil(4 * math.ceil(1000 / 32) / 10)
    assert record["losses_every"] == 10


def test_a_watcher_sees_every_step_and_snapshots_take_their_frames(clothes, plain, monkeypatch):
    """The seed decides alone: who looks on changes nothing."""
    # The answers in the frames, too.
    monkeypatch.setattr("utils.training.loop.default_profile", lambda: CPU)
    seen, model = [], network(dropout=0.5)
    snapshots = Snapshots(clothes[1], TEN, steps=(0, 2, 10, 99))

    def callback(history, model):
        seen.append(len(history.losses))
        snapshots(history, model)

    watched = train(model, *clothes, TEN, CPU, callback=callback)
    assert seen == list(range(11))
    assert [frame["step"] for frame in snapshots.history.frames] == [0, 2, 10]
    assert snapshots.history is watched
    assert watched.losses == plain.losses
    other = train(network(dropout=0.5), *clothes, replace(TEN, seed=1), CPU)
    assert other.losses != plain.losses

    frames = snapshots.history.frames
    for frame, net in ((frames[0], network()), (frames[-1], model)):
        weights, scale = net.features.conv1.weight, frame["largest weight"] / 127
        stored = records.unpack(frame["filters"]) * scale
        assert stored.shape == tuple(weights.shape)
        error = np.abs(stored - weights.detach().numpy()).max()
        assert error <= 0.51 * scale + 1e-5 * frame["largest weight"] * 127
    counts = records.unpack(frame["confusion"])
    np.testing.assert_array_equal(counts.sum(1), clothes[1][1].bincount(minlength=10))
    assert counts.trace() / counts.sum() == pytest.approx(watched.test_accuracy, abs=1e-5)
    assert frame["test accuracy"] == pytest.approx(watched.test_accuracy, abs=1e-5)


def test_a_batch_in_parts_gives_the_same_steps(clothes):
    whole, parts = (
        train(network(), *clothes, replace(TEN, accumulate=count), CPU) for count in (1, 3)
    )
    assert parts.losses == pytest.approx(whole.losses, rel=1e-3)
    accuracies = [history.epochs[0]["train accuracy"] for history in (parts, whole)]
    assert accuracies[0] == pytest.approx(accuracies[1], abs=0.003)


@pytest.mark.parametrize(
    ("name", "lr", "optimizer"),
    [("sgd", 0.01, partial(torch.optim.SGD, momentum=0.9)), ("adam", 0.001, torch.optim.Adam)],
)
def test_the_loop_is_the_textbooks_with_pytorchs_optimisers(clothes, name, lr, optimizer):
    """One epoch of `train` equals the plain loop, update for update."""
    recipe = Recipe(epochs=1, batch_size=500, lr=lr, optimizer=name, schedule="constant")
    ours, textbook = network(), network()  # both without dropout
    textbook.to(memory_format=torch.channels_last)  # as `train` does: sums in the same order
    train(ours, *clothes, recipe, CPU)
    updates = optimizer(textbook.parameters(), lr=lr, weight_decay=0.0005)
    order = torch.Generator().manual_seed(0)
    for x, y in clothes[0].batches(500, image_size=64, generator=order, channels_last=True):
        updates.zero_grad()
        F.cross_entropy(textbook(x), y).backward()
        updates.step()
    weights = [list(net.parameters()) for net in (ours, textbook)]
    torch.testing.assert_close(*weights, rtol=1e-4, atol=1e-6)


def test_evaluation_turns_dropout_off_and_learns_nothing(clothes):
    model = network(dropout=0.5).train()
    before = [p.clone() for p in model.parameters()]
    logits = [predict(model, clothes[1], SMALL, CPU) for _ in range(2)]
    assert torch.equal(*logits)
    assert logits[0].shape == (500, 10)
    assert all(torch.equal(p, q) for p, q in zip(before, model.parameters(), strict=True))


def test_one_cycle_climbs_to_the_rate_and_falls_and_a_constant_rate_is_constant():
    rates = [learning_rate(Recipe(lr=0.5), step, steps=100) for step in range(100)]
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.5, rel=0.02)
    assert 15 <= peak <= 25
    assert 0 < rates[0] < 0.05 and 0 < rates[-1] < 0.01
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    recipe = Recipe(lr=0.5, schedule="constant")
    assert {learning_rate(recipe, step, steps=100) for step in range(100)} == {0.5}


def test_without_a_test_set_nothing_is_tested_and_other_data_is_refused(clothes, plain):
    history = train(network(dropout=0.5), clothes[0], None, TEN, CPU)
    assert history.losses == plain.losses
    assert history.epochs[0].keys() == {"epoch", "train loss", "train accuracy"}
    with pytest.raises(ValueError, match="had no test_set: give `train` one, or use `evaluate`"):
        _ = history.test_accuracy
    with pytest.raises(TypeError, match="not a tuple"):  # at once, not after an epoch
        train(
            network(), clothes[0], tuple(clothes[1]), TEN, CPU, callback=Mock(side_effect=KeyError)
        )
    for use in (partial(train, test_set=None), evaluate, predict):
        with pytest.raises(TypeError, match=r"reads Labelled\(images, labels\), not a tuple"):
            use(network(), tuple(clothes[0]), recipe=TEN, profile=CPU)


def test_the_loop_that_chapter_8_teaches_fits_on_a_screen():
    parts = map(inspect.getsource, (train, train_one_epoch, evaluate))
    assert sum(part.count("\n") for part in parts) <= 90
