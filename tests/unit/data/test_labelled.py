"""Batches of Fashion-MNIST as a network gets them, and what is held out for validation."""

import pytest
import torch
import torch.nn.functional as F

from utils import data
from utils.data import Labelled

devices = pytest.mark.parametrize(
    "device", ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
)


@pytest.fixture
def examples():
    generator = torch.Generator().manual_seed(1)
    images = torch.randint(0, 256, (70, 28, 28), dtype=torch.uint8, generator=generator)
    return Labelled(images, torch.arange(70))


@devices
def test_batches_are_the_normalised_images_in_order(examples, device):
    made = list(examples.batches(32, device=device))
    assert [len(y) for _, y in made] == [32, 32, 6]  # the last, smaller one is kept
    x = torch.cat([x for x, _ in made])
    assert x.device.type == device
    assert x.dtype == torch.float32
    expected = (examples[0].unsqueeze(1) / 255 - 0.2860406) / 0.3530242
    torch.testing.assert_close(x.cpu(), expected)
    assert torch.cat([y for _, y in made]).tolist() == list(range(70))


@devices
def test_shuffled_batches_follow_the_generator_and_keep_pairs(examples, device):
    def shuffled(seed):
        generator = torch.Generator().manual_seed(seed)
        made = list(examples.batches(32, device=device, generator=generator))
        return torch.cat([x for x, _ in made]).cpu(), torch.cat([y for _, y in made]).cpu()

    x, first = shuffled(0)
    assert torch.equal(first, shuffled(0)[1])
    assert torch.equal(first, torch.randperm(70, generator=torch.Generator().manual_seed(0)))
    assert not torch.equal(first, shuffled(1)[1])
    ((plain, _),) = examples.batches(70, device=device)
    assert torch.equal(x, plain.cpu()[first])


@pytest.mark.parametrize("size", [14, 64])
def test_batches_of_colour_images_are_resized_in_another_memory_format(examples, size):
    images, labels = examples
    colours = images.unsqueeze(1).expand(-1, 3, -1, -1)
    ((x, _),) = Labelled(colours, labels).batches(70, image_size=size, channels_last=True)
    assert x.is_contiguous(memory_format=torch.channels_last)
    pixels = colours / 255
    resized = F.interpolate(pixels, (size, size), mode="bilinear", antialias=True)
    torch.testing.assert_close(x, (resized - data.MEAN) / data.STD)


def test_split_by_seed(examples):
    images, _ = examples
    (rest, rest_labels), (apart, apart_labels) = examples.split(20, seed=3)
    assert len(apart_labels) == 20
    assert sorted([*rest_labels.tolist(), *apart_labels.tolist()]) == list(range(70))
    assert torch.equal(rest, images[rest_labels])
    assert torch.equal(apart, images[apart_labels])
    assert torch.equal(examples.split(20, seed=3)[1][1], apart_labels)
    assert not torch.equal(examples.split(20, seed=4)[1][1], apart_labels)


def test_other_images_and_empty_parts_are_refused(examples):
    images, labels = examples
    with pytest.raises(ValueError, match=r"made from uint8 images .* 70 images of torch.float32"):
        next(Labelled(images.float(), labels).batches(32))
    with pytest.raises(ValueError, match=r"as many labels, not from 70 images .* and 60 labels"):
        next(Labelled(images, labels[:60]).batches(32))
    for held_out in (0, -1, 70, 71):
        with pytest.raises(ValueError, match=f"Cannot hold out {held_out} of 70 examples"):
            examples.split(held_out)
