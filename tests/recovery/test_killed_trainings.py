"""`python -m utils.train` survives: real processes, killed, out of room, out of memory.

Nothing is simulated here, so it takes minutes: `test_faults_and_sentences.py` is quick. One
training is the command itself; the others are copies of a process that has imported it already.
"""

import os
import random
import signal
import subprocess
import sys
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from tests.support.processes import CONTEXT, saved_losses, wait_for_steps
from tests.support.trainings import assert_equal, names
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


def test_kills_signals_and_a_full_disk_change_no_bit(tmp_path, whole):
    """Whatever ends it, it was the same training so far; at the end nothing else is left behind."""
    chance, reached, half_written = random.Random(2012), [0], 0
    folder = tmp_path / "training"
    checkpoint, part = (folder / f"checkpoint.safetensors{end}" for end in ("", ".part"))
    for number in [signal.SIGKILL] * 23 + [signal.SIGINT, signal.SIGTERM]:
        process = start(folder)
        wait_for_steps(folder, reached[-1] + chance.randint(1, 20), process.is_alive)
        if len(reached) <= 20:
            time.sleep(chance.uniform(0, 0.02))  # anywhere in a step, or in writing
        while 20 < len(reached) <= 23 and not part.exists():
            assert process.is_alive()
        os.kill(process.pid, number)
        code, _, complaint = finish(folder, process)
        reached.append(len(saved_losses(folder)))
        half_written += part.exists()
        if number == signal.SIGKILL:
            assert (code, complaint) == (-signal.SIGKILL, "")  # it was still training
        else:
            assert code == 130
            assert complaint.startswith(f"Stopped after step {reached[-1]}, and saved in {folder}:")
    assert reached == sorted(set(reached))  # each process got further than the one before it
    assert half_written

    # A limit on the size of files fails as a full disk does: in the middle of writing.
    before = checkpoint.read_bytes()
    code, said, complaint = finish(folder, start(folder, limits={resource.RLIMIT_FSIZE: 100_000}))
    assert code == 1
    assert f"Going on in {folder} after" in said
    assert f"{checkpoint} could not be written (File too large). The last good" in complaint
    assert checkpoint.read_bytes() == before
    assert not part.exists()
    assert reached[-1] < STEPS

    code, said, complaint = finish(folder, start(folder))
    assert (code, complaint) == (0, "")
    assert "Going on in" in said and "Changed since" not in said
    assert_equal(folder, whole)
    weights = [path / "weights.safetensors" for path in (folder, whole)]
    assert weights[0].read_bytes() == weights[1].read_bytes()
    assert names(folder) == names(whole)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit is not kept")
def test_too_little_memory_names_the_batch_and_what_to_try(tmp_path):
    """All images in one batch, at the size that the paper has: 12 GB before the first layer."""
    options = ["--network=alexnet", "--image-size=224", "--batch-size=60000", "--accumulate=2"]
    folder = tmp_path / "training"
    process = start(folder, *options, limits={resource.RLIMIT_AS: 10 << 30})
    code, _, complaint = finish(folder, process)
    assert (code, complaint.count("\n")) == (1, 1)
    assert "A batch of 60000 images of 224 px, worked on in 2 part(s), does not fit" in complaint
    assert "try accumulate=4 (--accumulate 4)" in complaint
