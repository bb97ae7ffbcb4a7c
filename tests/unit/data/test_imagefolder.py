"""Photographs in folders: read and augmented as the paper says, trained on, evaluated, refused."""

import re
import shutil

import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.transforms.v2 import functional as transforms

from tests.support.trainings import end_of
from utils import evaluate
from utils import train as program
from utils.data import (
    colour_axes,
    imagefolder,
    photograph,
    photograph_folders,
    side_for,
    torchvision_pixels,
    validation,
)
from utils.nets import OneTowerAlexNet
from utils.system import CPU, PADDING, ProcessGroup
from utils.training import Checkpoints, Recipe, top_k_errors, train

CLASSES = ("astronaut", "coffee", "flower")
SIZE, SIDE = 64, 73
SMALL = ["--network=paper", "--width=0.05", "--image-size=64", "--batch-size=4", "--epochs=1"]
SMALL += ["--lr=0.001"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Three photographs, of each five cut-outs to train with and two to test with."""
    folder = tmp_path_factory.mktemp("tree")
    for name in CLASSES:
        pixels = transforms.to_pil_image(photograph(name, 300))
        for number in range(7):
            place = folder / ("train" if number < 5 else "val") / name
            place.mkdir(parents=True, exist_ok=True)
            left = 10 * number
            pixels.crop((left, 0, left + 150, 200 + left)).save(place / f"{number}.jpg")
    return folder


@pytest.fixture(scope="module")
def sets(tree):
    """The photographs for training and those for tests, with pixels from 0 to 255 less the mean."""
    return photograph_folders(tree, SIZE, unit=False)


def test_a_photograph_is_shrunk_and_its_centre_cut_out(tree, sets):
    train_set, test_set = sets
    assert (len(train_set), len(test_set), train_set.classes) == (15, 6, list(CLASSES))
    image, label = train_set[6]
    assert (label, image.dtype, image.shape) == (1, torch.uint8, (3, SIDE, SIDE))
    whole = Image.open(tree / "train/coffee/1.jpg")
    small = whole.resize((SIDE, round(SIDE * whole.height / whole.width)), Image.BILINEAR)
    top = round((small.height - SIDE) / 2)
    expected = transforms.pil_to_tensor(small)[:, top : top + SIDE]
    assert (image.float() - expected.float()).abs().mean() < 1
    assert [side_for(size) for size in (224, 227, SIZE)] == [256, 259, SIDE]


def test_the_mean_image_is_subtracted_and_the_centre_read(tree, sets, monkeypatch):
    train_set, test_set = sets
    everything = torch.stack([image for image, _ in train_set]).float()
    torch.testing.assert_close(test_set.pixels.mean, everything.mean(0))
    ((x, y),) = test_set.batches(6, image_size=SIZE)
    expected = torch.stack([image for image, _ in test_set]) - everything.mean(0)
    torch.testing.assert_close(x, transforms.center_crop(expected, [SIZE, SIZE]))
    assert y.tolist() == [0, 0, 1, 1, 2, 2]
    ((divided, _),) = photograph_folders(tree, SIZE)[1].batches(6, image_size=SIZE)
    torch.testing.assert_close(divided, x / everything.std())
    monkeypatch.setattr(imagefolder, "SAMPLE", 5)  # the mean of five, the same ones every time
    first, again = (photograph_folders(tree, SIZE)[0].pixels.mean for _ in range(2))
    assert torch.equal(first, again)


def test_training_crops_mirrors_and_adds_colours(sets):
    train_set, pixels = sets[0], sets[0].pixels
    everything = torch.stack([image for image, _ in train_set])
    values, vectors = colour_axes(everything.float())
    expected = 0.1 * vectors * values.sqrt()  # the program's reading: a standard deviation
    torch.testing.assert_close(pixels.noise, expected.float(), rtol=1e-3, atol=1e-3)

    torch.manual_seed(0)
    ((x, _),) = train_set.batches(15, image_size=SIZE)
    for image, view in zip(everything - pixels.mean, x, strict=True):
        crops = image.unfold(1, SIZE, 1).unfold(2, SIZE, 1).permute(1, 2, 0, 3, 4).flatten(0, 1)
        colours = view - torch.cat([crops, crops.flip(3)])
        spread = colours.flatten(2).std(2).amax(1).min()
        assert spread < 1e-3  # one of the views of §4.1, plus one colour for all its pixels
    assert not torch.equal(x, next(iter(train_set.batches(15, image_size=SIZE)))[0])


def test_order_shares_and_padding_are_those_of_every_data_set(sets):
    train_set, _ = sets
    order = torch.randperm(15, generator=torch.Generator().manual_seed(1))
    labels = [
        [y for _, y in train_set.batches(7, image_size=SIZE, skip=1, group=ProcessGroup(rank, 2),
                                         generator=torch.Generator().manual_seed(1))]
        for rank in (0, 1)
    ]  # fmt: skip
    wanted = [train_set.samples[i][1] for i in order[7:]]
    assert [y.tolist() for y in labels[0]] == [wanted[0:7:2], wanted[7:]]
    assert [y.tolist() for y in labels[1]] == [[*wanted[1:7:2], PADDING], [PADDING]]


def test_errors_of_ten_crops_are_those_of_the_averaged_softmax(sets):
    _, test_set = sets
    model = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())  # a crop's mean colour
    x = torch.stack([image for image, _ in test_set]) - test_set.pixels.mean
    ends = (slice(SIZE), slice(-SIZE, None))
    centre = transforms.center_crop(x, [SIZE, SIZE])
    views = [centre, *(x[:, :, rows, columns] for rows in ends for columns in ends)]
    ten = torch.stack([model(part).softmax(1) for v in views for part in (v, v.flip(3))]).mean(0)
    for scores, options in ((ten, {"ten": True}), (model(centre), {"batch_size": 4})):
        wrong = scores.argmax(1) != torch.tensor([0, 0, 1, 1, 2, 2])
        expected = pytest.approx((wrong.float().mean().item(), 0))
        assert top_k_errors(model, test_set, SIZE, CPU, **options) == expected


def test_goes_on_in_the_middle_of_an_epoch_to_the_same_bits(tree, tmp_path):
    data = photograph_folders(tree, SIZE, workers=1)
    recipe = Recipe(epochs=1, batch_size=4, image_size=SIZE, lr=0.01)

    def network():
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(3, 4, 8, 8), nn.ReLU(), nn.Flatten(), nn.Linear(256, 3))

    def stop(history, model):
        if len(history.losses) == 3:
            raise KeyboardInterrupt

    whole, cut, told = network(), network(), []
    train(whole, *data, recipe, CPU)
    with pytest.raises(KeyboardInterrupt):
        train(cut, *data, recipe, CPU, stop, Checkpoints(tmp_path, 0))
    cut = network()
    train(cut, *data, recipe, CPU, checkpoints=Checkpoints(tmp_path, report=told.append))
    assert told == [f"Going on in {tmp_path} after 2 steps, 0 of 1 epochs."]
    assert torch.equal(cut[3].weight, whole[3].weight)


def test_one_command_trains_another_evaluates(tree, tmp_path):
    data = f"imagefolder:{tree}"
    training = end_of(program.main, tmp_path, "--data", data, *SMALL, "--workers=0")
    assert training.code == 0
    assert f"15 + 6 photographs of 3 classes in {tree}." in training.out
    line = r"(?:Centre crop|Ten crops): top-1 error .*%, top-5 error 0\.00%\."
    found = re.findall(line, training.out)
    assert len(found) == 2
    weights = tmp_path / "weights.safetensors"
    end = end_of(evaluate.main, data, "--weights", weights, "--workers=0")
    assert end.code == 0
    assert end.out.splitlines() == [f"6 photographs of 3 classes in {tree / 'val'}.", *found]


def test_torchvisions_weights_are_evaluated_with_its_pixels(tree, tmp_path, monkeypatch):
    torch.manual_seed(0)
    model = OneTowerAlexNet(3, width=0.05)
    torch.save(model.state_dict(), tmp_path / "alexnet.pth")
    monkeypatch.setattr(evaluate, "OneTowerAlexNet", lambda: OneTowerAlexNet(3, width=0.05))
    weights = ("--weights", tmp_path / "alexnet.pth", "--workers=0")
    end = end_of(evaluate.main, f"imagefolder:{tree}", *weights)
    data = validation(tree, 224, 0, torchvision_pixels())
    top1, _ = top_k_errors(model, data, 224, evaluate.default_profile())
    assert end.code == 0
    assert f"Centre crop: top-1 error {top1:.2%}" in end.out
    ((x, _),) = data.batches(6)
    pixels = torch.stack([image for image, _ in data]).float() / 255
    expected = transforms.normalize(pixels, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    torch.testing.assert_close(x, expected)


# --- one sentence for whatever is wrong with the tree or the weights


def cut_image(copy):
    path = copy / "train/coffee/2.jpg"
    path.write_bytes(path.read_bytes()[:900])


def empty_class(copy):
    for path in (copy / "train/coffee").iterdir():
        path.unlink()


CUT = "train/coffee/2.jpg is no whole image: put a good copy there, or take it away."
EMPTY = "train has no photographs, or a class without any: it must have one folder with"
LACKS = "val lacks 1 class(es) that train has (coffee): both need one folder with photographs"


@pytest.mark.parametrize(
    ("change", "sentence", "workers"),
    [
        (cut_image, CUT, 0),
        (cut_image, CUT, 1),
        (empty_class, EMPTY, 0),
        (lambda copy: shutil.rmtree(copy / "val/coffee"), LACKS, 0),
    ],
)
def test_a_tree_to_mend_is_one_sentence(tree, tmp_path, change, sentence, workers):
    copy = shutil.copytree(tree, tmp_path / "copy")
    change(copy)
    options = ("--data", f"imagefolder:{copy}", *SMALL, f"--workers={workers}")
    end = end_of(program.main, tmp_path / "new", *options)
    assert end.code == 1
    assert end.err.startswith(f"{copy}/{sentence}") and end.err.count("\n") == 1


def test_weights_that_do_not_fit_are_one_sentence(tree, tmp_path, monkeypatch):
    def refused(name):
        end = end_of(evaluate.main, f"imagefolder:{tree}", "--weights", tmp_path / name)
        assert end.code == 1
        return end.err

    missing = refused("none.pth")
    assert "There is no file" in missing and "alexnet-owt-7be5be79.pth" in missing
    for name in ("bad.pth", "bad.safetensors"):
        (tmp_path / name).write_bytes(b"no weights")
        said = refused(name)
        assert "holds no weights that fit" in said and said.count("\n") == 1
    monkeypatch.setattr(evaluate, "OneTowerAlexNet", lambda: OneTowerAlexNet(4, width=0.05))
    torch.save(OneTowerAlexNet(4, width=0.05).state_dict(), tmp_path / "four.pth")
    said = refused("four.pth")
    assert "knows 4 classes, and" in said and "has 3: name the tree" in said
    assert end_of(evaluate.main, "cifar", "--weights", "x").code == 2
