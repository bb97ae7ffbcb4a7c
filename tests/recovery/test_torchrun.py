"""torchrun starts, loses a process, and goes on: real processes on the processor, one machine."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.processes import saved_steps

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc"),
]
ROOT = Path(__file__).parents[2]
TRAINING = [
    "--network=lenet", "--image-size=28", "--batch-size=256", "--epochs=1", "--save-seconds=0",
]  # fmt: skip
STEPS = 235


def torchrun(folder: Path, processes: int = 2) -> subprocess.Popen:
    command = ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    return subprocess.Popen(
        [sys.executable, *command, "-m", "utils.train", str(folder), *TRAINING],
        cwd=ROOT,
        env=os.environ | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen) -> tuple[int, str, str]:
    said, complaint = process.communicate(timeout=240)
    assert "Traceback" not in complaint.partition("torch/distributed/elastic")[0]  # none is ours
    return process.returncode, said, complaint


def process_of_rank(parent: int, rank: int) -> int:
    """The process that torchrun, which is `parent`, has started as `rank`."""
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        if f"RANK={rank}" in Path(f"/proc/{child}/environ").read_text().split("\0"):
            return int(child)
    raise AssertionError(f"torchrun has no rank {rank}")


def kill(folder: Path, rank: int, at: int) -> tuple[int, str, str]:
    """Start, and kill one of the two processes once `at` steps are saved."""
    job = torchrun(folder)
    while saved_steps(folder) < at:
        assert job.poll() is None, job.communicate()
        time.sleep(0.01)
    os.kill(process_of_rank(job.pid, rank), signal.SIGKILL)
    return finish(job)


def test_a_killed_process_ends_the_job_and_the_next_start_goes_on(tmp_path):
    reached = 0
    for rank in (1, 0):
        code, said, complaint = kill(tmp_path, rank, reached + 20)
        assert code == 1
        assert ("Going on in" in said) == bool(reached)
        sentences = [line for line in complaint.splitlines() if "Another process" in line]
        assert sentences == [
            "Another process of this training has ended or does not answer, so this one ends too: "
            "the same command goes on from the last checkpoint."
        ]
        assert reached + 20 <= saved_steps(tmp_path) < STEPS
        reached = saved_steps(tmp_path)
    code, _, complaint = finish(torchrun(tmp_path, 3))
    assert code == 1
    (sentence,) = [line for line in complaint.splitlines() if "with other settings" in line]
    assert "(processes was 2): go on with those, or choose another folder" in sentence
    code, said, complaint = finish(torchrun(tmp_path))
    assert code == 0, complaint
    first, _, again, accuracy, last = said.splitlines()
    assert first.startswith("Seed 0, ") and "2 processes of 1 thread(s)." in first
    assert again == f"Going on in {tmp_path} after {reached} steps, 0 of 1 epochs."
    assert float(accuracy.split()[2]) > 0.5
    assert last == f"Weights and metrics: {tmp_path}"
    assert saved_steps(tmp_path) == STEPS
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint.safetensors", "metrics.jsonl", "weights.safetensors",
    ]  # fmt: skip
