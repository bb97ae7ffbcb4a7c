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

from tests.support.trainings import CPU, DATA, assert_equal, failing, names, network, read
from utils import checkpoint
from utils.checkpoint import Checkpoints, metrics, write_whole
from utils.film import Film
from utils.training import History, Recipe, evaluate, train

RECIPE = Recipe(epochs=3, batch_size=16, lr=0.02, image_size=28)  # 18 steps, 6 an epoch


def go_on(folder: Path, watch=None, seed: int = 99, **options) -> tuple:
    """Train with whatever is in `folder`, from other first weights: none may be left."""
    model, keep = network(seed), Checkpoints(folder, **options)
    return model, train(model, *DATA, RECIPE, CPU, watch, keep)


def die_at(folder: Path, step: int, watch=lambda history, model: None, **options) -> None:
    """Begin in `folder`; end in a step, before it is saved."""

    def die(history, model):
        watch(history, model)
        if len(history.losses) == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go_on(folder, die, seed=0, **options)


def test_keeping_changes_nothing_and_going_on_returns_the_whole(tmp_path):
    """Steps since the last checkpoint, here after the first epoch, are made again."""
    plain, told, folder = network(), [], tmp_path / "cut"
    history = train(plain, *DATA, RECIPE, CPU)
    go_on(tmp_path / "whole", seed=0)
    die_at(folder, 11)
    for sentence in (
        f"Going on in {folder} after 6 steps, 1 of 3 epochs.",
        f"The training in {folder} is finished: 18 steps, 3 of 3 epochs.",  # and nothing changes
    ):
        model, again = go_on(folder, tell=told.append)
        assert told.pop() == sentence and told == []
        assert (again.losses, again.epochs) == (history.losses, history.epochs)
        assert evaluate(model, DATA[1], RECIPE, CPU)[1] == again.test_accuracy
        for name, value in plain.state_dict().items():
            assert torch.equal(value, model.state_dict()[name])
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


def test_nothing_in_a_checkpoint_is_pickled(tmp_path, monkeypatch):
    """It is numbers and JSON: neither reading nor writing one may touch pickle."""
    refuse = failing(AssertionError("pickle was used"))
    for name in ("load", "save"):
        monkeypatch.setattr(torch, name, refuse)
    for name in ("load", "loads", "dump", "dumps", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    die_at(tmp_path, 9, seconds=0)
    go_on(tmp_path)
    _, about = read(tmp_path / "checkpoint.safetensors")
    assert about.pop("format") == checkpoint.FORMAT
    assert all(json.loads(text) is not None for text in about.values())


def test_metrics_have_a_line_for_50_steps_and_for_an_epoch(tmp_path, monkeypatch):
    history = History(RECIPE, losses=[1.0] * 50 + [3.0] * 50 + [9.0], epochs=[{"epoch": 1}])
    assert metrics(history) == [{"step": 50, "loss": 1}, {"step": 100, "loss": 3}, {"epoch": 1}]
    monkeypatch.setenv("HOME", str(tmp_path))
    _, history = go_on("~/runs")
    lines = (tmp_path / "runs" / "metrics.jsonl").read_bytes().splitlines()
    assert [json.loads(line) for line in lines] == history.epochs


# --- how a file is written


class Cut(io.FileIO):
    """A file on which writing is interrupted half way."""

    def write(self, content):
        super().write(content[:3])
        assert names(Path(self.name).parent) == ["file", "file.part"]
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("name", "fault"),
    [("replace", failing(OSError(28, "No room"))), ("open", lambda *both: Cut(*both))],
)
def test_the_old_file_stays_when_the_new_one_fails(tmp_path, monkeypatch, name, fault):
    path = tmp_path / "file"
    write_whole(path, b"old")
    with monkeypatch.context() as patch, pytest.raises((OSError, KeyboardInterrupt)):
        patch.setattr(Path, name, fault)
        write_whole(path, b"new and long")
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
