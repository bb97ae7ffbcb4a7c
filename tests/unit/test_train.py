"""`python -m utils.train`: its settings, and a training from beginning to end.

Whatever goes wrong on the way is in `tests/recovery/test_faults_and_sentences.py`.
"""

import json
import os
import re
from dataclasses import asdict, fields
from functools import partial
from types import SimpleNamespace

import pytest
import safetensors.torch
import torch

from tests.support.trainings import end_of, names, read
from utils import train as program
from utils.data import Dataset, fashion_mnist
from utils.nets import LeNet
from utils.train import NETWORKS, Settings, parse
from utils.training import Recipe, evaluate

SMALL = ["--network=lenet", "--image-size=28", "--batch-size=50", "--epochs=2", "--lr=0.05"]
run = partial(end_of, program.main)


@pytest.fixture(autouse=True, scope="module")
def few():
    """The first 400 training and 200 test images are all that the program finds."""
    whole = fashion_mnist(quiet=True)
    few = Dataset(whole.train.first(400), whole.test.first(200), "A few images.", False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "fashion_mnist", lambda folder: few)
        yield few


def test_help_shows_every_setting_with_its_words_and_its_default(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    help_ = " ".join(run("--help").out.split())
    for field in fields(Settings):
        option = f"--{field.name.replace('_', '-')}"
        words = f"{field.metadata['help']} (default: {field.default})"
        assert re.search(rf"{option} (\w+ )?{re.escape(words)}", help_), option
    assert "Exit codes: 0 trained to the end; 1 stopped" in help_
    assert "folder where checkpoints, metrics and weights go" in help_


def test_every_option_reaches_the_settings_and_the_recipe_is_the_chapters(tmp_path):
    chosen = Settings(
        epochs=7, batch_size=32, lr=0.5, momentum=0.8, weight_decay=0.25, optimizer="adam",
        schedule="constant", image_size=70, seed=5, accumulate=2, label_smoothing=0.1,
        network="d2l", width=0.5,
        weights="xavier", data_dir="somewhere", save_seconds=1.5,
        data="imagefolder:here", workers=1, threads=3, deterministic=True,
    )  # fmt: skip
    assert [f.name for f in fields(Settings) if getattr(chosen, f.name) == f.default] == []
    options = []
    for name, value in asdict(chosen).items():
        options += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
    assert parse([*options, str(tmp_path)]) == (chosen, tmp_path)
    assert parse([str(tmp_path)]) == (Settings(), tmp_path)
    assert asdict(Settings()).items() >= asdict(Recipe()).items()


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_can_be_built(name):
    side = {"lenet": 28, "alexnet": 64, "paper": 64}.get(name, 65)
    model = Settings(network=name, image_size=side).model()
    assert model(torch.zeros(2, 1, side, side)).shape == (2, 10)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ("--network resnet", 'Network "resnet" is unknown: use alexnet, paper, d2l, fast, lenet.'),
        ("--optimizer adamw", 'Optimizer "adamw" is unknown: use "sgd" or "adam" or "muon".'),
        ("--weights zero", 'The scheme "zero" is unknown: use one of paper, program, xavier, he.'),
        ("--network lenet", "LeNet was built for 1 channel(s) and sides of 28 to 31 px"),
        ("--network lenet --image-size 28 --weights paper", '2 convolutions: use "xavier" or "he"'),
        ("--network d2l", "image_size must be at least 65"),
        ("--epochs 0", "epochs is 0: it must be above zero."),
        ("--schedule cosine", 'Schedule "cosine" is unknown: use "constant" or "one-cycle".'),
        ("--lr nan", "lr is nan: it must be above zero."),
        ("--momentum 1.5", "momentum is 1.5: it must be from 0 to below 1."),
        ("--batch-size 4 --accumulate 8", "A batch of 4 cannot be worked on in 8 parts."),
        ("--threads -1", "threads is -1: it must be from 0 to 1024."),
        ("--data cifar", 'data is "cifar": use fashion-mnist or imagefolder:PATH.'),
        ("--data imagefolder:x --network lenet", "choose another network"),
        ("--seed -1", "seed is -1: it must be from 0 to"),
    ],
)
def test_settings_that_make_no_sense_are_one_sentence(tmp_path, options, sentence):
    end = run(tmp_path / "new", *options.split())
    assert end.code == 2
    assert sentence in end.err.splitlines()[-1]
    assert not (tmp_path / "new").exists()


def test_trains_to_the_end_and_leaves_weights_with_the_printed_accuracy(tmp_path, few):
    folder = tmp_path / "one"
    end = run(folder, *SMALL, "--seed", 3)
    assert end.code == 0
    first, source, accuracy, last = end.out.splitlines()
    assert re.fullmatch(
        r"Seed 3, (quick|full) profile on \w+, b?float\d+, \d+ thread\(s\)\.", first
    )
    assert source == "A few images."
    assert last == f"Weights and metrics: {folder}"
    assert names(folder) == ["checkpoint.safetensors", "metrics.jsonl", "weights.safetensors"]
    _, about = read(folder / "weights.safetensors")
    settings = Settings(**json.loads(about["settings"]))
    assert settings == parse([*SMALL, "--seed=3", str(folder)])[0]
    model = LeNet(activation=torch.nn.ReLU, pool=torch.nn.MaxPool2d)
    safetensors.torch.load_model(model, folder / "weights.safetensors")
    model.to(memory_format=torch.channels_last)  # as in the training: sums in the same order
    reached = evaluate(model, few.test, Recipe(batch_size=50, image_size=28))[1]
    assert accuracy == f"Test accuracy {reached:.4f} after 2 epoch(s)."
    assert reached > 0.2  # guessing gives 0.1
    metrics = (folder / "metrics.jsonl").read_bytes()
    assert json.loads(metrics.splitlines()[-1])["test accuracy"] == pytest.approx(reached)

    again = run(folder, *SMALL, "--seed", 3)  # it is finished
    assert (again.code, again.out.splitlines()[-2:]) == (0, [accuracy, last])
    for seed, same in ((3, True), (4, False)):  # the seed decides
        run(tmp_path / str(seed), *SMALL, "--seed", seed)
        assert ((tmp_path / str(seed) / "metrics.jsonl").read_bytes() == metrics) == same


def test_deterministic_is_said_to_torch_and_on_cuda_that_runs_differ(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    try:
        assert run(tmp_path, *SMALL, "--deterministic").code == 0
        assert torch.are_deterministic_algorithms_enabled()
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    finally:
        torch.use_deterministic_algorithms(False)
    cuda = SimpleNamespace(device=torch.device("cuda"))
    monkeypatch.setattr(program, "default_profile", lambda: cuda)
    program._prepare(Settings())
    assert "two runs can differ in the last digits; --deterministic" in capsys.readouterr().out


def test_progress_has_speed_and_time_left_and_the_sentence_its_own_line(tmp_path, monkeypatch):
    monkeypatch.delenv("BOOK_BATCH")
    smaller = [*SMALL, "--batch-size", "48"]  # 400 images are no whole number of batches
    bar = run(tmp_path / "good", *smaller).err
    assert re.search(r"800/800 \[\d+:\d+<\d+:\d+, .*image/s, test_accuracy=0\.\d+\]", bar)
    assert "800/800" in run(tmp_path / "good", *smaller).err
    last = run(tmp_path / "bad", *SMALL, "--lr", "1e30").err.splitlines()[-1]
    assert re.match(r"The loss became \w+ at step \d+: the learning rate 1e\+30 is too", last)
