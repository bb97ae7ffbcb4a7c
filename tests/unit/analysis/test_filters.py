"""Indices of first-layer filters, on filters with known answers, and trainings of filters."""

import math
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from utils.analysis import (
    colour_index,
    column_difference,
    concentration,
    filters,
    orientation,
    pretrained_filters,
    stored_filters,
)
from utils.experiments import colour_columns, filters_from_photographs


def test_colour_index_knows_grey_red_and_noise():
    one = torch.ones(1, 1, 3, 3)
    colours = torch.tensor([[1.0, 1, 1], [1, -1, 0], [1, 0, 0]]).view(3, 3, 1, 1)
    assert colour_index(colours * one).tolist() == pytest.approx([0, 1, 2 / 3], abs=1e-6)
    noise = torch.randn(2_000, 3, 11, 11, generator=torch.Generator().manual_seed(0))
    assert colour_index(noise).mean().item() == pytest.approx(2 / 3, abs=0.01)
    assert concentration(noise).max() < 0.35


# How a wave goes down the rows and across the columns; the last is equal along rows = columns.
@pytest.mark.parametrize(("down", "across", "degrees"), [(0, 1, 90), (1, 0, 0), (1, -1, 135)])
def test_stripes_have_a_direction_and_few_frequencies(down, across, degrees):
    at = torch.arange(11)
    phase = down * at[:, None] + across * at
    stripes = torch.sin(2 * math.pi * phase * 2 / 11).expand(1, 3, 11, 11)
    direction, clear = orientation(stripes)
    assert min(abs(direction - degrees), abs(direction - degrees - 180)).item() < 0.01
    assert clear.item() == pytest.approx(1, abs=1e-4)
    assert concentration(stripes).item() == pytest.approx(1, abs=1e-4)


def test_edges_at_random_angles_are_not_taken_for_level_ones():
    rng, at = torch.Generator().manual_seed(0), torch.arange(11.0) - 5
    angle = torch.pi * torch.rand(1_000, 1, 1, generator=rng)
    edges = (angle.cos() * at + angle.sin() * at[:, None] > 0).float()[:, None]
    direction, clear = orientation(edges)
    assert clear.min() > 0.5
    off = (direction - (90 - angle.flatten().rad2deg())).abs() % 180
    assert torch.minimum(off, 180 - off).max() < 10


def test_columns_that_differ_are_found_and_equal_ones_are_not():
    apart = torch.cat([torch.zeros(16), torch.ones(16)])
    difference, p = column_difference(apart)
    assert difference == 1 and p < 0.01
    assert column_difference(torch.ones(32)) == (0, 1)


@pytest.mark.parametrize(
    ("batch", "why"), [("1", "not fetched by a program"), ("", "invalid hash value")]
)
def test_without_torchvision_s_file_one_sentence_is_said(monkeypatch, tmp_path, capsys, batch, why):
    """A program does not fetch it; a reader who gets another file is told so."""
    file = tmp_path / "alexnet-owt-7be5be79.pth"
    file.write_bytes(b"another file")
    monkeypatch.setenv("BOOK_BATCH", batch)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    weights = SimpleNamespace(IMAGENET1K_V1=SimpleNamespace(url=file.as_uri()))
    monkeypatch.setattr(filters, "AlexNet_Weights", weights)
    assert pretrained_filters() is None
    said = capsys.readouterr().out
    assert why in said and "only our own filters are shown" in said


def test_crops_are_turned_by_their_label():
    x = torch.rand(8, 3, 5, 5)
    turned, labels = filters_from_photographs.turned(x)
    assert torch.equal(turned[:2], x[:2])
    assert labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert torch.equal(turned[2], x[2].rot90(1, (1, 2)))


def test_filters_have_snapshots_and_move(monkeypatch):
    monkeypatch.setattr(filters_from_photographs, "BATCH", 8)
    frames = filters_from_photographs.run(0, steps=2)["96 filters"]["frames"]
    assert [frame["step"] for frame in frames] == [0, 2]
    first, last = (stored_filters(f["filters"], f["largest"]) for f in frames)
    assert first.shape == (96, 3, 11, 11)
    assert first.std().item() == pytest.approx(0.01, rel=0.05)
    assert not torch.equal(first, last)


def test_tinted_garments_have_six_hues_and_pairs_of_labels():
    images = torch.full((60, 28, 28), 200, dtype=torch.uint8)
    rng = torch.Generator().manual_seed(0)
    tinted, labels = colour_columns.tinted(images, torch.arange(60) % 10, rng)
    assert tinted.shape == (60, 3, 28, 28)
    assert {len(colour.unique()) for colour in tinted} == {2}  # full, and less by the saturation
    assert set((labels % 6).tolist()) == set(range(6))
    assert torch.equal(labels // 6, torch.arange(60) % 10)


def test_scores_of_pairs_add_up_to_two_losses():
    x = torch.randn(4, 16)
    shape, hue = torch.tensor([0, 3, 9, 5]), torch.tensor([5, 0, 2, 1])
    loss = nn.functional.cross_entropy
    both = loss(colour_columns.ShapeAndHue()(x), 6 * shape + hue)
    assert both.item() == pytest.approx((loss(x[:, :10], shape) + loss(x[:, 10:], hue)).item())


def test_columns_begin_as_one_and_do_not_see_each_other():
    one, two = (colour_columns.network(3, groups) for groups in (1, 2))
    assert torch.equal(one.conv1.weight, two.conv1.weight)
    x = torch.rand(1, 3, 28, 28)
    before = two[:4](x)
    two.conv1.weight.data[16:] = 0
    assert torch.equal(two[:4](x)[:, :16], before[:, :16])
