"""The two columns in two processes are the grouped AlexNet; their bytes are those of arithmetic."""

from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F

from tests.support.processes import together
from utils.columns import Column, backward, count_gradients
from utils.initialisation import initialise
from utils.models import AlexNet
from utils.ranks import ALONE, Ranks

SMALL = {"num_classes": 10, "image_size": 64, "width": 0.125, "lrn": "columns", "dropout": 0.0}
BATCH = 6


def network(**settings) -> AlexNet:
    """With LRN at work: raw pixels, and weights large enough for it."""
    model = AlexNet(**SMALL | settings)
    return initialise(model, "he", torch.Generator().manual_seed(1))


def examples(size: int = 64, count: int = BATCH) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(2)
    x = torch.randint(-120, 120, (count, 3, size, size), generator=random).float() / 60
    return x, torch.randint(0, 10, (count,), generator=random)


def step(model, parameters, backwards) -> None:
    optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9, weight_decay=0.0005)
    for _ in range(2):  # the second one has momentum
        optimizer.zero_grad()
        backwards()
        optimizer.step()


def work(ranks: Ranks) -> SimpleNamespace:
    found, (x, y) = SimpleNamespace(), examples()
    whole = network()
    column = Column(whole, ranks).eval()
    with torch.no_grad():
        found.scores = column(x)
    found.forward_sent = column.sent
    column.train().sent = 0
    found.loss = backward(column, x, y)
    found.sent = column.sent
    column.zero_grad()
    step(column, column.parameters(), lambda: backward(column, x, y))
    found.weights = {
        f"{name}.{kind}": part.detach()
        for name, layer in column.layers.items()
        for kind, part in layer.named_parameters()
    }
    parallel = ranks.connect(whole)
    found.gradients = count_gradients(parallel)
    F.cross_entropy(parallel(x[ranks.rank :: 2]), y[ranks.rank :: 2]).backward()

    full = AlexNet(lrn="columns", dropout=0.0)  # as in 2012; one image
    torch.manual_seed(0)
    column = Column(initialise(full, "he", torch.Generator().manual_seed(1)), ranks)
    x, y = examples(224, 1)
    backward(column, x, y)
    found.full_sent = column.sent
    found.full_parameters = sum(p.numel() for p in column.parameters())
    with torch.no_grad():
        found.full_difference = (column.eval()(x) - full.eval()(x)).abs().max().item()
    return found


@pytest.fixture(scope="module")
def two():
    return together(work)


def test_the_columns_are_the_grouped_network(two):
    with torch.no_grad():
        expected = network().eval()(examples()[0])
    for found in two:
        torch.testing.assert_close(found.scores, expected, rtol=0, atol=1e-5)


def test_training_steps_are_those_of_the_grouped_network(two):
    whole, (x, y) = network(), examples()
    loss = F.cross_entropy(whole(x), y)
    assert [found.loss for found in two] == pytest.approx([loss.item()] * 2, abs=1e-5)
    step(whole, whole.parameters(), lambda: F.cross_entropy(whole(x), y).backward())
    for name, expected in whole.named_parameters():
        halves = [found.weights[name.partition(".")[2]] for found in two]
        torch.testing.assert_close(torch.cat(halves), expected.detach(), rtol=0, atol=1e-5)


def test_bytes_of_the_small_network_by_hand(two):
    """64 px: maps of 15, 7, 3 and 1 px, an eighth of the channels; 4 bytes a number."""
    pool2, pool5, hidden, classes = 16 * 3 * 3, 16 * 1 * 1, 256, 5
    numbers = pool2 + pool5 + hidden + hidden + classes
    for found in two:
        assert found.forward_sent == 4 * BATCH * numbers
        assert found.sent == 2 * found.forward_sent  # as much back


def test_bytes_of_the_papers_network_by_hand(two):
    """Half of pool2 (13 px), of pool5 (6 px), of fc6, fc7 and the scores, there and back."""
    numbers = 128 * 13 * 13 + 128 * 6 * 6 + 2048 + 2048 + 500
    assert numbers == 30_836
    for found in two:
        assert found.full_sent == 2 * 4 * numbers == 246_688
        assert found.full_parameters == 60_965_224 // 2
        assert found.full_difference < 1e-5


def test_data_parallelism_sends_every_gradient_once(two):
    parameters = sum(p.numel() for p in network().parameters())
    for found in two:
        assert sum(found.gradients) == 4 * parameters


@pytest.mark.parametrize(
    ("settings", "ranks", "sentence"),
    [
        ({}, ALONE, "Two columns need two processes, not 1."),
        ({"groups": 1}, Ranks(0, 2), 'groups=2 and lrn="columns"'),
        ({"lrn": "all"}, Ranks(0, 2), 'groups=2 and lrn="columns"'),
    ],
)
def test_other_networks_and_numbers_of_processes_are_refused(settings, ranks, sentence):
    with pytest.raises(ValueError, match=sentence):
        Column(network(**settings), ranks)
