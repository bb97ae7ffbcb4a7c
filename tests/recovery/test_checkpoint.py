"""A training goes on from its checkpoint as if nothing had happened, or says in a sentence why not.

Small networks and few images; `test_killed_trainings.py` does the same to real processes.
"""

import json
import os
import pickle
import signal
import stat
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch
from torch import nn

from utils import checkpoint
from utils.checkpoint import CheckpointError, Checkpoints, Interrupted, metrics, write_whole
from utils.film import Film
from utils.settings import Profile
from utils.training import History, Recipe, evaluate, train

CPU = Profile("quick", torch.device("cpu"), torch.float32)
SGD = Recipe(epochs=3, batch_size=16, lr=0.02, image_size=28)  # 18 steps, 6 an epoch
ADAM = Recipe(epochs=3, batch_size=16, lr=0.002, image_size=28, optimizer="adam")
PLAIN = Recipe(epochs=3, batch_size=16, lr=0.02, image_size=28, momentum=0, schedule="constant")


class Killed(BaseException):
    """What ends a training here, where `kill -9` would need a process."""


class Mortal(Checkpoints):
    """Saves after each step, and dies when `steps` and `epochs` are done and saved."""

    def __init__(self, folder: Path, steps: int, epochs: int = -1):
        super().__init__(folder, seconds=0, tell=lambda sentence: None)
        self.steps, self.epochs = steps, epochs

    def save(self, training):
        super().save(training)
        history = training.history
        if len(history.losses) == self.steps and self.epochs in (-1, len(history.epochs)):
            raise Killed


def images(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    pixels = torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=random)
    return pixels, torch.randint(0, 10, (count,), generator=random)


DATA = images(90, seed=1), images(40, seed=2)


def network(seed: int = 0, channels: int = 6, inner: type[nn.Module] = nn.ReLU) -> nn.Module:
    """A convolution whose layout in memory matters, statistics that are saved, and dropout."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 4, 5, stride=2), nn.BatchNorm2d(4), inner(),
        nn.Conv2d(4, channels, 3, stride=2), nn.ReLU(), nn.Flatten(), nn.Dropout(),
        nn.Linear(25 * channels, 10),
    )  # fmt: skip


def go_on(folder: Path, recipe: Recipe = SGD, keep: Checkpoints | None = None, **options):
    """Train with whatever is in `folder`. The first weights differ each time: none may be left."""
    seed = 0 if not (folder / "checkpoint.safetensors").exists() else 99
    keep = keep or Checkpoints(folder, tell=lambda sentence: None)
    return train(options.pop("model", network(seed)), *DATA, recipe, CPU, keep=keep, **options)


def die_at(folder: Path, steps: int, epochs: int = -1, recipe: Recipe = SGD, **options) -> None:
    with pytest.raises(Killed):
        go_on(folder, recipe, Mortal(folder, steps, epochs), **options)


def contents(folder: Path) -> tuple[dict[str, torch.Tensor], dict, bytes]:
    """All that a folder holds, but for the time that it took."""
    with safetensors.safe_open(folder / "checkpoint.safetensors", framework="pt") as file:
        tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
        history = json.loads(file.metadata()["history"])
    del history["seconds"]
    return tensors, history, (folder / "metrics.jsonl").read_bytes()


def assert_equal(one: Path, other: Path) -> None:
    """Same weights, statistics, optimiser's memory, random numbers, history, metrics: each bit."""
    (tensors, *history), (others, *other_history) = contents(one), contents(other)
    assert tensors.keys() == others.keys()
    assert [name for name in tensors if not torch.equal(tensors[name], others[name])] == []
    assert history == other_history


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folders of uninterrupted trainings, by recipe."""
    folders = {}
    for recipe in (SGD, ADAM, PLAIN):
        folders[recipe] = tmp_path_factory.mktemp("whole")
        go_on(folders[recipe], recipe)
    return folders


@pytest.fixture
def begun(tmp_path):
    """A folder with a training that died in the middle of its second epoch."""
    die_at(tmp_path, 8)
    return tmp_path


@pytest.mark.parametrize(
    ("part", "value"), [("history", None), ("history", "{"), ("identity", "[")]
)
def test_a_checkpoint_that_lacks_a_part_is_one_sentence(begun, part, value):
    path = begun / "checkpoint.safetensors"
    with safetensors.safe_open(path, framework="pt") as file:
        about = file.metadata() | ({part: value} if value else {})
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if value is None:
        del about[part]
    path.write_bytes(safetensors.torch.save(tensors, about))
    before = path.read_bytes()
    with pytest.raises(
        CheckpointError, match=r"checkpoint.safetensors lacks something .*: move it"
    ):
        go_on(begun)
    assert path.read_bytes() == before


# --- going on


@pytest.mark.parametrize("step", [1, 3, 5, 7, 11, 13, 17])
def test_goes_on_from_any_step(tmp_path, whole, step):
    die_at(tmp_path, step)
    go_on(tmp_path)
    assert_equal(tmp_path, whole[SGD])


@pytest.mark.parametrize("epochs", [0, 1], ids=["before", "after"])
def test_goes_on_from_the_end_of_an_epoch_before_and_after_its_evaluation(tmp_path, whole, epochs):
    die_at(tmp_path, 6, epochs)
    go_on(tmp_path)
    assert_equal(tmp_path, whole[SGD])


def test_goes_on_before_the_last_evaluation(tmp_path, whole):
    die_at(tmp_path, 18, 2)
    go_on(tmp_path)
    assert_equal(tmp_path, whole[SGD])


@pytest.mark.parametrize("recipe", [SGD, ADAM, PLAIN], ids=["momentum", "adam", "no momentum"])
def test_goes_on_with_every_optimiser_and_more_than_once(tmp_path, whole, recipe):
    for step in (2, 6, 9, 16):
        die_at(tmp_path, step, recipe=recipe)
    go_on(tmp_path, recipe)
    assert_equal(tmp_path, whole[recipe])


def test_steps_since_the_last_checkpoint_are_made_again(tmp_path, whole):
    def die(history, model):
        if len(history.losses) == 11:
            raise Killed

    with pytest.raises(Killed):
        go_on(tmp_path, watch=die)  # saved only after the first epoch
    assert len(contents(tmp_path)[1]["losses"]) == 6
    go_on(tmp_path)
    assert_equal(tmp_path, whole[SGD])


def test_keeping_changes_nothing(whole):
    model = network()
    history = train(model, *DATA, SGD, CPU)
    tensors, kept, _ = contents(whole[SGD])
    assert history.losses == kept["losses"] and history.epochs == kept["epochs"]
    for name, value in model.state_dict().items():
        assert torch.equal(value, tensors[f"model.{name}"])


def test_what_train_returns_is_the_whole_history(begun, whole):
    model = network(99)
    history = go_on(begun, model=model)
    _, kept, _ = contents(whole[SGD])
    assert history.losses == kept["losses"] and len(history.losses) == 18
    assert [row["epoch"] for row in history.epochs] == [1, 2, 3]
    assert evaluate(model, DATA[1], SGD, CPU)[1] == history.test_accuracy


def test_a_film_keeps_its_frames(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    steps = (0, 2, 7, 9, 18)
    whole = Film(DATA[1], SGD, steps)
    go_on(one, watch=whole)
    die_at(two, 8, watch=Film(DATA[1], SGD, steps))
    rest = Film(DATA[1], SGD, steps)
    go_on(two, watch=rest)
    assert [frame["step"] for frame in rest.frames] == list(steps)
    assert rest.frames == whole.frames
    assert_equal(one, two)


def test_the_layout_in_memory_stays(begun):
    model = network(99)
    go_on(begun, keep=Checkpoints(begun, tell=lambda sentence: None), model=model)
    assert model[3].weight.is_contiguous(memory_format=torch.channels_last)


def test_a_finished_training_says_so_and_changes_nothing(begun, capsys):
    go_on(begun)
    before = contents(begun)
    model = network(99)
    history = go_on(begun, keep=Checkpoints(begun), model=model)
    (line,) = capsys.readouterr().out.splitlines()
    assert line == f"The training in {begun} is finished: 18 steps, 3 of 3 epochs."
    assert len(history.losses) == 18
    assert torch.equal(model[7].weight, before[0]["model.7.weight"])
    assert contents(begun)[1:] == before[1:]


def test_it_says_where_it_goes_on(begun, capsys):
    go_on(begun, keep=Checkpoints(begun))
    assert capsys.readouterr().out == f"Going on in {begun} after 8 steps, 1 of 3 epochs.\n"


def test_saves_when_it_is_time_to(tmp_path):
    class Counting(Checkpoints):
        saves = 0

        def save(self, training):
            super().save(training)
            self.saves += 1

    rare, often = (Counting(tmp_path / str(n), n, print) for n in (3600, 0))
    go_on(rare.folder, keep=rare)
    go_on(often.folder, keep=often)
    assert (rare.saves, often.saves) == (3, 18 + 3)  # after each epoch in any case


def test_the_home_folder_has_its_short_name(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    go_on(tmp_path / "runs", keep=Checkpoints("~/runs/deep"))
    assert (tmp_path / "runs" / "deep" / "checkpoint.safetensors").is_file()


# --- what may change, and what not


def test_other_threads_are_told_and_it_goes_on(begun):
    told, threads = [], torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        history = go_on(begun, keep=Checkpoints(begun, tell=told.append))
    finally:
        torch.set_num_threads(threads)
    assert f"threads {threads}, now {threads + 1}." in told[0]
    assert "will not be equal to the last bit" in told[0]
    assert len(history.epochs) == 3


def test_another_precision_is_told_and_it_goes_on(begun):
    told = []
    half = Profile("quick", torch.device("cpu"), torch.bfloat16)
    keep = Checkpoints(begun, tell=told.append)
    assert len(train(network(), *DATA, SGD, half, keep=keep).epochs) == 3
    assert "Changed since the checkpoint: precision float32, now bfloat16." in told[0]


def test_a_batch_in_parts_is_told_and_it_goes_on(begun):
    told = []
    parts = Recipe(**vars(SGD) | {"accumulate": 2})
    assert len(go_on(begun, parts, Checkpoints(begun, tell=told.append)).epochs) == 3
    assert "parts of a batch 1, now 2." in told[0]


def test_equal_conditions_are_not_mentioned(begun):
    told = []
    go_on(begun, keep=Checkpoints(begun, tell=told.append))
    assert [sentence for sentence in told if "Changed" in sentence] == []


def assert_refused(folder: Path, sentence: str, **options) -> None:
    """One sentence, and the files as they were."""
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(CheckpointError, match=sentence) as error:
        go_on(folder, **options)
    message = str(error.value)
    assert "\n" not in message and "othing was changed" in message
    assert "choose another folder" in message
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lr": 0.5}, r"\(lr was 0.02\)"),
        ({"seed": 3, "epochs": 4}, r"\(epochs was 3, seed was 0\)"),
        ({"optimizer": "adam"}, r"\(optimizer was sgd\)"),
    ],
)
def test_other_settings_are_refused(begun, changes, words):
    recipe = Recipe(**vars(SGD) | changes)
    assert_refused(begun, f"a training with other settings {words}", recipe=recipe)


def test_another_network_is_refused(begun):
    assert_refused(begun, r"other settings \(shapes\)", model=network(channels=5))


def test_another_network_of_the_same_shapes_is_refused(begun):
    class Other(nn.Sequential):
        pass

    model = Other(*network())
    assert_refused(begun, r"other settings \(kind of network was Sequential\)", model=model)


def test_other_images_are_refused(begun, monkeypatch):
    monkeypatch.setitem(globals(), "DATA", (images(90, seed=3), DATA[1]))
    assert_refused(begun, r"other settings \(images and labels\)")


def test_a_setting_newer_than_the_checkpoint_does_not_matter(begun, whole):
    path = begun / "checkpoint.safetensors"
    with safetensors.safe_open(path, framework="pt") as file:
        about = file.metadata()
    for key, name in (("identity", "kind of network"), ("conditions", "deterministic")):
        old = json.loads(about[key])
        del old[name]
        about[key] = json.dumps(old)
    path.write_bytes(safetensors.torch.save(contents(begun)[0], about))
    go_on(begun)
    assert_equal(begun, whole[SGD])


# --- files that are no checkpoint


@pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999])
def test_a_truncated_checkpoint_is_one_sentence(begun, share):
    path = begun / "checkpoint.safetensors"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    assert_refused(begun, "is damaged, or no checkpoint")


class Trap:
    """Unpickling it makes a file."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_is_refused_and_not_executed(begun, tmp_path):
    path, sprung = begun / "checkpoint.safetensors", tmp_path / "sprung"
    path.write_bytes(pickle.dumps(Trap(sprung)))
    assert_refused(begun, "is damaged, or no checkpoint")
    torch.save({"model": Trap(sprung)}, path)
    assert_refused(begun, "is damaged, or no checkpoint")
    assert not sprung.exists()


def test_a_text_is_refused(begun):
    (begun / "checkpoint.safetensors").write_text("Here was a checkpoint.\n", encoding="utf-8")
    assert_refused(begun, "is damaged, or no checkpoint")


def test_a_folder_in_the_checkpoints_place_is_refused(tmp_path):
    (tmp_path / "checkpoint.safetensors").mkdir()
    with pytest.raises(CheckpointError, match="is damaged, or no checkpoint"):
        go_on(tmp_path)


@pytest.mark.parametrize(
    ("about", "writer"),
    [
        (None, "other software"),
        ({"format": "pt"}, "other software"),
        ({"format": "alexnet-book training, 0"}, "an older or newer version of this book"),
    ],
)
def test_a_file_of_another_format_is_refused(tmp_path, about, writer):
    content = safetensors.torch.save({"weight": torch.ones(3)}, about)
    (tmp_path / "checkpoint.safetensors").write_bytes(content)
    assert_refused(tmp_path, f"was written by {writer}")


def test_nothing_in_a_checkpoint_is_pickled(begun, monkeypatch):
    """It is numbers and JSON: neither reading nor writing one may touch pickle."""

    def refuse(*arguments, **options):
        raise AssertionError("pickle was used")

    for module, name in ((torch, "load"), (torch, "save"), (pickle, "loads"), (pickle, "load")):
        monkeypatch.setattr(module, name, refuse)
    for name in ("dumps", "dump", "Unpickler", "Pickler"):
        monkeypatch.setattr(pickle, name, refuse)
    go_on(begun)
    with safetensors.safe_open(begun / "checkpoint.safetensors", framework="pt") as file:
        about = file.metadata()
    assert about.pop("format") == checkpoint.FORMAT
    assert all(json.loads(text) is not None for text in about.values())


# --- writing


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def failing(error: BaseException):
    def fail(*arguments, **options):
        raise error

    return fail


@pytest.mark.parametrize(
    ("module", "name"), [(Path, "replace"), (os, "fsync")], ids=["rename", "fsync"]
)
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_the_old_file_stays_when_the_new_one_fails(tmp_path, monkeypatch, module, name, error):
    path = tmp_path / "file"
    write_whole(path, b"old")
    monkeypatch.setattr(module, name, failing(error))
    with pytest.raises(type(error)):
        write_whole(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_the_old_file_stays_when_writing_fails_half_way(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_whole(path, b"old")
    real = Path.open

    class Full:
        """A disk with room for three bytes."""

        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *exception):
            self.file.close()

        def write(self, content):
            self.file.write(content[:3])
            self.file.flush()
            assert names(tmp_path) == ["file", "file.part"]
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", lambda *arguments: Full(real(*arguments)))
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, b"new and long")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_content_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    order = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("flush"), fsync(fd)))
    monkeypatch.setattr(Path, "replace", lambda *paths: (order.append("name"), replace(*paths)))
    write_whole(tmp_path / "file", b"content")
    assert order == ["flush", "name", "flush"]  # the last is the folder's


def test_a_system_that_cannot_flush_folders_is_good_enough(tmp_path, monkeypatch):
    """Colab's Drive, for example: the file has its name, so nothing failed."""
    real = os.fsync

    def fsync(number):
        if stat.S_ISDIR(os.fstat(number).st_mode):
            raise OSError(22, "Invalid argument")
        real(number)

    monkeypatch.setattr(os, "fsync", fsync)
    write_whole(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"


def test_half_a_file_of_a_killed_process_is_in_nobodys_way(begun, whole):
    for name in ("checkpoint.safetensors.part", "metrics.jsonl.part"):
        (begun / name).write_bytes(b"half")
    go_on(begun)
    assert_equal(begun, whole[SGD])
    assert names(begun) == ["checkpoint.safetensors", "metrics.jsonl"]


def test_a_full_disk_is_one_sentence_and_the_last_checkpoint_stays(begun, whole, monkeypatch):
    before = (begun / "checkpoint.safetensors").read_bytes()
    real = Checkpoints.save

    def full(keep, training):
        monkeypatch.setattr(os, "fsync", failing(OSError(28, "No space left on device")))
        real(keep, training)

    monkeypatch.setattr(Checkpoints, "save", full)
    with pytest.raises(CheckpointError) as error:
        go_on(begun)
    monkeypatch.undo()
    assert str(error.value) == (
        f"{begun / 'checkpoint.safetensors'} could not be written (No space left on device). The "
        "last good checkpoint is untouched. Make room there, or see to it that you may write "
        "there; then start the same training again."
    )
    assert (begun / "checkpoint.safetensors").read_bytes() == before
    go_on(begun)
    assert_equal(begun, whole[SGD])


def test_a_folder_that_cannot_be_written_is_known_before_the_first_step(tmp_path, monkeypatch):
    steps = []
    monkeypatch.setattr(Path, "open", failing(PermissionError(13, "Permission denied")))
    with pytest.raises(CheckpointError, match=r"could not be written \(Permission denied\)"):
        go_on(tmp_path, watch=lambda history, model: steps.append(1))
    assert steps == []


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path):
    path = tmp_path / "file"
    path.write_text("text", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"cannot be made \(File exists\): choose another"):
        go_on(path)
    with pytest.raises(CheckpointError, match=r"cannot be made \(Not a directory\)"):
        go_on(path / "below")
    assert path.read_text(encoding="utf-8") == "text"


def test_metrics_have_a_line_for_50_steps_and_for_an_epoch(whole):
    history = History(SGD, losses=[1.0] * 50 + [3.0] * 50 + [9.0], epochs=[{"epoch": 1}])
    assert metrics(history) == [{"step": 50, "loss": 1}, {"step": 100, "loss": 3}, {"epoch": 1}]
    lines = (whole[SGD] / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 3]
    assert json.loads(lines[0]).keys() == {
        "epoch", "train loss", "train accuracy", "test loss", "test accuracy",
    }  # fmt: skip


def test_a_loss_that_is_no_number_is_never_saved(tmp_path, monkeypatch):
    class Broken(nn.ReLU):
        calls = 0

        def forward(self, x):
            Broken.calls += 1
            return x * (float("nan") if Broken.calls == 4 else 1)

    with pytest.raises(FloatingPointError, match="The loss became nan at step 3"):
        go_on(tmp_path, keep=Mortal(tmp_path, 99), model=network(inner=Broken))
    tensors, history, _ = contents(tmp_path)
    assert len(history["losses"]) == 3
    assert all(value.isfinite().all() for value in tensors.values())


# --- Ctrl-C


class Pressing(nn.Module):
    """Ctrl-C, `times` times, in the middle of the fourth step."""

    def __init__(self, times: int = 1, number: int = signal.SIGINT):
        super().__init__()
        self.times, self.number, self.calls = times, number, 0

    def forward(self, x):
        self.calls += 1
        for _ in range(self.times if self.calls == 4 else 0):
            signal.raise_signal(self.number)
        return x


@pytest.fixture
def handlers():
    """What Ctrl-C and SIGTERM do must be the same afterwards."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.getsignal(number) for number in numbers]
    yield
    assert [signal.getsignal(number) for number in numbers] == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_lets_the_step_finish_saves_and_says_how_to_go_on(tmp_path, handlers, number):
    keep = Checkpoints(tmp_path, tell=lambda sentence: None)
    model = network(inner=lambda: Pressing(number=number))
    with pytest.raises(Interrupted, match=r"Stopped after step 4, and saved in .* goes on"), keep:
        go_on(tmp_path, keep=keep, model=model)
    assert len(contents(tmp_path)[1]["losses"]) == 4
    go_on(tmp_path, model=network(99, inner=nn.Identity))
    whole = tmp_path / "whole"
    go_on(whole, model=network(inner=nn.Identity))
    assert_equal(tmp_path, whole)


def test_a_second_ctrl_c_ends_at_once(begun, handlers):
    before = contents(begun)[1:]
    keep = Checkpoints(begun, tell=lambda sentence: None)
    with pytest.raises(KeyboardInterrupt) as stop, keep:
        go_on(begun, keep=keep, model=network(inner=lambda: Pressing(times=2)))
    assert not isinstance(stop.value, Interrupted)
    assert contents(begun)[1:] == before


def test_the_same_object_goes_on_after_ctrl_c(tmp_path, handlers):
    """As in a notebook whose cell with `keep = Checkpoints(…)` is not executed again."""
    keep = Checkpoints(tmp_path, tell=lambda sentence: None)
    with pytest.raises(Interrupted), keep:
        go_on(tmp_path, keep=keep, model=network(inner=Pressing))
    with keep:
        assert len(go_on(tmp_path, keep=keep, model=network(inner=nn.Identity)).epochs) == 3


def test_without_with_ctrl_c_is_what_it_always_was(tmp_path, handlers):
    with pytest.raises(KeyboardInterrupt) as stop:
        go_on(tmp_path, model=network(inner=Pressing), keep=Mortal(tmp_path, 99))
    assert not isinstance(stop.value, Interrupted)
    assert len(contents(tmp_path)[1]["losses"]) == 3
    go_on(tmp_path, model=network(inner=nn.Identity))
    assert len(contents(tmp_path)[1]["losses"]) == 18


def test_an_ignored_ctrl_c_stays_ignored(tmp_path):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Checkpoints(tmp_path, tell=lambda sentence: None) as keep:
            history = go_on(tmp_path, keep=keep, model=network(inner=Pressing))
    finally:
        signal.signal(signal.SIGINT, before)
    assert len(history.epochs) == 3


def test_handlers_are_put_back_after_an_error(tmp_path, handlers):
    with pytest.raises(RuntimeError, match="bad"), Checkpoints(tmp_path):
        raise RuntimeError("bad")
