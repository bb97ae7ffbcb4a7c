"""Recording an experiment: seeds side by side, what is done is kept, and nothing is mixed.

The experiment is a quick one in a folder of its own, which every process here looks into because
`sitecustomize`, which Python imports when it starts, adds it to `utils.experiments`.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from tests.support.processes import python, wait_until
from tests.support.trainings import end_of, failing
from tools.pages import ROOT
from utils import experiments, records
from utils.experiments import __main__ as program
from utils.experiments import recording
from utils.experiments.recording import RecordingError, record
from utils.settings import profile

SITE = """
import os
from utils import experiments
experiments.__path__.append(os.environ["EXPERIMENT"])
experiments.NAMES += ("plain", "kept")
"""

PLAIN = """
import os, signal, time
from pathlib import Path

import torch

from utils.settings import Profile, profile
from utils.training import Recipe, train

HERE = Path(os.environ["EXPERIMENT"])


def asked(what):
    return (HERE / what).exists()


def lives(seed):
    began = list(HERE.glob(f"began-{seed}-*"))
    try:
        return not began or os.kill(int(began[0].name.split("-")[2]), 0) is None
    except ProcessLookupError:
        return False


def run(seed: int, size: int = 3) -> dict:
    (HERE / f"began-{seed}-{os.getpid()}").touch()
    while seed == 0 and asked("wait-for-2") and lives(2):
        time.sleep(0.02)
    if asked(f"die-{seed}"):
        os.kill(os.getpid(), signal.SIGKILL)
    if asked(f"diverge-{seed}"):
        raise FloatingPointError("The loss became nan.")
    threads, dtype = torch.get_num_threads(), str(profile().dtype)
    return {"arm": {"value": seed * size, "threads": threads, "dtype": dtype}}
"""

KEPT = (
    PLAIN
    + """

def run(seed: int, keep=None) -> dict:
    torch.manual_seed(seed)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    images = torch.arange(200 * 784).view(200, 28, 28).to(torch.uint8), torch.arange(200) % 10

    def watch(history, model):
        if len(history.losses) in (5, 10, 15):
            (HERE / f"began-{seed}-{os.getpid()}").touch()
            while asked(f"wait-{seed}") and not keep.asked_to_stop:
                time.sleep(0.02)

    recipe = Recipe(epochs=2, batch_size=20, image_size=28, seed=seed, lr=0.001)
    here = Profile("quick", torch.device("cpu"), torch.float32)
    history = train(model, images, images, recipe, here, watch=watch, keep=keep)
    return {"arm": {"losses": history.losses}}
"""
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Holds the experiments `plain` and `kept`, and the files that tell them what to do."""
    for name, source in (("plain", PLAIN), ("kept", KEPT), ("sitecustomize", SITE)):
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    monkeypatch.setenv("EXPERIMENT", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    monkeypatch.setattr(experiments, "__path__", [*experiments.__path__, str(tmp_path)])
    yield tmp_path
    for name in ("plain", "kept"):
        sys.modules.pop(f"utils.experiments.{name}", None)


@pytest.fixture
def out(folder):
    """The folder for records."""
    return folder / "out"


@pytest.fixture
def here(monkeypatch):
    """Seeds run in this process, one after another: quick, where processes are not the point."""

    def run(left, jobs, how):
        threads = torch.get_num_threads()
        for seed in left:
            recording._one(seed, *how)
        torch.set_num_threads(threads)

    monkeypatch.setenv("BOOK_PRECISION", "float32")  # what a seed sets is undone with it
    monkeypatch.setattr(recording, "_run", run)
    monkeypatch.setattr(recording, "_end_with_parent", lambda: None)


def recorded(name: str, seeds: int, jobs: int, out: Path) -> dict:
    return json.loads(record(name, seeds, jobs, out).read_text(encoding="utf-8"))


def column(stored: dict, name: str) -> list:
    """What each seed of a record has measured, or its number."""
    return [run["seed"] if name == "seed" else run["arms"]["arm"][name] for run in stored["runs"]]


def began(folder: Path) -> list[int]:
    """The seeds that were begun, sorted."""
    return sorted(int(path.name.split("-")[1]) for path in folder.glob("began-*"))


def forget(folder: Path) -> None:
    """What was begun."""
    for path in folder.glob("began-*"):
        path.unlink()


def interrupt(folder: Path, out: Path, done: int) -> None:
    """Leave `done` seeds of three."""
    (folder / f"diverge-{done}").touch()
    with pytest.raises(SystemExit, match=f"Seed {done}: The loss became nan"):
        record("plain", 3, 1, out)
    (folder / f"diverge-{done}").unlink()
    forget(folder)


def unfinished(out: Path) -> list[Path]:
    return [path for path in (out / "unfinished").rglob("*") if path.is_file()]


# --- what is kept


def test_a_record_has_all_seeds_in_order_and_what_made_them(folder, out, here, monkeypatch, capsys):
    """The file may change while seeds run: the hash must be that of the code that ran."""
    real, hashes = recording._run, []

    def run(*arguments):
        hashes.append(records.source_hash(sys.modules["utils.experiments.plain"]))
        real(*arguments)
        (folder / "plain.py").write_text(PLAIN + "\n# changed meanwhile\n")

    monkeypatch.setattr(recording, "_run", run)
    stored = recorded("plain", 3, 1, out)
    assert (out / "plain.json").is_file()
    assert column(stored, "seed") == [0, 1, 2]
    assert column(stored, "value") == [0, 3, 6]
    assert stored["settings"] == {"size": 3}
    assert stored["command"] == "python -m utils.experiments plain --seeds 3"
    assert [stored["source_sha256"]] == hashes
    assert stored["seconds"] == pytest.approx(sum(run["seconds"] for run in stored["runs"]))
    assert "made by other" not in capsys.readouterr().out  # where nothing was kept


@pytest.mark.parametrize(
    ("jobs", "threads", "precision"),
    [(1, 4, "float32"), (2, 2, "bfloat16"), (3, 1, "float32"), (8, 1, "bfloat16")],
)
def test_seeds_share_the_threads_and_have_the_precision_of_the_record(
    folder, out, here, monkeypatch, jobs, threads, precision
):
    chosen = records.hardware() | {"precision": precision}  # on a busy machine a seed's may differ
    monkeypatch.setattr(records, "hardware", lambda: dict(chosen))
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    profile.cache_clear()
    stored = recorded("plain", 1, jobs, out)
    profile.cache_clear()
    torch.set_num_threads(before)
    assert stored["hardware"] == chosen | {"threads": threads}
    assert column(stored, "threads") == [threads]
    assert column(stored, "dtype") == [f"torch.{precision}"]


@pytest.mark.parametrize(("seeds", "left"), [(3, [2]), (1, [])])
def test_seeds_that_are_done_are_not_run_again(folder, out, here, capsys, seeds, left):
    interrupt(folder, out, done=2)
    stored = recorded("plain", seeds, 1, out)
    assert f"{seeds - len(left)} of {seeds} seeds are done" in capsys.readouterr().out
    assert began(folder) == left
    assert column(stored, "seed") == list(range(seeds))
    assert unfinished(out) == []


def test_seeds_of_other_hardware_or_code_are_made_anew_and_this_is_told(
    folder, out, here, capsys, monkeypatch
):
    interrupt(folder, out, done=1)
    other = records.hardware() | {"processor": "abacus"}
    monkeypatch.setattr(records, "hardware", lambda: other)
    sentence = f"seed-0 in {out / 'unfinished' / 'plain'}: made by other code or on other hardware"
    capsys.readouterr()
    interrupt(folder, out, done=1)
    said = capsys.readouterr().out
    assert f"{sentence}, so made anew.\n0 of 3 seeds are done" in said
    sys.modules.pop("utils.experiments.plain")
    (folder / "plain.py").write_text(PLAIN.replace("size: int = 3", "size: int = 50"))
    stored = recorded("plain", 3, 1, out)
    said = capsys.readouterr().out
    assert f"{sentence}, so made anew.\n0 of 3 seeds are done" in said
    assert stored["hardware"]["processor"] == "abacus"
    assert column(stored, "value") == [0, 50, 100]
    assert began(folder) == [0, 1, 2]


def test_a_training_of_other_code_is_not_gone_on_with(folder, out, here, capsys):
    interrupt(folder, out, done=1)
    kept = recording._kept(out / "unfinished" / "kept", ["other code"])
    (kept / "seed-0").mkdir()
    record("kept", 2, 1, out)
    assert "seed-0 in" in capsys.readouterr().out
    assert [path.parent.parent.name for path in unfinished(out)] == ["plain"]


# --- the program, and its processes


@pytest.mark.parametrize(
    ("options", "happens", "code", "sentence"),
    [
        ("--seeds 0", AssertionError(), 2, "--seeds and --jobs must be 1 or more."),
        ("--seeds 3 --jobs -1", AssertionError(), 2, "--seeds and --jobs must be 1 or more."),
        ("--seeds ten", AssertionError(), 2, "argument --seeds: invalid int value: 'ten'"),
        ("", "incomplete", 1, "A record needs all 70,000 images of Fashion-MNIST: go online, or"),
        ("", "missing", 1, "There is no data folder nowhere"),
        ("", KeyboardInterrupt(), 130, "Interrupted. KEPT"),
        ("", RecordingError("Seed 3 ended early."), 1, "Seed 3 ended early. KEPT"),
        ("", OSError(28, "No room", "a.json"), 1, "a.json could not be written (No room). KEPT"),
    ],
)
def test_what_goes_wrong_is_one_sentence(monkeypatch, options, happens, code, sentence):
    monkeypatch.setenv("BOOK_DATA_DIR", "nowhere")
    if happens != "missing":
        data = SimpleNamespace(complete=happens != "incomplete")
        monkeypatch.setattr(program, "fashion_mnist", lambda: data)
    error = AssertionError() if isinstance(happens, str) else happens
    monkeypatch.setattr(program, "record", failing(error))
    end = end_of(program.main, "short_training", *options.split())
    assert end.code == code
    line, *others = reversed(end.err.splitlines())
    assert bool(others) == (code == 2)  # the usage
    kept = "The seeds that are done are kept: the same command does the others."
    assert sentence.replace("KEPT", kept) in line
    assert line.endswith(kept) == ("KEPT" in sentence)


def test_seeds_have_processes_of_their_own_and_one_that_dies_is_a_sentence(
    folder, out, capfd, request
):
    """Seed 2 is killed, as by a system without memory; seed 0 waits until its process is gone."""
    (folder / "die-2").touch()
    (folder / "wait-for-2").touch()
    with pytest.raises(RecordingError, match=r"^Seed 2 ended without a result \(code -9\)\.$"):
        record("plain", 4, 2, out)
    said, complaint = capfd.readouterr()
    assert "Traceback" not in complaint
    assert said.index("seed 1 done") < said.index("seed 0 done")
    assert began(folder) == [0, 1, 2]  # no other seed was begun
    processes = {path.name.split("-")[2] for path in folder.glob("began-*")}
    assert len(processes - {str(os.getpid())}) == 3
    assert sorted(path.name for path in unfinished(out)) == ["seed-0.json", "seed-1.json"]
    (folder / "die-2").unlink()
    request.getfixturevalue("here")
    stored = recorded("plain", 4, 2, out)
    assert "2 of 4 seeds are done; 2 at a time" in capfd.readouterr().out
    assert column(stored, "seed") == [0, 1, 2, 3]
    assert set(column(stored, "threads")) == {stored["hardware"]["threads"]}


def start(out: Path) -> subprocess.Popen:
    return python("-m", "utils.experiments", "kept", "--seeds=2", "--jobs=2", "--folder", out)


def alive(folder: Path) -> list[int]:
    """Processes that began a seed and still exist."""
    pids = [int(path.name.split("-")[2]) for path in folder.glob("began-*")]
    return [pid for pid in pids if Path(f"/proc/{pid}/cmdline").is_file()]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_an_interrupted_recording_goes_on_to_the_same_bits(folder, out, request):
    """Seed 0 is done and seed 1 in the middle of its training; no process outlives the program.

    The terminal sends Ctrl-C to all processes, and the program ends its own: once is meant.
    """
    (folder / "wait-1").touch()
    for stop, code, goes_on in (
        (lambda group: os.killpg(group, signal.SIGINT), 130, ""),  # Ctrl-C in a terminal
        (lambda alone: os.kill(alone, signal.SIGINT), 130, "after 5 steps, 0 of 2 epochs"),
        (lambda alone: os.kill(alone, signal.SIGKILL), -9, "after 10 steps, 0 of 2 epochs"),
    ):
        process = start(out)
        wait_until(lambda: list(out.rglob("seed-0.json")) and 1 in began(folder))
        stop(process.pid)
        said, complaint = process.communicate(timeout=60)
        assert process.returncode == code
        assert goes_on in said
        if code == 130:
            assert complaint == f"Interrupted. {program.KEPT}\n"
            assert alive(folder) == []
        wait_until(lambda: not alive(folder))
        assert began(folder) == ([1] if goes_on else [0, 1])
        forget(folder)
    (folder / "wait-1").unlink()
    process = start(out)
    said, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (0, "")
    assert "1 of 2 seeds are done" in said
    assert "after 15 steps, 1 of 2 epochs" in said
    assert began(folder) == []  # not seed 0 again, and seed 1 is past its last mark
    interrupted = json.loads((out / "kept.json").read_text(encoding="utf-8"))
    request.getfixturevalue("here")
    whole = recorded("kept", 2, 2, folder / "whole")
    assert column(interrupted, "seed") == [0, 1]
    assert column(interrupted, "losses") == column(whole, "losses")
