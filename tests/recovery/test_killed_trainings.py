"""`python -m utils.train` survives: real processes, killed, out of room, out of memory, truncated.

Nothing is simulated here, so it takes minutes: `test_faults_and_sentences.py` is quick. One
training is the command itself; the others are copies of a process that has imported it already.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.support.processes import CONTEXT, saved_losses, wait_until
from tests.support.trainings import names, read
from tools.pages import ROOT
from utils import train as program

resource = pytest.importorskip("resource", reason="limits of a process: not on Windows")
pytestmark = pytest.mark.slow

# 470 steps of some milliseconds; a checkpoint after each, so that it is often being written. One
# thread: the other tests use the cores, too, and trainings that share them slow each other down.
TRAINING = [
    "--network=lenet", "--image-size=28", "--batch-size=256", "--epochs=2", "--save-seconds=0",
    "--deterministic", "--threads=1",
]  # fmt: skip
STEPS = 470
# Without bfloat16: where it is hardly faster, the probe's answer can differ between two starts.
ENVIRONMENT = {"ONEDNN_MAX_CPU_ISA": "AVX2"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the training that nobody interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    command = [sys.executable, "-m", "utils.train", folder, *TRAINING]
    subprocess.run(command, cwd=ROOT, env=os.environ | ENVIRONMENT, check=True)
    assert len(saved_losses(folder)) == STEPS
    return folder


@pytest.fixture
def folder(tmp_path):
    """Where a training is; what it prints lies beside it."""
    folder = tmp_path / "training"
    folder.mkdir()
    return folder


def start(folder: Path, *options: str, limits: dict | None = None) -> BaseProcess:
    """The program in a process of its own, with `limits` {resource: bytes} it cannot exceed."""
    process = CONTEXT.Process(target=_train, args=(folder, options, limits or {}), daemon=True)
    process.start()
    return process


def _train(folder: Path, options: tuple[str, ...], limits: dict) -> None:
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    os.environ |= ENVIRONMENT
    sys.argv = ["train", str(folder), *TRAINING, *options]
    for name in ("stdout", "stderr"):
        setattr(sys, name, folder.with_name(name).open("w", encoding="utf-8"))
    program.main()


def finish(folder: Path, process: BaseProcess) -> tuple[int | None, str, str]:
    """Exit code and what was printed, without progress bars: tests are silent."""
    process.join(600)
    return process.exitcode, *(folder.with_name(name).read_text() for name in ("stdout", "stderr"))


def stops(folder: Path, process: BaseProcess, sentence: str) -> str:
    """It stops with one sentence, which has this in it; returns what it said before."""
    code, said, complaint = finish(folder, process)
    assert (code, complaint.count("\n")) == (1, 1)
    assert sentence in complaint
    return said


def wait_for_steps(folder: Path, process: BaseProcess, least: int) -> None:
    wait_until(lambda: len(saved_losses(folder)) >= least, process.is_alive)


def weights_and_metrics(folder: Path) -> tuple[dict[str, bytes], bytes]:
    tensors, _ = read(folder / "weights.safetensors")
    weights = {name: value.numpy().tobytes() for name, value in tensors.items()}
    return weights, (folder / "metrics.jsonl").read_bytes()


def killed_twenty_times_at_random_moments(folder: Path) -> None:
    chance, reached, half_written = random.Random(2012), [0], 0
    for _ in range(20):
        process = start(folder)
        wait_for_steps(folder, process, reached[-1] + chance.randint(1, 20))
        time.sleep(chance.uniform(0, 0.02))  # anywhere in a step, or in writing
        process.kill()
        assert finish(folder, process)[0] == -signal.SIGKILL  # it was still training
        reached.append(len(saved_losses(folder)))
        half_written += any(folder.glob("*.part"))
    assert reached == sorted(set(reached))  # each process got further than the one before it
    print(f"Killed after {reached[1:]} steps, {half_written} times while a file was written.")


def killed_while_a_checkpoint_is_being_written(folder: Path) -> None:
    hit, part = 0, folder / "checkpoint.safetensors.part"
    for _ in range(3):
        process = start(folder)
        wait_for_steps(folder, process, len(saved_losses(folder)) + 10)
        while not part.exists():
            assert process.is_alive()
        process.kill()
        finish(folder, process)
        hit += part.exists()
    assert hit


def listens(folder: Path, since: int) -> bool:
    """The metrics are written anew just before the first step; then signals are listened to."""
    path = folder / "metrics.jsonl"
    return path.exists() and path.stat().st_mtime_ns > since


def stopped_by_ctrl_c_and_sigterm(folder: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        before, begun = len(saved_losses(folder)), partial(listens, folder, time.time_ns())
        process = start(folder, "--save-seconds=3600")  # only the signal makes it save
        wait_until(begun, process.is_alive)
        time.sleep(0.1)
        os.kill(process.pid, number)
        code, _, complaint = finish(folder, process)
        assert code == 130
        reached = len(saved_losses(folder))
        assert reached > before
        assert complaint == (
            f"Stopped after step {reached}, and saved in {folder}: the same command, or the same "
            "cell, goes on from here.\n"
        )


def stopped_by_a_full_disk(folder: Path) -> None:
    """A limit on the size of files fails as a full disk does: in the middle of writing."""
    before = (folder / "checkpoint.safetensors").read_bytes()
    process = start(folder, limits={resource.RLIMIT_FSIZE: 100_000})
    sentence = "checkpoint.safetensors could not be written (File too large). The last good"
    assert f"Going on in {folder} after" in stops(folder, process, sentence)
    assert (folder / "checkpoint.safetensors").read_bytes() == before
    assert not list(folder.glob("*.part"))


def test_kills_signals_and_a_full_disk_change_no_bit(folder, whole):
    """Whatever ends it, it was the same training so far; at the end nothing else is left behind."""
    for happens in (
        killed_twenty_times_at_random_moments,
        killed_while_a_checkpoint_is_being_written,
        stopped_by_ctrl_c_and_sigterm,
        stopped_by_a_full_disk,
    ):
        happens(folder)
        reached = saved_losses(folder)
        assert len(reached) < STEPS, happens.__name__
        assert reached == saved_losses(whole)[: len(reached)], happens.__name__
    code, said, complaint = finish(folder, start(folder))
    assert (code, complaint) == (0, "")
    assert "Going on in" in said and "Changed since" not in said
    assert weights_and_metrics(folder) == weights_and_metrics(whole)
    assert names(folder) == names(whole)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit is not kept")
def test_too_little_memory_names_the_batch_and_what_to_try(folder):
    """All images in one batch, at the size that the paper has: 12 GB before the first layer."""
    options = ["--network=alexnet", "--image-size=224", "--batch-size=60000", "--accumulate=2"]
    process = start(folder, *options, limits={resource.RLIMIT_AS: 10 << 30})
    stops(
        folder, process, "A batch of 60000 images of 224 px, worked on in 2 part(s), does not fit"
    )


def test_a_truncated_checkpoint_is_refused_and_left_alone(folder, whole):
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    path = folder / "checkpoint.safetensors"
    os.truncate(path, path.stat().st_size // 2)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    stops(folder, start(folder), f"{path} is damaged, or no checkpoint (")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
