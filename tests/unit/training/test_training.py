"""The training loop learns, repeats itself exactly, and stops with a sentence when it diverges."""

import math
from unittest.mock import Mock

import pytest
import torch
import torch.nn.functional as F

from utils.data import batches, fashion_mnist
from utils.initialisation import initialise
from utils.models import AlexNet
from utils.settings import Profile
from utils.training import Recipe, evaluate, learning_rate, predict, train

CPU = Profile("quick", torch.device("cpu"), torch.float32)
SMALL = Recipe(epochs=4, batch_size=32, lr=0.02)


@pytest.fixture(scope="module")
def clothes():
    """The first 1,000 training and 500 test images."""
    data = fashion_mnist(quiet=True)
    return [tuple(part[:n] for part in pair) for pair, n in ((data.train, 1000), (data.test, 500))]


def network(dropout: float = 0.0) -> AlexNet:
    model = AlexNet(10, in_channels=1, image_size=64, width=0.125, lrn=None, dropout=dropout)
    return initialise(model, "he", torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def plain(clothes):
    """The history of ten steps, for what must not change it."""
    return train(network(), *clothes, Recipe(epochs=1, batch_size=100), CPU)


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


def test_a_watcher_sees_every_step_and_the_seed_decides_alone(clothes, plain):
    seen = []

    def watch(history, model):
        seen.append(len(history.losses))

    watched = train(network(), *clothes, plain.recipe, CPU, watch=watch)
    assert seen == list(range(11))
    assert watched.losses == plain.losses
    other = train(network(), *clothes, Recipe(epochs=1, batch_size=100, seed=1), CPU)
    assert other.losses != plain.losses


def test_a_batch_in_parts_gives_the_same_steps(clothes, plain):
    parts = train(network(), *clothes, Recipe(epochs=1, batch_size=100, accumulate=3), CPU)
    assert parts.losses == pytest.approx(plain.losses, rel=1e-3)
    accuracies = [history.epochs[0]["train accuracy"] for history in (parts, plain)]
    assert accuracies[0] == pytest.approx(accuracies[1], abs=0.003)


def test_the_loop_is_plain_sgd(clothes):
    """One epoch of `train` equals the textbook loop written out, update for update."""
    one = Recipe(epochs=1, batch_size=500, lr=0.01, schedule="constant")
    ours, textbook = network(), network()  # both without dropout
    textbook.to(memory_format=torch.channels_last)  # as `train` does: sums in the same order
    train(ours, *clothes, one, CPU)
    velocity = {p: torch.zeros_like(p) for p in textbook.parameters()}
    order = torch.Generator().manual_seed(0)
    for x, y in batches(*clothes[0], 500, image_size=64, generator=order, channels_last=True):
        textbook.zero_grad()
        F.cross_entropy(textbook(x), y).backward()
        with torch.no_grad():
            for p in textbook.parameters():
                velocity[p] = 0.9 * velocity[p] + p.grad + 0.0005 * p
                p -= 0.01 * velocity[p]
    weights = [list(net.parameters()) for net in (ours, textbook)]
    torch.testing.assert_close(*weights, rtol=1e-4, atol=1e-6)


def test_adam_is_pytorchs(clothes):
    one = Recipe(epochs=1, batch_size=500, lr=0.001, optimizer="adam", schedule="constant")
    ours, theirs = network(), network()
    train(ours, *clothes, one, CPU)
    adam = torch.optim.Adam(theirs.parameters(), lr=0.001, weight_decay=0.0005)
    order = torch.Generator().manual_seed(0)
    for x, y in batches(*clothes[0], 500, image_size=64, device=CPU.device, generator=order):
        adam.zero_grad()
        F.cross_entropy(theirs(x), y).backward()
        adam.step()
    weights = [list(net.parameters()) for net in (ours, theirs)]
    torch.testing.assert_close(*weights, rtol=1e-3, atol=1e-5)


def test_evaluation_turns_dropout_off_and_learns_nothing(clothes):
    model = network(dropout=0.5).train()
    before = [p.clone() for p in model.parameters()]
    logits = [predict(model, clothes[1], SMALL, CPU) for _ in range(2)]
    assert torch.equal(*logits)
    assert logits[0].shape == (500, 10)
    assert all(torch.equal(p, q) for p, q in zip(before, model.parameters(), strict=True))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"optimizer": "adamw"}, 'Optimizer "adamw" is unknown: use "sgd" or "adam"'),
        ({"schedule": "cosine"}, 'Schedule "cosine" is unknown: use "constant" or "one-cycle"'),
        ({"epochs": 0}, "epochs is 0: it must be above zero"),
        ({"lr": math.nan}, "lr is nan: it must be above zero"),
        ({"momentum": 1.5}, "momentum is 1.5: it must be from 0 to below 1"),
        ({"batch_size": 4, "accumulate": 8}, "A batch of 4 cannot be worked on in 8 parts"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_one_sentence(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        Recipe(**settings)


TOO_LARGE = r"A batch of 512 images of 64 px.*--accumulate 4"


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (torch.OutOfMemoryError("CUDA out of memory."), MemoryError, TOO_LARGE),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), MemoryError, TOO_LARGE),
        (RuntimeError("shapes cannot be multiplied"), RuntimeError, "shapes cannot be multiplied"),
    ],
)
def test_too_large_a_batch_is_one_sentence_and_other_errors_stay(clothes, error, kind, sentence):
    network = torch.nn.Linear(1, 1)
    network.forward = Mock(side_effect=error)
    with pytest.raises(kind, match=sentence):
        train(network, *clothes, Recipe(batch_size=512, accumulate=2), CPU)


def test_divergence_is_one_sentence(clothes):
    with pytest.raises(FloatingPointError, match=r"learning rate 1000.0 is too high.*Try 3.3e\+02"):
        train(network(), *clothes, Recipe(lr=1000.0), CPU)


def test_one_cycle_climbs_to_the_rate_and_falls_and_a_constant_rate_is_constant():
    rates = [learning_rate(Recipe(lr=0.5), step, steps=100) for step in range(100)]
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.5, rel=0.02)
    assert 15 <= peak <= 25
    assert 0 < rates[0] < 0.05 and 0 < rates[-1] < 0.01
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    recipe = Recipe(lr=0.5, schedule="constant")
    assert {learning_rate(recipe, step, steps=100) for step in range(100)} == {0.5}
