"""A checkpoint's files: whole at any moment, nothing but data, enough to go on as if never stopped.

Small networks and few images. What stops a training is in `test_faults_and_sentences.py`.
"""

import io
import json
import os
import pickle
import stat
from pathlib import Path

import pytest
import torch

from tests.support.trainings import CPU, DATA, assert_equal, contents, failing, names, network, read
from utils import checkpoint
from utils.checkpoint import Checkpoints, metrics, write_whole
from utils.film import Film
from utils.training import History, Recipe, evaluate, train

RECIPE = Recipe(epochs=3, batch_size=16, lr=0.02, image_size=28)  # 18 steps, 6 an epoch


class Killed(BaseException):
    """What ends a training here, where `kill -9` would need a process."""


def go_on(folder: Path, watch=None, seed: int = 99, **options) -> tuple:
    """Train with whatever is in `folder`, from other first weights: none may be left."""
    model, keep = network(seed), Checkpoints(folder, **options)
    return model, train(model, *DATA, RECIPE, CPU, watch, keep)


def die_at(folder: Path, step: int, watch=lambda history, model: None, **options) -> None:
    """Begin in `folder`; end in a step, before it is saved."""

    def die(history, model):
        watch(history, model)
        if len(history.losses) == step:
            raise Killed

    with pytest.raises(Killed):
        go_on(folder, die, seed=0, **options)


def test_keeping_changes_nothing_and_going_on_returns_the_whole(tmp_path):
    """Steps since the last checkpoint, here after the first epoch, are made again."""
    plain, told, folder = network(), [], tmp_path / "cut"
    history = train(plain, *DATA, RECIPE, CPU)
    go_on(tmp_path / "whole", seed=0)
    tensors, kept, _ = contents(tmp_path / "whole")
    assert history.losses == kept["losses"] and history.epochs == kept["epochs"]
    for name, value in plain.state_dict().items():
        assert torch.equal(value, tensors[f"model.{name}"])
    die_at(folder, 11)
    for sentence in (
        f"Going on in {folder} after 6 steps, 1 of 3 epochs.",
        f"The training in {folder} is finished: 18 steps, 3 of 3 epochs.",  # and nothing changes
    ):
        model, history = go_on(folder, tell=told.append)
        assert told.pop() == sentence and told == []
        assert history.losses == kept["losses"] and len(history.losses) == 18
        assert [row["epoch"] for row in history.epochs] == [1, 2, 3]
        assert evaluate(model, DATA[1], RECIPE, CPU)[1] == history.test_accuracy
        assert torch.equal(model[7].weight, plain[7].weight)
        assert model[3].weight.is_contiguous(memory_format=torch.channels_last)
        assert_equal(folder, tmp_path / "whole")


def test_a_film_keeps_its_frames(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    whole, begun, rest = (Film(DATA[1], RECIPE, (0, 2, 7, 9, 18)) for _ in range(3))
    go_on(one, whole, seed=0)
    die_at(two, 9, begun, seconds=0)
    go_on(two, rest)
    assert [frame["step"] for frame in rest.frames] == [0, 2, 7, 9, 18]
    assert rest.frames == whole.frames
    assert_equal(one, two)


@pytest.mark.parametrize(("seconds", "saves"), [(3600, 3), (0, 18 + 3)])
def test_saves_when_it_is_time_to_and_after_each_epoch(monkeypatch, tmp_path, seconds, saves):
    saved, real = [], Checkpoints.save
    monkeypatch.setattr(Checkpoints, "save", lambda *both: saved.append(real(*both)))
    monkeypatch.setenv("HOME", str(tmp_path))
    go_on("~/runs/deep", seconds=seconds)  # the home folder has its short name
    assert len(saved) == saves
    assert (tmp_path / "runs" / "deep" / "checkpoint.safetensors").is_file()


def test_nothing_in_a_checkpoint_is_pickled(tmp_path, monkeypatch):
    """It is numbers and JSON: neither reading nor writing one may touch pickle."""
    refuse = failing(AssertionError("pickle was used"))
    for module, name in ((torch, "load"), (torch, "save"), (pickle, "loads"), (pickle, "load")):
        monkeypatch.setattr(module, name, refuse)
    for name in ("dumps", "dump", "Unpickler", "Pickler"):
        monkeypatch.setattr(pickle, name, refuse)
    die_at(tmp_path, 9, seconds=0)
    go_on(tmp_path)
    _, about = read(tmp_path / "checkpoint.safetensors")
    assert about.pop("format") == checkpoint.FORMAT
    assert all(json.loads(text) is not None for text in about.values())


def test_metrics_have_a_line_for_50_steps_and_for_an_epoch(tmp_path):
    history = History(RECIPE, losses=[1.0] * 50 + [3.0] * 50 + [9.0], epochs=[{"epoch": 1}])
    assert metrics(history) == [{"step": 50, "loss": 1}, {"step": 100, "loss": 3}, {"epoch": 1}]
    go_on(tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_bytes().splitlines()]
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert rows[0].keys() == {
        "epoch", "train loss", "train accuracy", "test loss", "test accuracy",
    }  # fmt: skip


# --- how a file is written


def full_after_three_bytes(error: BaseException):
    """What replaces Path.open, for a disk on which writing fails half way."""

    class Full(io.FileIO):
        def write(self, content):
            super().write(content[:3])
            assert names(Path(self.name).parent) == ["file", "file.part"]
            raise error

    return lambda *arguments: Full(*arguments)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [(Path, "replace", failing), (os, "fsync", failing), (Path, "open", full_after_three_bytes)],
    ids=["rename", "fsync", "half way"],
)
def test_the_old_file_stays_when_the_new_one_fails(
    tmp_path, monkeypatch, module, name, fault, error
):
    path = tmp_path / "file"
    write_whole(path, b"old")
    monkeypatch.setattr(module, name, fault(error))
    with pytest.raises(type(error)):
        write_whole(path, b"new and long")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_content_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    """A system that cannot flush folders is good enough: Colab's Drive, for example."""
    order, path = [], tmp_path / "file"
    fsync, replace = os.fsync, Path.replace

    def flush(number):
        folder = stat.S_ISDIR(os.fstat(number).st_mode)
        order.append("flush folder" if folder else "flush")
        fsync(number)
        if folder:
            raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", flush)
    monkeypatch.setattr(Path, "replace", lambda *paths: (order.append("name"), replace(*paths)))
    write_whole(path, b"content")
    assert order == ["flush", "name", "flush folder"]
    assert path.read_bytes() == b"content"
