"""A checkpoint's files: whole at any moment, nothing but data, enough to go on as if never stopped.

Small networks and few images. What stops a training is in `test_faults_and_sentences.py`.
"""

import json
import os
import pickle
import signal
import stat
from pathlib import Path

import pytest
import torch

from tests.support.trainings import DATA, assert_equal, failing, names, network, read
from utils.system import CPU, write_whole
from utils.training import Checkpoints, History, Recipe, Snapshots, train
from utils.training.checkpoint import metrics
from utils.training.checkpoint_file import FORMAT

RECIPE = Recipe(epochs=3, batch_size=16, lr=0.02, image_size=28)  # 18 steps, 6 an epoch


def go_on(folder: Path | str, callback=None, seed: int = 99, **options) -> tuple:
    """Train with whatever is in `folder`, from other initial weights: none may be left."""
    model, checkpoints = network(seed), Checkpoints(folder, **options)
    return model, train(model, *DATA, RECIPE, CPU, callback, checkpoints)


def test_saving_changes_nothing_and_going_on_returns_all_and_its_frames(tmp_path, monkeypatch):
    """Steps since the last checkpoint, here after the first epoch, are made again.

    A checkpoint is numbers and JSON: neither reading nor writing one may touch pickle.
    """
    refuse = failing(AssertionError("pickle was used"))
    for name in ("load", "save"):
        monkeypatch.setattr(torch, name, refuse)
    for name in ("load", "loads", "dump", "dumps", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    plain, told, folder, whole = network(), [], tmp_path / "cut", tmp_path / "whole"
    first, kept, begun, rest = (Snapshots(DATA[1], RECIPE, (0, 2, 7, 9, 18)) for _ in range(4))
    history = train(plain, *DATA, RECIPE, CPU, first)
    monkeypatch.setenv("HOME", str(tmp_path))
    go_on("~/whole", kept, seed=0)

    def die(history, model):
        begun(history, model)
        if len(history.losses) == 11:
            signal.raise_signal(signal.SIGINT)  # without `with` it is what it always was

    with pytest.raises(KeyboardInterrupt):
        go_on(folder, die, seed=0)
    for sentence in (
        f"Going on in {folder} after 6 steps, 1 of 3 epochs.",
        f"The training in {folder} is finished: 18 steps, 3 of 3 epochs.",  # and nothing changes
    ):
        model, again = go_on(folder, rest, report=told.append)
        assert told.pop() == sentence and told == []
        assert (again.losses, again.epochs) == (history.losses, history.epochs)
        for name, value in plain.state_dict().items():
            assert torch.equal(value, model.state_dict()[name])
        assert model[3].weight.is_contiguous(memory_format=torch.channels_last)
        assert_equal(folder, whole)
    assert rest.history.frames == first.history.frames
    _, about = read(folder / "checkpoint.safetensors")
    assert about.pop("format") == FORMAT
    assert all(json.loads(text) is not None for text in about.values())
    lines = (whole / "metrics.jsonl").read_bytes().splitlines()
    assert [json.loads(line) for line in lines] == history.epochs


def test_metrics_have_a_line_for_50_steps_and_for_an_epoch():
    history = History(RECIPE, losses=[1.0] * 50 + [3.0] * 50 + [9.0], epochs=[{"epoch": 1}])
    assert metrics(history) == [{"step": 50, "loss": 1}, {"step": 100, "loss": 3}, {"epoch": 1}]


# --- how a file is written


@pytest.mark.parametrize(("module", "name"), [(os, "fsync"), (Path, "replace")])
def test_the_old_file_stays_when_the_new_one_is_interrupted(tmp_path, monkeypatch, module, name):
    path = tmp_path / "file"
    write_whole(path, b"old")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, name, failing(KeyboardInterrupt()))
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
