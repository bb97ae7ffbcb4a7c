"""`python -m utils.train` survives: real processes, killed, out of room, out of memory, truncated.

Nothing is simulated here, so it takes minutes: `test_checkpoint.py` and `test_train.py` are quick.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import safetensors

from tests.support.processes import saved_steps

resource = pytest.importorskip("resource", reason="limits of a process: not on Windows")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
# 470 steps of some milliseconds; a checkpoint after each, so that it is often being written.
TRAINING = [
    "--network=lenet", "--image-size=28", "--batch-size=256", "--epochs=2", "--save-seconds=0",
    "--deterministic",
]  # fmt: skip
STEPS = 470
ENVIRONMENT = os.environ | {
    "PYTHONUNBUFFERED": "1",
    # Without bfloat16: where it is hardly faster, the probe's answer can differ between two starts.
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    # The other tests use the cores, too, and trainings that share them slow each other down.
    "OMP_NUM_THREADS": "1",
}


def start(folder: Path, *options: str, limits: dict | None = None) -> subprocess.Popen:
    """The program, with `limits` {resource: bytes} that it cannot exceed."""

    def limit():
        for kind, most in (limits or {}).items():
            resource.setrlimit(kind, (most, most))

    return subprocess.Popen(
        [sys.executable, "-m", "utils.train", folder, *TRAINING, *options],
        cwd=ROOT,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit,
    )


def finish(process: subprocess.Popen) -> tuple[int, str, str]:
    """Exit code and what was printed, without progress bars: tests are silent."""
    said, complaint = process.communicate(timeout=600)
    return process.returncode, said, complaint


def wait_for_steps(folder: Path, process: subprocess.Popen, most: int) -> None:
    while saved_steps(folder) < most:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)


def weights_and_metrics(folder: Path) -> tuple[bytes, bytes]:
    with safetensors.safe_open(folder / "weights.safetensors", framework="np") as file:
        weights = {name: file.get_tensor(name).tobytes() for name in file.keys()}  # noqa: SIM118
    return weights, (folder / "metrics.jsonl").read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The folder of the training that nobody interrupted."""
    folder = tmp_path_factory.mktemp("whole")
    assert finish(start(folder))[0] == 0
    assert saved_steps(folder) == STEPS
    return folder


def finish_and_compare(folder: Path, whole: Path) -> None:
    """Go on to the end: same weights and metrics, bit for bit, and nothing else left behind."""
    code, said, complaint = finish(start(folder))
    assert (code, complaint) == (0, "")
    assert "Going on in" in said and "Changed since" not in said
    assert weights_and_metrics(folder) == weights_and_metrics(whole)
    names = [sorted(path.name for path in place.iterdir()) for place in (folder, whole)]
    assert names[0] == names[1]


def test_twenty_kills_at_random_moments_change_no_bit(tmp_path, whole):
    chance, reached, half_written = random.Random(2012), [0], 0
    for _ in range(20):
        process = start(tmp_path)
        wait_for_steps(tmp_path, process, reached[-1] + chance.randint(1, 20))
        time.sleep(chance.uniform(0, 0.02))  # anywhere in a step, or in writing
        process.kill()
        assert finish(process)[0] == -signal.SIGKILL  # it was still training
        reached.append(saved_steps(tmp_path))
        half_written += any(tmp_path.glob("*.part"))
    assert reached == sorted(set(reached))  # each process got further than the one before it
    assert reached[-1] < STEPS
    print(f"Killed after {reached[1:]} steps, {half_written} times while a file was written.")
    finish_and_compare(tmp_path, whole)


def test_kills_while_a_checkpoint_is_being_written_change_no_bit(tmp_path, whole):
    hit = 0
    for _ in range(3):
        process = start(tmp_path)
        wait_for_steps(tmp_path, process, saved_steps(tmp_path) + 10)
        while not (tmp_path / "checkpoint.safetensors.part").exists():
            assert process.poll() is None
        process.kill()
        finish(process)
        hit += (tmp_path / "checkpoint.safetensors.part").exists()
    assert hit
    finish_and_compare(tmp_path, whole)


def test_ctrl_c_and_sigterm_save_and_say_how_to_go_on(tmp_path, whole):
    for number in (signal.SIGINT, signal.SIGTERM):
        process = start(tmp_path, "--save-seconds=3600")  # only the signal makes it save
        before = saved_steps(tmp_path)
        wait_for_the_first_step(tmp_path, process)
        process.send_signal(number)
        code, _, complaint = finish(process)
        assert code == 130
        reached = saved_steps(tmp_path)
        assert reached > before
        assert complaint == (
            f"Stopped after step {reached}, and saved in {tmp_path}: the same command, or the same "
            "cell, goes on from here.\n"
        )
    finish_and_compare(tmp_path, whole)


def wait_for_the_first_step(folder: Path, process: subprocess.Popen) -> None:
    """The metrics are written anew just before it; from then on the signals are listened to."""
    begun = time.time_ns()
    metrics = folder / "metrics.jsonl"
    while not (metrics.exists() and metrics.stat().st_mtime_ns > begun):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    time.sleep(0.3)


def test_a_full_disk_keeps_the_last_good_checkpoint(tmp_path, whole):
    """A limit on the size of files fails as a full disk does: in the middle of writing."""
    process = start(tmp_path)
    wait_for_steps(tmp_path, process, 30)
    process.kill()
    finish(process)
    before = (tmp_path / "checkpoint.safetensors").read_bytes()
    code, said, complaint = finish(start(tmp_path, limits={resource.RLIMIT_FSIZE: 100_000}))
    assert code == 1
    assert f"Going on in {tmp_path} after" in said
    assert complaint == (
        f"{tmp_path / 'checkpoint.safetensors'} could not be written (File too large). The last "
        "good checkpoint is untouched. Make room there, or see to it that you may write there; "
        "then start the same training again.\n"
    )
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == before
    assert not list(tmp_path.glob("*.part"))
    finish_and_compare(tmp_path, whole)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the limit is not kept")
def test_too_little_memory_names_the_batch_and_what_to_try(tmp_path):
    """All images in one batch, at the size that the paper has: 12 GB before the first layer."""
    options = ["--network=alexnet", "--image-size=224", "--batch-size=60000", "--accumulate=2"]
    code, _, complaint = finish(start(tmp_path, *options, limits={resource.RLIMIT_AS: 10 << 30}))
    assert code == 1
    assert complaint == (
        "A batch of 60000 images of 224 px, worked on in 2 part(s), does not fit into the memory: "
        "try accumulate=4 (--accumulate 4), which gives the same steps, or a smaller batch.\n"
    )


def test_a_truncated_checkpoint_is_refused_and_left_alone(tmp_path, whole):
    for path in whole.iterdir():
        shutil.copy(path, tmp_path)
    path = tmp_path / "checkpoint.safetensors"
    os.truncate(path, path.stat().st_size // 2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    code, _, complaint = finish(start(tmp_path))
    assert code == 1
    assert complaint.startswith(f"{path} is damaged, or no checkpoint (")
    assert complaint.endswith("nothing was changed; move it away, or choose another folder.\n")
    assert complaint.count("\n") == 1
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
