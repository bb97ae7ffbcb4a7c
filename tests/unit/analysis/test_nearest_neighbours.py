"""Nearest neighbours by pixels and by hidden units, and the halves of classes of the transfer."""

import torch

from utils.analysis import agreement, k_nearest, nearest_neighbours
from utils.data import Labelled
from utils.experiments import transfer


def test_neighbours_are_those_of_the_same_pixels():
    images = torch.randint(256, (30, 28, 28), dtype=torch.uint8)
    labels = torch.arange(30) % 3
    examples = Labelled(images, labels)
    near = k_nearest(None, examples, examples.first(4))
    assert near.places[:, 0].tolist() == [0, 1, 2, 3]
    assert agreement(near, near, labels[:4])["also by pixels"] == 1


def test_a_network_describes_an_image_by_its_last_hidden_units():
    images = torch.randint(256, (3, 28, 28), dtype=torch.uint8)
    x = nearest_neighbours.features(transfer.network(0), images)
    assert x.shape == (3, 64)
    assert x.min() >= 0


def test_classes_of_a_half_count_from_nought():
    examples = Labelled(torch.arange(20).view(20, 1, 1), torch.arange(20) % 10)
    images, labels = transfer.only(examples, torch.tensor([7, 2]), seed=0)
    assert set(images.flatten().tolist()) == {2, 7, 12, 17}
    assert torch.equal(images.flatten() % 10 == 7, labels == 0)
