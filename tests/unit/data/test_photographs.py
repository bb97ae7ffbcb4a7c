"""The photographs of the chapters: inside the packages, whole or as a square."""

import socket

import pytest
import torch

from tests.support.trainings import failing
from utils.data import photograph
from utils.data.photographs import LOADERS


def test_photographs_need_no_network(monkeypatch):
    monkeypatch.setattr(socket.socket, "connect", failing(OSError("one asked for the network")))
    for name in LOADERS:
        original, square = photograph(name), photograph(name, 227)
        assert original.shape[0] == 3 and min(original.shape[1:]) >= 300, name
        assert square.shape == (3, 227, 227), name
        for picture in (original, square):
            assert picture.dtype == torch.float32, name
            assert 0 <= picture.min() < 0.1 and 0.8 < picture.max() <= 1, name


def test_a_resized_photograph_is_the_centre_square():
    middle = photograph("coffee")[:, :, 100:500]  # of 400 x 600
    torch.testing.assert_close(photograph("coffee", 400), middle)
    with pytest.raises(ValueError, match='No photograph "dog": choose one of astronaut, cat, '):
        photograph("dog")
