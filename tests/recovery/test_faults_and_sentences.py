"""Whatever stops `python -m utils.train` is one sentence, and spares what was saved.

One table: a fault, its sentence, what is then on the disk; afterwards the same command goes on to
the same bits. It all happens in this process; `test_killed_trainings.py` is about real ones.
"""

import json
import os
import re
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import save, save_file
from torch import nn

from tests.support import trainings
from tests.support.trainings import DATA, contents, failing, images, network
from utils import train as program
from utils.data import fashion_mnist
from utils.system import CPU
from utils.training import Checkpoints, Interrupted, Recipe, checkpoint, train

# 18 steps, 6 an epoch; each evaluation has 3 batches
OPTIONS = ["--network=small", "--image-size=28", "--epochs=3", "--batch-size=16", "--lr=0.02"]
FILES = ["checkpoint.safetensors", "metrics.jsonl", "weights.safetensors"]


class Inner(nn.ReLU):
    """In the `when`-th batch that the network sees, `what` is done with its outputs."""

    seen, when, what = 0, 0, None

    def forward(self, x):
        y = super().forward(x)
        if x.is_meta:  # that is only a look at shapes
            return y
        Inner.seen += 1
        return Inner.what(y) if Inner.seen == Inner.when else y


def few(train: tuple = DATA[0]) -> SimpleNamespace:
    return SimpleNamespace(train=train, test=DATA[1], source="Few images.", classes=range(10))


@pytest.fixture(autouse=True, scope="module")
def few_images_and_a_small_network():
    threads = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "fashion_mnist", lambda folder: few())
        patch.setattr(program, "default_profile", lambda: CPU)
        for name in ("small", "twin"):
            patch.setitem(program.NETWORKS, name, lambda *sizes: network(inner=Inner))
        yield
    torch.set_num_threads(threads)


def run(folder: Path, *options: str) -> SimpleNamespace:
    Inner.seen = 0
    return trainings.end_of(program.main, folder, *OPTIONS, *options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the training that nothing stopped."""
    folder = tmp_path_factory.mktemp("whole")
    assert run(folder).code == 0
    return folder


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder with a training that was stopped in the middle of its second epoch."""
    folder = tmp_path_factory.mktemp("begun")
    with pytest.MonkeyPatch.context() as patch:
        pressed(patch, folder, when=6 + 3 + 2)
        assert run(folder).code == 130
    return folder


# --- faults: each is a function of what it patches and of the checkpoint's path


def about(part: str, value: str | None) -> Callable:
    """A checkpoint that says something else of itself, or nothing."""

    def fault(patch, path):
        tensors, said = trainings.read(path)
        said = {name: text for name, text in (said | {part: value}).items() if text is not None}
        path.write_bytes(save(tensors, said))

    return fault


def a_folder_instead(patch, path):
    path.unlink()
    path.mkdir()


class Other(nn.Sequential):
    """Another kind of network, with the same shapes."""


def replaced(name: str, value: object) -> Callable:
    """Something else stands where the program finds images, or networks."""
    return lambda patch, path: patch.setattr(program, name, value)


def built(build: Callable[[], nn.Module]) -> Callable:
    return replaced("NETWORKS", {"small": lambda *sizes: build()})


def full_for(name: str) -> Callable:
    """There is no room on the disk for the files whose name begins like this."""
    real = checkpoint.write_whole

    def write(path, content):
        with pytest.MonkeyPatch.context() as patch:
            if path.name.startswith(name):
                patch.setattr(os, "fsync", failing(OSError(28, "No space left on device")))
            real(path, content)

    return lambda patch, path: patch.setattr(checkpoint, "write_whole", write)


def in_a_batch(what: Callable) -> Callable:
    def fault(patch, path, when=4):
        patch.setattr(Inner, "when", when)
        patch.setattr(Inner, "what", staticmethod(what))

    return fault


def pressed(patch, path, when: int = 4, times: int = 1, number: int = signal.SIGINT) -> None:
    """Ctrl-C in the middle of a step."""

    def press(x):
        for _ in range(times):
            signal.raise_signal(number)
        return x

    in_a_batch(press)(patch, path, when)


@dataclass
class Fault:
    """What is said and left when something happens to a training of 8 steps, or to a `new` one."""

    sentence: str  # … stands for anything
    happens: Callable = lambda patch, path: None
    options: str = ""
    new: bool = False
    code: int = 1
    seen: int = 0  # batches before it is noticed; if 0, no file may differ
    steps: int = 8  # in the checkpoint that is left


ASIDE = "nothing was changed; move it away, or choose another folder."
DAMAGED = f"FOLDER/checkpoint.safetensors is damaged, or no checkpoint (…): {ASIDE}"
LACKS = "FOLDER/checkpoint.safetensors lacks something (…): move it away, or choose another folder."
STRANGER = f"FOLDER/checkpoint.safetensors was written by other software: {ASIDE}"
PAST = STRANGER.replace("other software", "an older or newer version of this book")
NO_FOLDER = "The folder FOLDER cannot be made (File exists): choose another."
NO_DATA = "There is no data folder nowhere: correct its name, or name none."
NO_ROOM = (
    "FOLDER/%s.… could not be written (No space left on device). The last good checkpoint is "
    "untouched. Make room there, or see to it that you may write there; then start the same "
    "training again."
)
NOTHING_YET = NO_ROOM.replace(" The last good checkpoint is untouched.", "")
NO_NUMBER = "The loss became nan at step 11: the learning rate 0.02 is too high … Try 0.0067."
NO_MEMORY = "A batch of 16 images of 28 px, … does not fit into the memory: try accumulate=2 …."
STOPPED = "Stopped after step 12, and saved in FOLDER: the same command, … goes on from here."
AT_ONCE = "Ended at once; the last checkpoint is whole."


def other(words: str, options: str = "", happens: Callable = Fault.happens) -> Fault:
    """Another training than the one in the folder."""
    return Fault(
        f"FOLDER holds a training with other settings ({words}): go on with those, or choose "
        "another folder. Nothing was changed.", happens, options,
    )  # fmt: skip


FAULTS = {
    "an empty checkpoint": Fault(DAMAGED, lambda _, path: path.write_bytes(b"")),
    "half of one": Fault(DAMAGED, lambda _, path: os.truncate(path, path.stat().st_size // 2)),
    "a folder in its place": Fault(DAMAGED, a_folder_instead),
    "no history": Fault(LACKS, about("history", None)),
    "half a history": Fault(LACKS, about("history", "{")),
    "other tensors": Fault(STRANGER, lambda _, path: save_file({"weight": torch.ones(3)}, path)),
    "a past format": Fault(PAST, about("format", "alexnet-book training, 0")),
    "other settings": other(
        "epochs was 3, lr was 0.02, optimizer was sgd, seed was 0, network was small, "
        "weights was he",
        "--epochs=4 --lr=0.5 --optimizer=adam --seed=3 --network=twin --weights=xavier",
    ),
    "other shapes": other("shapes", happens=built(lambda: network(channels=5, inner=Inner))),
    "another kind of network": other(
        "kind of network was Sequential", happens=built(lambda: Other(*network(inner=Inner)))
    ),
    "other images": other(
        "images and labels", happens=replaced("fashion_mnist", lambda _: few(images(90, 3)))
    ),
    "no data": Fault(NO_DATA, replaced("fashion_mnist", fashion_mnist), "--data-dir=nowhere"),
    "a file, no folder": Fault(NO_FOLDER, lambda _, path: path.parent.write_text("text"), new=True),
    "a full disk at first": Fault(NOTHING_YET % "metrics", full_for("metrics"), new=True, steps=0),
    "a full disk on the way": Fault(NO_ROOM % "checkpoint", full_for("checkpoint"), seen=1),
    "no room for the weights": Fault(NO_ROOM % "weights", full_for("weights"), seen=16, steps=18),
    "nan": Fault(NO_NUMBER, in_a_batch(lambda x: x * float("nan")), seen=4, steps=11),
    **{
        f"too little for {error!r}": Fault(NO_MEMORY, in_a_batch(failing(error)), seen=4, steps=11)
        for error in (MemoryError(), torch.OutOfMemoryError("CUDA out of memory."),
                      RuntimeError("DefaultCPUAllocator: can't allocate memory"))
    },
    "Ctrl-C": Fault(STOPPED, pressed, code=130, seen=4, steps=12),
    "SIGTERM": Fault(STOPPED, partial(pressed, number=signal.SIGTERM), code=130, seen=4, steps=12),
    "Ctrl-C twice": Fault(AT_ONCE, partial(pressed, times=2), code=130, seen=4, steps=11),
}  # fmt: skip


def files(folder: Path) -> dict[Path, bytes | None]:
    """All that is below a folder."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_a_sentence_and_the_training_goes_on(tmp_path, begun, whole, name):
    fault, folder = FAULTS[name], tmp_path / "trainings" / "here"
    path = folder / FILES[0]
    folder.parent.mkdir()
    if not fault.new:
        shutil.copytree(begun, folder)
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.MonkeyPatch.context() as patch:
        fault.happens(patch, path)
        before = files(tmp_path)
        end = run(folder, "--save-seconds=0", *fault.options.split())
    sentence = re.escape(fault.sentence).replace("…", ".+")
    assert re.fullmatch(sentence.replace("FOLDER", re.escape(str(folder))) + "\n", end.err)
    assert (end.code, Inner.seen) == (fault.code, fault.seen)
    assert handlers == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert not list(tmp_path.rglob("*.part"))
    if fault.seen:
        tensors, history, _ = contents(folder)
        assert len(history["losses"]) == fault.steps
        assert all(value.isfinite().all() for value in tensors.values())
    elif fault.steps:
        assert files(tmp_path) == before

    # What the sentence says is done, then the same training goes on, or starts anew.
    told = f"Going on in {folder} after {fault.steps} steps, {(fault.steps - 1) // 6} of 3 epochs."
    if fault.steps == 18:
        told = f"The training in {folder} is finished: 18 steps, 3 of 3 epochs."
    if "move it away" in end.err:
        path.rename(tmp_path / "away")
    elif "choose another." in end.err:
        folder = tmp_path / "another"
    anew = not (folder / FILES[0]).exists()
    end = run(folder)
    assert (end.code, end.err) == (0, "")
    assert end.out.splitlines()[2:-2] == ([] if anew else [told])
    trainings.assert_equal(folder, whole)
    assert trainings.names(folder) == FILES
    assert (folder / FILES[2]).read_bytes() == (whole / FILES[2]).read_bytes()


def test_an_error_that_has_no_sentence_stays_what_it_is(tmp_path, monkeypatch):
    in_a_batch(failing(RuntimeError("shapes cannot be multiplied")))(monkeypatch, tmp_path)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("options", "batches"),
    [
        # 6 steps, then 3 batches to evaluate, and so on: at both ends of each, and in between
        ("", [1, 2, 3, 3, 2, 2, 4, 2, 5, 3, 5, 5, 2, 3]),
        ("--optimizer=adam", [3, 5, 5, 9]),
        ("--optimizer=muon --label-smoothing=0.1", [3, 5, 5, 9]),
        ("--momentum=0 --schedule=constant", [3, 5, 5, 9]),
    ],
)
def test_goes_on_from_anywhere_with_every_optimiser_and_more_than_once(
    tmp_path, monkeypatch, options, batches
):
    """Half a file of a killed process is in nobody's way."""
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    run(whole, *options.split())
    for batch in batches:
        in_a_batch(failing(SystemExit(9)))(monkeypatch, killed, batch)
        assert run(killed, "--save-seconds=0", *options.split()).code == 9
        for name in FILES:
            (killed / f"{name}.part").write_bytes(b"half")
    monkeypatch.undo()
    assert run(killed, *options.split()).code == 0
    trainings.assert_equal(killed, whole)
    assert trainings.names(killed) == FILES


def test_a_setting_newer_than_the_checkpoint_does_not_matter(tmp_path, begun, whole):
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    _, said = trainings.read(tmp_path / FILES[0])
    for part, name in (("identity", "kind of network"), ("conditions", "deterministic")):
        old = json.loads(said[part])
        del old[name]
        about(part, json.dumps(old))(None, tmp_path / FILES[0])
    assert run(tmp_path).code == 0
    trainings.assert_equal(tmp_path, whole)


def test_an_ignored_ctrl_c_stays_ignored(tmp_path, monkeypatch, whole):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    pressed(monkeypatch, tmp_path)
    try:
        assert run(tmp_path).code == 0
    finally:
        signal.signal(signal.SIGINT, before)
    trainings.assert_equal(tmp_path, whole)


def test_after_ctrl_c_in_a_notebook_the_cell_with_checkpoints_need_not_be_executed_again(
    tmp_path, monkeypatch
):
    checkpoints, Inner.seen = Checkpoints(tmp_path, seconds=0), 0
    pressed(monkeypatch, tmp_path)
    recipe = Recipe(epochs=3, batch_size=16, image_size=28)
    arguments = network(inner=Inner), *DATA, recipe, CPU
    with pytest.raises(Interrupted), checkpoints:
        train(*arguments, checkpoints=checkpoints)
    assert len(contents(tmp_path)[1]["losses"]) == 4
    with checkpoints:
        assert len(train(*arguments, checkpoints=checkpoints).epochs) == 3


def test_other_conditions_are_told_and_it_goes_on(tmp_path, monkeypatch, begun):
    """Where data are and when it is saved is no condition: nothing is said of it."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    threads, half = torch.get_num_threads(), replace(CPU, dtype=torch.bfloat16)
    monkeypatch.setattr(program, "default_profile", lambda: half)
    options = ["--accumulate=2", "--save-seconds=5", "--data-dir=elsewhere"]
    end = run(tmp_path, f"--threads={threads + 1}", *options)
    torch.set_num_threads(threads)
    assert (end.code, end.err) == (0, "")
    more = f"threads {threads}, now {threads + 1}"
    assert [line for line in end.out.splitlines() if "Changed" in line] == [
        f"Changed since the checkpoint: {change}. The training goes on, but will not be equal to "
        "the last bit."
        for change in ("precision float32, now bfloat16", more, "parts of a batch 1, now 2")
    ]
    assert len(contents(tmp_path)[1]["epochs"]) == 3
