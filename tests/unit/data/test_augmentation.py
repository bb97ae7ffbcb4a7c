"""Random views, colour axes, and what the experiments and the bench of chapter 7 make of them."""

import pytest
import torch

from benchmarks import augmentation as bench
from utils import records
from utils.augmentation import RandomViews, colour_axes
from utils.data import photograph
from utils.experiments import augmentation_colour, augmentation_views


@pytest.fixture
def images():
    return torch.randn(64, 3, 28, 28, generator=torch.Generator().manual_seed(0))


def test_evaluation_shows_the_centre(images):
    views = RandomViews(24, crop=True, flip=True, noise=torch.eye(3)).eval()
    assert torch.equal(views(images), images[:, :, 2:26, 2:26])


def test_every_view_can_be_drawn_and_nothing_else(images):
    torch.manual_seed(0)
    one = images[:1].expand(2_000, -1, -1, -1)
    seen = RandomViews(24, crop=True, flip=True)(one).flatten(1).unique(dim=0)
    crops = images[0].unfold(1, 24, 1).unfold(2, 24, 1).permute(1, 2, 0, 3, 4).flatten(0, 1)
    there = torch.cat([crops, crops.flip(-1)]).flatten(1)
    assert len(seen) == len(there) == 50
    assert torch.equal(seen, there.unique(dim=0))


@pytest.mark.parametrize(("share", "different"), [(1, True), (32, False)])
def test_images_of_a_chunk_share_a_view(images, share, different):
    torch.manual_seed(0)
    same = images[:1].expand(64, -1, -1, -1)
    made = RandomViews(24, crop=True, flip=True, share=share)(same)
    assert (len(made[:32].flatten(1).unique(dim=0)) > 1) == different
    assert not torch.equal(made[0], made[32])


def test_noise_is_one_colour_an_image_with_the_covariance_that_was_asked_for():
    torch.manual_seed(0)
    steps = torch.tensor([[1.0, 0.5, 0], [0, 1, 0], [0, 0, 0.1]])
    made = RandomViews(4, noise=steps)(torch.zeros(20_000, 3, 4, 4))
    assert torch.equal(made[:, :, 0, 0], made[:, :, 3, 2])
    assert torch.allclose(made[:, :, 0, 0].T.cov(), steps @ steps.T, atol=0.05)


def test_colour_axes_give_the_covariance_back():
    image = photograph("coffee", 64)
    values, axes = colour_axes(image[None])
    assert values.tolist() == sorted(values.tolist(), reverse=True)
    expected = image.flatten(1).double().cov()
    assert torch.allclose(axes @ values.diag() @ axes.T, expected)
    by_bytes, _ = colour_axes((255 * image[None]).round().to(torch.uint8))
    assert torch.allclose(by_bytes, values, rtol=0.01)


def test_moved_images_stay_whole_up_to_the_rim():
    images = torch.zeros(8, 28, 28, dtype=torch.uint8)
    images[:, 10:18, 10:18] = 255
    x = augmentation_views.normalised(images)
    moved = augmentation_views.moved(x, 4, seed=0)
    assert moved.shape == x.shape
    assert torch.allclose(moved.flatten(1).sort().values, x.flatten(1).sort().values)
    assert not torch.allclose(moved, x)
    assert torch.equal(moved, augmentation_views.moved(x, 4, seed=0))


def test_views_are_averages_of_probabilities():
    net = augmentation_views.network(0)
    images = torch.randint(256, (20, 28, 28), dtype=torch.uint8)
    made = augmentation_views.views(net, images)
    for name in ("centre", "centre, mirrored too", "five crops", "ten crops"):
        assert torch.allclose(made[name].sum(1), torch.ones(20), atol=1e-5)
    x = augmentation_views.normalised(images)
    assert torch.allclose(made["centre"], augmentation_views.softmax(net, x), atol=1e-2)
    both = (made["centre"] + augmentation_views.softmax(net, x.flip(-1))) / 2
    assert torch.allclose(made["centre, mirrored too"], both, atol=1e-2)


def test_measurements_and_chirality_have_all_parts():
    images = torch.randint(256, (300, 28, 28), dtype=torch.uint8)
    some = images, torch.arange(300) % 10
    net, score = augmentation_views.trained("both", 1, 0.03, 0, some, some)
    found = augmentation_views.measure(net, some, some, seed=0)
    assert 0 <= score <= 1
    assert found["tests"]["as they are"] == found["views"]["centre"]
    assert len(found["classes"]["mirrored"]) == 10
    assert len(augmentation_views.chirality(0, some, some, epochs=1)) == 10


def test_colours_say_nothing_of_the_class_and_noise_has_its_unit():
    images = torch.full((6, 4, 4), 200, dtype=torch.uint8)
    images[:, :2] = 0
    draw = torch.Generator().manual_seed(0)
    coloured, _ = augmentation_colour.coloured((images, torch.zeros(6)), draw)
    assert coloured.shape == (6, 3, 4, 4)
    assert coloured[:, :, 2:].min() >= 0.4 * 200 - 1
    root, strong, literal = (
        augmentation_colour.noise(arm, coloured) for arm in augmentation_colour.ARMS[1:]
    )
    assert torch.allclose(strong, 5 * root)
    assert literal.norm() > 20 * root.norm()
    assert augmentation_colour.noise("no noise", coloured) is None


def test_a_diverging_colour_training_counts_as_guessing(monkeypatch):
    monkeypatch.setattr(augmentation_colour, "RATES", (1e30,))
    images = torch.randint(256, (128, 3, 28, 28), dtype=torch.uint8)
    some = images, torch.arange(128) % 10
    found = augmentation_colour.best("√λ, 0.1", 3, 0, some, some, some)
    assert set(found["tests"].values()) == {0.1}


def test_the_stored_bench_is_fresh_and_whole():
    stored = records.load("bench_augmentation")
    assert stored["source_sha256"] == bench.source(), f"run `{stored['command']}`"
    assert list(stored["cases"]) == list(bench.cases())
    for case in stored["cases"].values():
        assert case.keys() == {"one at a time", "in batches", "training step"}
        assert min(case.values()) > 0
