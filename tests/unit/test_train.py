"""`python -m utils.train`: settings, exit codes, and one sentence for whatever goes wrong."""

import json
import os
import re
import sys
from dataclasses import asdict, fields
from types import SimpleNamespace

import pytest
import safetensors
import safetensors.torch
import torch

from utils import checkpoint
from utils import train as program
from utils.checkpoint import CheckpointError, Interrupted
from utils.data import Dataset, fashion_mnist
from utils.models import LeNet
from utils.train import NETWORKS, Settings, parse
from utils.training import Recipe, evaluate

SMALL = ["--network=lenet", "--image-size=28", "--batch-size=50", "--epochs=2", "--lr=0.05"]


@pytest.fixture(scope="module")
def few():
    """The first 400 training and 200 test images."""
    whole = fashion_mnist(quiet=True)
    parts = [part[:n] for pair, n in ((whole.train, 400), (whole.test, 200)) for part in pair]
    return Dataset(*parts, source="A few images.", complete=False)


@pytest.fixture
def run(monkeypatch, capsys, few):
    """Run the program on few images; returns its exit code, and what it printed where."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["train", *map(str, arguments)])
        try:
            program.main()
            code = 0
        except SystemExit as end:
            code = end.code
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return SimpleNamespace(code=code, out=said.out, err=said.err)

    monkeypatch.setattr(program, "fashion_mnist", lambda folder: few)
    threads = torch.get_num_threads()
    yield run
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(False)


def failing(error: BaseException):
    def fail(*arguments, **options):
        raise error

    return fail


# --- settings


def test_help_shows_every_setting_with_its_words_and_its_default(run, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    help_ = " ".join(run("--help").out.split())
    for field in fields(Settings):
        option = f"--{field.name.replace('_', '-')}"
        words = f"{field.metadata['help']} (default: {field.default})"
        assert re.search(rf"{option} (\w+ )?{re.escape(words)}", help_), option
    assert "Exit codes: 0 trained to the end; 1 stopped" in help_
    assert "folder where checkpoints, metrics and weights go" in help_


def test_every_option_reaches_the_settings(tmp_path):
    chosen = Settings(
        epochs=7, batch_size=32, lr=0.5, momentum=0.8, weight_decay=0.25, optimizer="adam",
        schedule="constant", image_size=70, seed=5, accumulate=2, network="d2l", width=0.5,
        weights="xavier", data_dir="somewhere", save_seconds=1.5,
        data="imagefolder:here", workers=1, threads=3, deterministic=True,
    )  # fmt: skip
    different = [f.name for f in fields(Settings) if getattr(chosen, f.name) != f.default]
    assert different == [field.name for field in fields(Settings)]
    options = []
    for name, value in asdict(chosen).items():
        options += [f"--{name.replace('_', '-')}"] + ([] if value is True else [str(value)])
    assert parse([*options, str(tmp_path)]) == (chosen, tmp_path)
    assert parse([str(tmp_path)]) == (Settings(), tmp_path)


def test_the_recipe_is_the_chapters():
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
        ("--optimizer adamw", 'Optimizer "adamw" is unknown: use "sgd" or "adam".'),
        ("--weights zero", 'The scheme "zero" is unknown: use one of paper, program, xavier, he.'),
        ("--network lenet", "LeNet was built for 1 channel(s) and sides of 28 to 31 px"),
        ("--network lenet --image-size 28 --weights paper", 'use "xavier" or "he"'),
        ("--network d2l", "image_size must be at least 65"),
        ("--epochs 0", "epochs is 0: it must be above zero."),
        ("--epochs two", "argument --epochs: invalid int value: 'two'"),
        ("--batch-size 4 --accumulate 8", "A batch of 4 cannot be worked on in 8 parts."),
        ("--threads -1", "threads is -1: it must be from 0 to 1024."),
        ("--data cifar", 'data is "cifar": use fashion-mnist or imagefolder:PATH.'),
        ("--data imagefolder:x --network lenet", "choose another network"),
        ("--seed -1", "seed is -1: it must be from 0 to"),
        ("--learning-rate 1", "unrecognized arguments: --learning-rate 1"),
    ],
)
def test_settings_that_make_no_sense_are_one_sentence(run, tmp_path, options, sentence):
    end = run(tmp_path / "new", *options.split())
    assert end.code == 2
    assert sentence in end.err.splitlines()[-1]
    assert not (tmp_path / "new").exists()


def test_without_a_folder_it_asks_for_one(run):
    end = run()
    assert end.code == 2
    assert "the following arguments are required: folder" in end.err


# --- a training from beginning to end


def test_trains_to_the_end_and_leaves_weights_with_the_printed_accuracy(run, tmp_path, few):
    end = run(tmp_path, *SMALL, "--seed", 3)
    assert end.code == 0
    first, source, accuracy, last = end.out.splitlines()
    assert re.fullmatch(
        r"Seed 3, (quick|full) profile on \w+, b?float\d+, \d+ thread\(s\)\.", first
    )
    assert source == "A few images."
    assert last == f"Weights and metrics: {tmp_path}"
    model = LeNet(activation=torch.nn.ReLU, pool=torch.nn.MaxPool2d)
    safetensors.torch.load_model(model, tmp_path / "weights.safetensors")
    model.to(memory_format=torch.channels_last)  # as in the training: sums in the same order
    reached = evaluate(model, few.test, Recipe(batch_size=50, image_size=28))[1]
    assert accuracy == f"Test accuracy {reached:.4f} after 2 epoch(s)."
    assert reached > 0.2  # guessing gives 0.1
    rows = (tmp_path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(rows[-1])["test accuracy"] == pytest.approx(reached)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint.safetensors", "metrics.jsonl", "weights.safetensors",
    ]  # fmt: skip


def test_weights_say_how_they_were_made(run, tmp_path):
    run(tmp_path, *SMALL)
    with safetensors.safe_open(tmp_path / "weights.safetensors", framework="pt") as file:
        settings = json.loads(file.metadata()["settings"])
    assert Settings(**settings) == parse([*SMALL, str(tmp_path)])[0]


def test_the_seed_decides(run, tmp_path):
    folders = [tmp_path / name for name in ("one", "same", "other")]
    for folder, seed in zip(folders, (0, 0, 1), strict=True):
        run(folder, *SMALL, "--seed", seed)
    one, same, other = ((folder / "metrics.jsonl").read_bytes() for folder in folders)
    assert one == same != other


def test_again_when_it_is_finished_says_so_and_changes_nothing(run, tmp_path):
    first = run(tmp_path, *SMALL)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = run(tmp_path, *SMALL)
    assert again.code == 0
    assert f"The training in {tmp_path} is finished: 16 steps, 2 of 2 epochs." in again.out
    assert again.out.splitlines()[-2:] == first.out.splitlines()[-2:]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_threads_and_places_may_change(run, tmp_path):
    run(tmp_path, *SMALL, "--threads", 1)
    end = run(tmp_path, *SMALL, "--threads", 2, "--save-seconds", 5, "--data-dir", "elsewhere")
    assert end.code == 0
    assert "Changed since the checkpoint: threads 1, now 2." in end.out


@pytest.mark.parametrize(
    ("options", "words"),
    [("--lr 0.1", "lr was 0.05"), ("--weights xavier", "weights was he")],
)
def test_other_settings_in_the_same_folder_are_refused(run, tmp_path, options, words):
    run(tmp_path, *SMALL)
    before = (tmp_path / "checkpoint.safetensors").read_bytes()
    end = run(tmp_path, *SMALL, *options.split())
    assert end.code == 1
    (line,) = end.err.splitlines()
    assert f"holds a training with other settings ({words}): go on with those, or" in line
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == before


def test_networks_of_equal_shapes_are_different_trainings(run, tmp_path):
    tiny = ["--width", "0.02", "--image-size", "65", "--epochs", "1", "--batch-size", "200"]
    assert run(tmp_path, "--network", "d2l", *tiny).code == 0
    end = run(tmp_path, "--network", "fast", *tiny)
    assert end.code == 1
    assert "network was d2l" in end.err


def test_deterministic_is_said_to_torch(run, tmp_path, monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")
    assert run(tmp_path, *SMALL, "--deterministic").code == 0
    assert torch.are_deterministic_algorithms_enabled()
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"


def test_on_cuda_it_says_that_runs_differ(monkeypatch, capsys):
    cuda = SimpleNamespace(device=torch.device("cuda"))
    monkeypatch.setattr(program, "profile", lambda: cuda)
    program._prepare(Settings())
    assert "two runs can differ in the last digits; --deterministic" in capsys.readouterr().out


# --- whatever goes wrong


def assert_one_sentence(end, sentence: str, code: int = 1) -> None:
    assert end.code == code
    (line,) = end.err.splitlines()
    assert re.search(sentence, line)


def test_divergence_is_one_sentence(run, tmp_path):
    end = run(tmp_path, *SMALL, "--lr", "1e30")
    assert_one_sentence(end, r"The loss became \w+ at step \d+: the learning rate 1e\+30 is too")


def test_a_missing_data_folder_is_one_sentence(run, tmp_path, monkeypatch):
    monkeypatch.setattr(program, "fashion_mnist", fashion_mnist)
    end = run(tmp_path, *SMALL, "--data-dir", tmp_path / "nowhere")
    assert_one_sentence(end, "There is no data folder .*nowhere: correct its name, or name none")


def test_a_folder_that_is_a_file_is_one_sentence(run, tmp_path):
    (tmp_path / "file").touch()
    assert_one_sentence(run(tmp_path / "file", *SMALL), "cannot be made .* choose another")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError("A batch of 9 does not fit: try --accumulate 2."), 1),
        (CheckpointError("It is damaged: nothing was changed."), 1),
        (Interrupted("Stopped after step 4, and saved in x: the same command goes on."), 130),
    ],
)
def test_what_the_training_raises_is_printed_as_it_is(run, tmp_path, monkeypatch, error, code):
    monkeypatch.setattr(program, "train", failing(error))
    end = run(tmp_path, *SMALL)
    assert end.code == code
    assert end.err == f"{error}\n"


def test_a_second_ctrl_c_is_a_sentence_too(run, tmp_path, monkeypatch):
    monkeypatch.setattr(program, "train", failing(KeyboardInterrupt()))
    end = run(tmp_path, *SMALL)
    assert_one_sentence(end, "Ended at once; the last checkpoint is whole.", code=130)


def test_a_full_disk_is_one_sentence(run, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", failing(OSError(28, "No space left on device")))
    assert_one_sentence(run(tmp_path, *SMALL), r"could not be written \(No space left on device\)")


def test_weights_that_found_no_room_are_written_the_next_time(run, tmp_path, monkeypatch):
    real = checkpoint.write_whole

    def full(path, content):
        if path.name == "weights.safetensors":
            raise OSError(28, "No space left on device")
        real(path, content)

    monkeypatch.setattr(checkpoint, "write_whole", full)
    assert_one_sentence(run(tmp_path, *SMALL), "weights.safetensors could not be written")
    monkeypatch.setattr(checkpoint, "write_whole", real)
    end = run(tmp_path, *SMALL)
    assert end.code == 0 and "is finished" in end.out
    assert (tmp_path / "weights.safetensors").is_file()


def test_progress_has_speed_and_time_left_and_the_sentence_its_own_line(run, tmp_path, monkeypatch):
    monkeypatch.delenv("BOOK_BATCH")
    smaller = [*SMALL, "--batch-size", "48"]  # 400 images are no whole number of batches
    bar = run(tmp_path / "good", *smaller).err
    assert re.search(r"800/800 \[\d+:\d+<\d+:\d+, .*image/s, test_accuracy=0\.\d+\]", bar)
    assert "800/800" in run(tmp_path / "good", *smaller).err
    bar = run(tmp_path / "bad", *SMALL, "--lr", "1e30").err
    assert bar.splitlines()[-1].startswith("The loss became")
