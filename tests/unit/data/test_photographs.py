"""The photographs of the chapters: inside the packages, whole or as a square."""

import socket

import pytest
import torch

from utils.data import PHOTOGRAPHS, photograph


def test_photographs_need_no_network(monkeypatch):
    def no_network(*args):
        raise OSError("a photograph asked for the network")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    for name in PHOTOGRAPHS:
        original, square = photograph(name), photograph(name, 227)
        assert original.shape[0] == 3 and min(original.shape[1:]) >= 300, name
        assert square.shape == (3, 227, 227), name
        for picture in (original, square):
            assert picture.dtype == torch.float32, name
            assert 0 <= picture.min() < 0.1, name
            assert 0.8 < picture.max() <= 1, name


def test_a_resized_photograph_is_the_centre_square():
    middle = photograph("coffee")[:, :, 100:500]  # of 400 x 600
    torch.testing.assert_close(photograph("coffee", 400), middle)
    with pytest.raises(ValueError, match='No photograph "dog": choose one of astronaut, cat, '):
        photograph("dog")
