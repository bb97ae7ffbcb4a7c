"""A training in several processes is the training in one: same losses, each image once, one writer.

So is the paper's split into two columns. All of it is one start of two processes, whose results
the tests look at; what torchrun does when it loses one takes longer (slow).
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.support import processes
from tests.support.trainings import assert_equal, end_of, failing, images, names, read
from utils import train as program
from utils.nets import AlexNet, initialise
from utils.system import CPU, SINGLE, ProcessGroup, ProcessGroupError, process_group, torchrun
from utils.system import distributed as module
from utils.system.distributed import LOST
from utils.training import (
    CheckpointError,
    Checkpoints,
    Interrupted,
    ModelParallelHalf,
    Recipe,
    backward,
    checkpoint,
    count_gradients,
    train,
)

# 403 images in batches of 67: the last batch has one image, so that rank 1 has only padding.
DATA = images(403, seed=1), images(101, seed=2)
RECIPE = Recipe(epochs=2, batch_size=67, image_size=28, lr=0.05)
BATCH = 6  # of the columns


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("ranks")


@pytest.fixture(scope="module")
def both(folder):
    return processes.together(work, folder)


# --- data parallelism


def network(dropout: float = 0.0) -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(784, 32), nn.ReLU(), nn.Dropout(dropout), nn.Linear(32, 10)
    )


def work(group: ProcessGroup, folder: Path) -> SimpleNamespace:
    """All that the tests look at, from one rank."""
    found = SimpleNamespace(columns=split_into_columns(group))
    if group.rank:
        checkpoint.write_whole = failing(AssertionError("a rank that is not the first has written"))
    model = network()
    found.history = train(model, *DATA, RECIPE, CPU, group=group)
    found.weights = [p.detach().clone() for p in model.parameters()]

    train(network(0.5), *DATA, RECIPE, CPU, checkpoints=Checkpoints(folder / "whole"), group=group)
    checkpoints = Checkpoints(folder / "cut", 3600)

    def ask(history, model):
        checkpoints.asked_to_stop = bool(group.rank) and len(history.losses) == 9  # one is enough

    with pytest.raises(Interrupted) as stopped:
        train(network(0.5), *DATA, RECIPE, CPU, ask, checkpoints, group)
    found.stopped = str(stopped.value)
    train(network(0.5), *DATA, RECIPE, CPU, checkpoints=Checkpoints(folder / "cut"), group=group)

    other = folder / f"seen by {group.rank}"
    other.mkdir()
    if group.rank:
        (other / "checkpoint.safetensors").touch()
    with pytest.raises(CheckpointError, match="is not there for every process: choose a folder"):
        train(network(), *DATA, RECIPE, CPU, checkpoints=Checkpoints(other), group=group)
    found.reports = group.first_to_report()
    return found


def test_two_processes_have_the_losses_of_one_and_end_with_the_same_bits(both):
    """To 1e-5 of one process's: the sums are rounded in another order.

    What fills up a share is in no loss and no measurement.
    """
    model = network()
    history = train(model, *DATA, RECIPE, CPU)
    for found in both:
        assert found.history.losses == pytest.approx(history.losses, abs=1e-5)
        assert found.history.losses == both[0].history.losses
        assert found.history.epochs == both[0].history.epochs
        for row, alone in zip(found.history.epochs, history.epochs, strict=True):
            assert row == pytest.approx(alone, abs=1e-5)
        for mine, alone in zip(found.weights, model.parameters(), strict=True):
            torch.testing.assert_close(mine, alone.detach(), rtol=0, atol=1e-5)
        assert all(map(torch.equal, found.weights, both[0].weights))


def test_goes_on_to_the_same_bits_with_dropout_and_with_as_many_processes(both, folder):
    assert_equal(folder / "cut", folder / "whole")
    with pytest.raises(CheckpointError, match=r"settings \(processes was 2\): go on with those"):
        train(network(0.5), *DATA, RECIPE, CPU, checkpoints=Checkpoints(folder / "whole"))


def test_one_rank_writes_and_speaks_and_the_checkpoint_has_the_random_numbers_of_all(both, folder):
    assert names(folder / "whole") == ["checkpoint.safetensors", "metrics.jsonl"]
    tensors, about = read(folder / "whole" / "checkpoint.safetensors")
    assert json.loads(about["identity"])["processes"] == 2
    assert not torch.equal(tensors["random.cpu"], tensors["random.cpu1"])
    assert sorted(found.reports for found in both) == [False, True]
    for found in both:  # when one is asked to stop all do
        assert found.stopped.startswith(f"Stopped after step 9, and saved in {folder / 'cut'}:")


# --- the paper's two columns are the grouped AlexNet; their bytes are those of arithmetic


def grouped(**settings) -> AlexNet:
    """Small, with LRN at work: raw pixels, and weights large enough for it."""
    small = {"num_classes": 10, "image_size": 64, "width": 0.125, "lrn": "columns", "dropout": 0.0}
    return initialise(AlexNet(**small | settings), "he", torch.Generator().manual_seed(1))


def examples() -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(2)
    x = torch.randint(-120, 120, (BATCH, 3, 64, 64), generator=random).float() / 60
    return x, torch.randint(0, 10, (BATCH,), generator=random)


def two_steps(model, backwards) -> None:
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=0.0005)
    for _ in range(2):  # the second one has momentum
        optimizer.zero_grad()
        backwards()
        optimizer.step()


def split_into_columns(group: ProcessGroup) -> SimpleNamespace:
    found, (x, y) = SimpleNamespace(), examples()
    whole = grouped()
    column = ModelParallelHalf(whole, group).eval()
    with torch.no_grad():
        found.scores = column(x)
    found.forward_sent = column.sent
    column.train().sent = 0
    found.loss = backward(column, x, y)
    found.sent = column.sent
    two_steps(column, lambda: backward(column, x, y))
    found.weights = column.layers.state_dict()
    parallel = group.connect(whole)
    found.gradients = count_gradients(parallel)
    F.cross_entropy(parallel(x[group.rank :: 2]), y[group.rank :: 2]).backward()
    return found


def test_columns_have_the_scores_and_the_steps_of_the_grouped_network(both):
    whole, (x, y) = grouped(), examples()
    with torch.no_grad():
        expected = whole.eval()(x)
    for found in both:
        torch.testing.assert_close(found.columns.scores, expected, rtol=0, atol=1e-5)
    loss = F.cross_entropy(whole.train()(x), y)
    assert [found.columns.loss for found in both] == pytest.approx([loss.item()] * 2, abs=1e-5)
    two_steps(whole, lambda: F.cross_entropy(whole(x), y).backward())
    for name, expected in whole.named_parameters():
        halves = [found.columns.weights[name.partition(".")[2]] for found in both]
        torch.testing.assert_close(torch.cat(halves), expected.detach(), rtol=0, atol=1e-5)


def test_bytes_that_columns_send_by_hand(both):
    """There and back: half of pool2, of pool5, of fc6, fc7 and the scores; 4 bytes a number.

    Data parallelism sends every gradient once. Those of the paper's size are `bench_cluster`'s.
    """
    numbers = 16 * 3 * 3 + 16 * 1 * 1 + 256 + 256 + 5
    for found in (found.columns for found in both):
        assert found.forward_sent == 4 * BATCH * numbers
        assert found.sent == 2 * found.forward_sent
        assert sum(found.gradients) == 4 * sum(p.numel() for p in grouped().parameters())


def test_columns_of_other_networks_and_numbers_of_processes_are_refused():
    with pytest.raises(ValueError, match=r"Two columns need two processes, not 1\."):
        ModelParallelHalf(grouped(), SINGLE)
    for settings in ({"groups": 1}, {"lrn": "all"}):
        with pytest.raises(ValueError, match='groups=2 and lrn="columns"'):
            ModelParallelHalf(grouped(**settings), ProcessGroup(0, 2))


# --- what goes wrong before the first step


def as_rank(monkeypatch, **changes: str) -> None:
    """Set torchrun's variables as if this were rank 0 of 2, with changes."""
    port = processes.free_port()
    for name, value in (processes.variables(0, 2, port) | changes).items():
        monkeypatch.setenv(name, value) if value else monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"RANK": "", "MASTER_PORT": ""}, "is set, but not RANK, MASTER_PORT: start with torchrun"),
        ({"RANK": "2"}, "RANK=2, WORLD_SIZE=2, LOCAL_RANK=0 make no sense: start with torchrun"),
        ({"RANK": "first"}, "RANK=first, WORLD_SIZE=2, LOCAL_RANK=0 make no sense"),
        ({}, "The 2 processes did not all meet at 127.0.0.1:"),
    ],
)
def test_torchruns_variables_are_checked(monkeypatch, tmp_path, changes, sentence):
    monkeypatch.setattr(module, "PATIENCE", 1)
    as_rank(monkeypatch, **changes)
    end = end_of(program.main, tmp_path)
    assert end.code == 1
    (line,) = end.err.splitlines()
    assert sentence in line


def test_ranks_without_torchrun_a_card_an_image_or_a_voice(monkeypatch, tmp_path):
    # The rest is set by clusters, for everybody.
    as_rank(monkeypatch, RANK="", WORLD_SIZE="", LOCAL_RANK="")
    with process_group() as group:
        assert group == SINGLE
    shares = [ProcessGroup(rank, 3).share(torch.arange(4)).tolist() for rank in range(3)]
    assert shares == [[0, 3], [1, -1], [2, -1]]
    with pytest.raises(ValueError, match="A batch of 2 cannot be shared by 3 processes"):
        program.run(program.Settings(batch_size=2), tmp_path, ProcessGroup(0, 3))
    as_rank(monkeypatch, RANK="1", LOCAL_RANK="1")
    end = end_of(program.main, "--epochs=0", "folder")  # rank 0 says what is wrong
    assert (end.code, end.err) == (2, "")
    said = ProcessGroup(0, 2, SimpleNamespace(add=lambda name, one: 2))  # another rank has said it
    monkeypatch.setattr(program, "process_group", lambda: nullcontext(said))
    end = end_of(program.main, "--batch-size=1", tmp_path)
    assert (end.code, end.err) == (1, "")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with (
        pytest.raises(ProcessGroupError, match=r"are 1 graphics card\(s\) and more processes"),
        process_group(),
    ):
        pass


def test_torchrun_s_output_or_its_report():
    said = torchrun(2, "utils.train --help")
    assert said.count("usage: ") == 2  # each process prints
    assert "No module named nothing" in torchrun(1, "nothing")


# --- torchrun loses a process: real ones, on the processor


def lose(job: subprocess.Popen, rank: int, folder: Path, least: int) -> None:
    """Kill the process that torchrun has started as `rank`, once so many steps are saved."""
    processes.wait_for_steps(folder, least, lambda: job.poll() is None)
    for child in Path(f"/proc/{job.pid}/task/{job.pid}/children").read_text().split():
        if f"RANK={rank}" in Path(f"/proc/{child}/environ").read_text().split("\0"):
            os.kill(int(child), signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_killed_process_ends_the_job_and_the_next_start_goes_on(tmp_path):
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m"]
    training = ["--network=lenet", "--image-size=28", "--batch-size=256", "--epochs=1"]
    command = [*torchrun, "utils.train", tmp_path, *training, "--save-seconds=0"]
    # On a busy machine each start might find another precision the faster one, and say so.
    machine = {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1", "BOOK_PRECISION": "float32"}
    for lost in (1, 0, None):
        before = len(processes.saved_losses(tmp_path))
        job = processes.python(*command, **machine)
        if lost is not None:
            lose(job, lost, tmp_path, before + 20)
        said, complaint = job.communicate(timeout=240)
        reached = len(processes.saved_losses(tmp_path))
        assert "Traceback" not in complaint.partition("torch/distributed/elastic")[0]  # none ours
        again = f"Going on in {tmp_path} after {before} steps, 0 of 1 epochs."
        assert (again in said) == bool(before)
        if lost is not None:
            assert job.returncode == 1
            assert [line for line in complaint.splitlines() if "Another process" in line] == [LOST]
            assert before + 20 <= reached < 235
    assert job.returncode == 0, complaint
    first, _, told, accuracy, _ = said.splitlines()  # one process prints
    assert "2 processes of 1 thread(s)." in first
    assert told == again
    assert float(accuracy.split()[2]) > 0.5
    assert reached == 235
    assert names(tmp_path) == ["checkpoint.safetensors", "metrics.jsonl", "weights.safetensors"]
