"""Photographs in folders: read and augmented as the paper says, trained on, evaluated, refused."""

import re
import shutil

import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.transforms.v2 import functional as transforms

from utils import evaluate, imagenet
from utils import train as program
from utils.augmentation import colour_axes
from utils.checkpoint import Checkpoints
from utils.data import photograph
from utils.files import DataError
from utils.imagenet import errors, photographs, side_for, torchvision_pixels, validation
from utils.models import OneTowerAlexNet
from utils.ranks import PADDING, Ranks
from utils.settings import Profile
from utils.training import Recipe, train

CPU = Profile("quick", torch.device("cpu"), torch.float32)
CLASSES = ("astronaut", "coffee", "flower")
SIZE, SIDE = 64, 73
SMALL = [
    "--network=paper", "--width=0.05", "--image-size=64", "--batch-size=4", "--epochs=1",
    "--lr=0.001", "--workers=0",
]  # fmt: skip


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


@pytest.fixture
def copy(tree, tmp_path):
    return shutil.copytree(tree, tmp_path / "copy")


def test_a_photograph_is_shrunk_and_its_centre_cut_out(tree):
    train_set, test_set = photographs(tree, SIZE)
    assert (len(train_set), len(test_set), train_set.classes) == (15, 6, list(CLASSES))
    image, label = train_set[6]
    assert (label, image.dtype, image.shape) == (1, torch.uint8, (3, SIDE, SIDE))
    whole = Image.open(tree / "train/coffee/1.jpg")
    small = whole.resize((SIDE, round(SIDE * whole.height / whole.width)), Image.BILINEAR)
    top = round((small.height - SIDE) / 2)
    expected = transforms.pil_to_tensor(small)[:, top : top + SIDE]
    assert (image.float() - expected.float()).abs().mean() < 1
    assert [side_for(size) for size in (224, 227, SIZE)] == [256, 259, SIDE]


def test_the_mean_image_is_subtracted_and_the_centre_read(tree):
    train_set, test_set = photographs(tree, SIZE, unit=False)
    everything = torch.stack([image for image, _ in train_set]).float()
    torch.testing.assert_close(test_set.pixels.mean, everything.mean(0))
    ((x, y),) = test_set.batches(6, image_size=SIZE)
    expected = torch.stack([image for image, _ in test_set]) - everything.mean(0)
    torch.testing.assert_close(x, transforms.center_crop(expected, [SIZE, SIZE]))
    assert y.tolist() == [0, 0, 1, 1, 2, 2]
    unit = photographs(tree, SIZE)[1]
    ((divided, _),) = unit.batches(6, image_size=SIZE)
    torch.testing.assert_close(divided, x / everything.std())


def test_training_crops_mirrors_and_adds_colours(tree):
    train_set, _ = photographs(tree, SIZE, unit=False)
    pixels = train_set.pixels
    everything = torch.stack([image for image, _ in train_set])
    values, vectors = colour_axes(everything.float())
    expected = 0.1 * vectors * values.sqrt()  # the program's reading: a standard deviation
    torch.testing.assert_close(pixels.noise, expected.float(), rtol=1e-3, atol=1e-3)

    torch.manual_seed(0)
    ((x, _),) = train_set.batches(15, image_size=SIZE)
    plain = everything - pixels.mean
    for image, view in zip(plain, x, strict=True):
        places = [
            crop.flip(2) if mirrored else crop
            for top in range(SIDE - SIZE + 1)
            for left in range(SIDE - SIZE + 1)
            for crop in [image[:, top : top + SIZE, left : left + SIZE]]
            for mirrored in (False, True)
        ]
        colours = [(view - place).flatten(1) for place in places]
        spread = min(difference.std(1).max() for difference in colours)
        assert spread < 1e-3  # one of the views of §4.1, plus one colour for all its pixels
    assert not torch.equal(x, next(iter(train_set.batches(15, image_size=SIZE)))[0])


def test_order_shares_and_padding_are_those_of_every_data_set(tree):
    train_set, _ = photographs(tree, SIZE)
    order = torch.randperm(15, generator=torch.Generator().manual_seed(1))
    labels = [
        [y for _, y in train_set.batches(7, image_size=SIZE, skip=1, ranks=Ranks(rank, 2),
                                         generator=torch.Generator().manual_seed(1))]
        for rank in (0, 1)
    ]  # fmt: skip
    wanted = [train_set.samples[i][1] for i in order[7:]]
    assert [y.tolist() for y in labels[0]] == [wanted[0:7:2], wanted[7:]]
    assert [y.tolist() for y in labels[1]] == [[*wanted[1:7:2], PADDING], [PADDING]]


class Colour(nn.Module):
    """Scores that depend on the crop: the mean of each colour."""

    def forward(self, x):
        return x.mean((2, 3))


def test_errors_of_ten_crops_are_those_of_the_averaged_softmax(tree):
    _, test_set = photographs(tree, SIZE, unit=False)
    x = torch.stack([image for image, _ in test_set]) - test_set.pixels.mean
    y, far = torch.tensor([0, 0, 1, 1, 2, 2]), SIDE - SIZE
    centre, places = far // 2 + far % 2, [(0, 0), (0, far), (far, 0), (far, far)]
    views = [x[:, :, a : a + SIZE, b : b + SIZE] for a, b in [*places, (centre - 1, centre - 1)]]
    views[-1] = transforms.center_crop(x, [SIZE, SIZE])
    views += [view.flip(3) for view in views]
    scores = torch.stack([Colour()(view).softmax(1) for view in views]).mean(0)
    top1 = (scores.argmax(1) != y).float().mean().item()
    assert errors(Colour(), test_set, SIZE, CPU, ten=True) == pytest.approx((top1, 0))
    scores = Colour()(views[4])
    top1 = (scores.argmax(1) != y).float().mean().item()
    assert errors(Colour(), test_set, SIZE, CPU, batch_size=4) == pytest.approx((top1, 0))


def test_goes_on_in_the_middle_of_an_epoch_to_the_same_bits(tree, tmp_path):
    data = photographs(tree, SIZE, workers=1)
    recipe = Recipe(epochs=1, batch_size=4, image_size=SIZE, lr=0.01)

    def network():
        torch.manual_seed(0)
        return nn.Sequential(nn.Conv2d(3, 4, 8, 8), nn.ReLU(), nn.Flatten(), nn.Linear(256, 3))

    def stop(history, model):
        if len(history.losses) == 3:
            raise KeyboardInterrupt

    whole, cut = network(), network()
    train(whole, *data, recipe, CPU)
    with pytest.raises(KeyboardInterrupt):
        train(cut, *data, recipe, CPU, stop, Checkpoints(tmp_path, 0, print))
    cut = network()
    train(cut, *data, recipe, CPU, keep=Checkpoints(tmp_path, tell=print))
    assert torch.equal(cut[3].weight, whole[3].weight)


def run(monkeypatch, module, *arguments) -> int | str | None:
    monkeypatch.setattr("sys.argv", ["program", *map(str, arguments)])
    try:
        module.main()
    except SystemExit as end:
        return end.code
    return 0


def test_one_command_trains_another_evaluates(tree, tmp_path, monkeypatch, capsys):
    data = f"imagefolder:{tree}"
    assert run(monkeypatch, program, tmp_path, "--data", data, *SMALL) == 0
    said = capsys.readouterr().out
    assert f"15 + 6 photographs of 3 classes in {tree}." in said
    found = re.findall(r"(?:Centre crop|Ten crops): top-1 error .*%, top-5 error 0\.00%\.", said)
    assert len(found) == 2
    weights = tmp_path / "weights.safetensors"
    assert run(monkeypatch, evaluate, data, "--weights", weights, "--workers=0") == 0
    said = capsys.readouterr().out.splitlines()
    assert said == [f"6 photographs of 3 classes in {tree / 'val'}.", *found]


def test_torchvisions_weights_are_evaluated_with_its_pixels(tree, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(evaluate, "OneTowerAlexNet", lambda: OneTowerAlexNet(3, width=0.05))
    torch.manual_seed(0)
    model = OneTowerAlexNet(3, width=0.05)
    torch.save(model.state_dict(), tmp_path / "alexnet.pth")
    arguments = [f"imagefolder:{tree}", "--weights", tmp_path / "alexnet.pth", "--workers=0"]
    assert run(monkeypatch, evaluate, *arguments) == 0
    data = validation(tree, 224, 0, torchvision_pixels())
    top1, _ = errors(model, data, 224, evaluate.profile())
    assert f"Centre crop: top-1 error {top1:.2%}" in capsys.readouterr().out
    ((x, _),) = data.batches(6)
    pixels = transforms.normalize(
        torch.stack([image for image, _ in data]).float() / 255,
        [0.485, 0.456, 0.406], [0.229, 0.224, 0.225],
    )  # fmt: skip
    torch.testing.assert_close(x, pixels)


# --- one sentence for whatever is wrong with the tree or the weights


@pytest.mark.parametrize("workers", [0, 1])
def test_an_image_that_cannot_be_read_is_named(copy, workers):
    path = copy / "train/coffee/2.jpg"
    path.write_bytes(path.read_bytes()[:900])
    with pytest.raises(DataError) as error:
        photographs(copy, SIZE, workers)
    assert str(error.value) == f"{path} is no whole image: put a good copy there, or take it away."


def test_a_class_that_is_missing_in_val_is_named(copy, tmp_path, monkeypatch, capsys):
    shutil.rmtree(copy / "val/coffee")
    folder = tmp_path / "new"
    assert run(monkeypatch, program, folder, "--data", f"imagefolder:{copy}", *SMALL) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{copy / 'val'} lacks 1 class(es) that train has (coffee): both need")


def empty_train(copy):
    shutil.rmtree(copy / "train")
    (copy / "train").mkdir()


def empty_class(copy):
    for path in (copy / "train/coffee").iterdir():
        path.unlink()


@pytest.mark.parametrize("change", [empty_train, empty_class, shutil.rmtree])
def test_an_empty_tree_is_one_sentence(copy, change):
    change(copy)
    with pytest.raises(DataError, match=r"train has no photographs, or a class without any") as e:
        photographs(copy, SIZE)
    assert "\n" not in str(e.value)


def test_weights_that_do_not_fit_are_one_sentence(tree, copy, tmp_path, monkeypatch):
    data = f"imagefolder:{tree}"
    missing = run(monkeypatch, evaluate, data, "--weights", tmp_path / "none.pth")
    assert "There is no file" in missing and "alexnet-owt-7be5be79.pth" in missing
    for name in ("bad.pth", "bad.safetensors"):
        (tmp_path / name).write_bytes(b"no weights")
        refused = run(monkeypatch, evaluate, data, "--weights", tmp_path / name)
        assert "holds no weights that fit" in refused and "\n" not in refused
    monkeypatch.setattr(evaluate, "OneTowerAlexNet", lambda: OneTowerAlexNet(4, width=0.05))
    torch.save(OneTowerAlexNet(4, width=0.05).state_dict(), tmp_path / "four.pth")
    refused = run(monkeypatch, evaluate, data, "--weights", tmp_path / "four.pth")
    assert "knows 4 classes, and" in refused and "has 3: name the tree" in refused
    assert run(monkeypatch, evaluate, "cifar", "--weights", "x") == 2


def test_the_sample_is_the_same_every_time(tree, monkeypatch):
    monkeypatch.setattr(imagenet, "SAMPLE", 5)
    first, again = (photographs(tree, SIZE)[0].pixels.mean for _ in range(2))
    assert torch.equal(first, again)
