"""Random views of images in batches, and the axes of their colours."""

import pytest
import torch

from utils.data import RandomViews, colour_axes, photograph


@pytest.fixture
def images():
    torch.manual_seed(0)
    return torch.randn(64, 3, 28, 28)


def test_every_view_can_be_drawn_and_nothing_else_and_evaluation_shows_the_centre(images):
    one = images[:1].expand(2_000, -1, -1, -1)
    seen = RandomViews(24, crop=True, flip=True)(one).flatten(1).unique(dim=0)
    crops = images[0].unfold(1, 24, 1).unfold(2, 24, 1).permute(1, 2, 0, 3, 4).flatten(0, 1)
    there = torch.cat([crops, crops.flip(-1)]).flatten(1)
    assert len(seen) == len(there) == 50
    assert torch.equal(seen, there.unique(dim=0))
    views = RandomViews(24, crop=True, flip=True, noise=torch.eye(3)).eval()
    assert torch.equal(views(images), images[:, :, 2:26, 2:26])


@pytest.mark.parametrize(("share", "different"), [(1, True), (32, False)])
def test_images_of_a_chunk_share_a_view(images, share, different):
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
