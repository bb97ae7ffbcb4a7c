"""Recording an experiment: seeds side by side, what is done is kept, and nothing is mixed.

The experiment is a quick one in a folder of its own, which every process here looks into because
`sitecustomize`, which Python imports when it starts, adds it to `utils.experiments`.
"""

import json
import os
import signal
import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from tests.support.processes import lives, python, wait_until
from tests.support.trainings import end_of, failing
from tools.pages import ROOT
from utils import experiments, records
from utils.data import DataError
from utils.experiments import __main__ as program
from utils.experiments import recording
from utils.experiments.recording import RecordingError, record
from utils.system import default_profile

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
from tqdm import tqdm

from tests.support import processes
from tests.support.trainings import DATA, network
from utils.system import CPU, default_profile
from utils.training import Recipe, train

HERE = Path(os.environ["EXPERIMENT"])


def asked(what):
    return (HERE / what).exists()


def lives(seed):
    began = list(HERE.glob(f"began-{seed}-*"))
    return not began or processes.lives(int(began[0].name.split("-")[2]))


def run(seed: int, size: int = 3) -> dict:
    tqdm(disable=True)  # every bar has a semaphore, which somebody must give back
    (HERE / f"began-{seed}-{os.getpid()}").touch()
    while asked(f"wait-{seed}"):
        time.sleep(0.02)
    while seed == 0 and asked("die-2") and lives(2):
        time.sleep(0.02)
    if asked(f"die-{seed}"):
        os.kill(os.getpid(), signal.SIGKILL)
    if asked(f"diverge-{seed}"):
        raise FloatingPointError("The loss became nan.")
    threads, dtype = torch.get_num_threads(), str(default_profile().dtype)
    return {"arm": {"value": seed * size, "threads": threads, "dtype": dtype}}
"""

KEPT = (
    PLAIN
    + """

def run(seed: int, checkpoints=None) -> dict:
    def callback(history, model):
        if len(history.losses) in (5, 10, 15):
            (HERE / f"began-{seed}-{os.getpid()}").touch()
            while asked(f"wait-{seed}") and not checkpoints.asked_to_stop:
                time.sleep(0.02)

    recipe = Recipe(epochs=3, batch_size=16, image_size=28, seed=seed)  # 18 steps
    history = train(network(seed), *DATA, recipe, CPU, callback=callback, checkpoints=checkpoints)
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
def here(monkeypatch):
    """Seeds run in this process, one after another: quick, where processes are not the point."""

    def run(left, jobs, how):
        threads = torch.get_num_threads()
        for seed in left:
            recording._one(seed, *how)
        torch.set_num_threads(threads)

    monkeypatch.setenv("BOOK_PRECISION", "float32")  # what a seed sets is undone with it
    monkeypatch.setattr(recording, "_run", run)


def recorded(folder: Path, seeds: int, jobs: int = 1, name: str = "plain") -> dict:
    return json.loads(record(name, seeds, jobs, folder / "out").read_text(encoding="utf-8"))


def column(stored: dict, name: str) -> list:
    """What each seed of a record has measured, or its number."""
    return [run["seed"] if name == "seed" else run["arms"]["arm"][name] for run in stored["runs"]]


def began(folder: Path) -> dict[int, int]:
    """The seeds that were begun since the last call, sorted, and their processes."""
    found = {}
    for path in sorted(folder.glob("began-*")):
        seed, process = map(int, path.name.split("-")[1:])
        assert seed not in found, "begun twice"
        found[seed] = process
        path.unlink()
    return found


def interrupt(folder: Path, done: int) -> None:
    """Leave `done` seeds of three."""
    (folder / f"diverge-{done}").touch()
    with pytest.raises(SystemExit, match=f"Seed {done}: The loss became nan"):
        recorded(folder, 3)
    (folder / f"diverge-{done}").unlink()
    began(folder)


def unfinished(folder: Path) -> list[Path]:
    return [path for path in (folder / "out" / "unfinished").rglob("*") if path.is_file()]


# --- what is kept


def test_a_record_has_all_seeds_in_order_and_what_made_them(folder, here, monkeypatch, capsys):
    """The file may change while seeds run: the hash must be that of the code that ran."""
    real, hashes = recording._run, []

    def run(*arguments):
        hashes.append(records.source_hash(sys.modules["utils.experiments.plain"]))
        real(*arguments)
        (folder / "plain.py").write_text(PLAIN + "\n# changed meanwhile\n")

    monkeypatch.setattr(recording, "_run", run)
    stored = recorded(folder, 3)
    assert (folder / "out" / "plain.json").is_file()
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
    folder, here, monkeypatch, jobs, threads, precision
):
    chosen = records.hardware() | {"precision": precision}  # on a busy machine a seed's may differ
    monkeypatch.setattr(records, "hardware", lambda: dict(chosen))
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    default_profile.cache_clear()
    stored = recorded(folder, 1, jobs)
    default_profile.cache_clear()
    torch.set_num_threads(before)
    assert stored["hardware"] == chosen | {"threads": threads}
    assert column(stored, "threads") == [threads]
    assert column(stored, "dtype") == [f"torch.{precision}"]


def test_seeds_of_other_hardware_or_code_are_made_anew_and_other_experiments_stay(
    folder, here, capsys, monkeypatch
):
    anew = (
        f"seed-0 in {folder / 'out' / 'unfinished' / 'plain'}: made by other code or on other "
        "hardware, so made anew.\n0 of 3 seeds are done"
    )
    interrupt(folder, done=1)
    other = records.hardware() | {"processor": "abacus"}
    monkeypatch.setattr(records, "hardware", lambda: other)
    interrupt(folder, done=1)
    assert anew in capsys.readouterr().out
    sys.modules.pop("utils.experiments.plain")
    (folder / "plain.py").write_text(PLAIN.replace("size: int = 3", "size: int = 50"))
    stored = recorded(folder, 3)
    assert anew in capsys.readouterr().out
    assert stored["hardware"]["processor"] == "abacus"
    assert column(stored, "value") == [0, 50, 100]
    interrupt(folder, done=1)
    kept = recording._folder_for(folder / "out" / "unfinished" / "kept", ["other code"])
    (kept / "seed-0").mkdir()
    recorded(folder, 2, name="kept")
    assert "seed-0 in" in capsys.readouterr().out
    assert [path.parent.parent.name for path in unfinished(folder)] == ["plain"]
    began(folder)
    assert column(recorded(folder, 1), "seed") == [0]  # it was done
    assert not began(folder)


# --- the program, and its processes


@pytest.mark.parametrize(
    ("options", "happens", "code", "sentence"),
    [
        ("--seeds 0", AssertionError(), 2, "--seeds and --jobs must be 1 or more."),
        ("--seeds 3 --jobs -1", AssertionError(), 2, "--seeds and --jobs must be 1 or more."),
        ("", None, 1, "all 70,000 images of Fashion-MNIST: go online, or set BOOK_DATA_DIR."),
        ("", DataError("There is no data folder."), 1, "There is no data folder."),
        ("", KeyboardInterrupt(), 130, "Interrupted. KEPT"),
        ("", RecordingError("Seed 3 ended early."), 1, "Seed 3 ended early. KEPT"),
        ("", OSError(28, "No room", "a.json"), 1, "a.json could not be written (No room). KEPT"),
    ],
)
def test_what_goes_wrong_is_one_sentence(monkeypatch, options, happens, code, sentence):
    data = SimpleNamespace(complete=happens is not None)
    monkeypatch.setattr(program, "fashion_mnist", lambda: data)
    monkeypatch.setattr(program, "record", failing(happens or AssertionError()))
    end = end_of(program.main, "short_training", *options.split())
    assert end.code == code
    *usage, line = end.err.splitlines()
    assert bool(usage) == (code == 2)
    assert line.endswith(sentence.replace("KEPT", program.KEPT))


def test_seeds_have_processes_of_their_own_and_one_that_dies_is_a_sentence(folder, capfd, request):
    """Seed 2 is killed, as by a system without memory; seed 0 waits until its process is gone."""
    (folder / "die-2").touch()
    with pytest.raises(RecordingError, match=r"^Seed 2 ended without a result \(code -9\)\.$"):
        recorded(folder, 4, 2)
    said, complaint = capfd.readouterr()
    assert "Traceback" not in complaint
    assert said.index("seed 1 done") < said.index("seed 0 done")
    processes = began(folder)
    assert list(processes) == [0, 1, 2]  # no other seed was begun
    assert len({os.getpid(), *processes.values()}) == 4
    assert sorted(path.name for path in unfinished(folder)) == ["seed-0.json", "seed-1.json"]
    (folder / "die-2").unlink()
    request.getfixturevalue("here")
    stored = recorded(folder, 4, 2)
    assert "2 of 4 seeds are done; 2 at a time" in capfd.readouterr().out
    assert list(began(folder)) == [2, 3]
    assert unfinished(folder) == []
    assert column(stored, "seed") == [0, 1, 2, 3]
    assert set(column(stored, "threads")) == {stored["hardware"]["threads"]}


def not_one_lives(begun: dict[int, int]) -> bool:
    return not any(map(lives, begun.values()))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process ends in another way")
def test_a_seed_that_keeps_nothing_ends_without_another_word(folder):
    (folder / "wait-0").touch()
    process = python("-m", "utils.experiments", "plain", "--seeds=1", "--folder", folder / "out")
    wait_until(lambda: any(folder.glob("began-0-*")))
    os.kill(process.pid, signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (130, f"Interrupted. {program.KEPT}\n")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="signals to a group of processes")
def test_an_interrupted_recording_goes_on_to_the_same_bits(folder, request):
    """Seed 0 is done and seed 1 in the middle of its training; no process outlives the program.

    The terminal sends Ctrl-C to all processes, and the program ends its own: once is meant.
    """
    options = ["kept", "--seeds=2", "--jobs=2", "--folder", folder / "out"]
    start = partial(python, "-m", "utils.experiments", *options)
    (folder / "wait-1").touch()
    for stop, code, goes_on in (
        (lambda group: os.killpg(group, signal.SIGINT), 130, ""),  # Ctrl-C in a terminal
        (lambda alone: os.kill(alone, signal.SIGINT), 130, "after 5 steps, 0 of 3 epochs"),
        (lambda alone: os.kill(alone, signal.SIGKILL), -9, "after 10 steps, 1 of 3 epochs"),
    ):
        process = start()
        wait_until(lambda: any(folder.rglob("seed-0.json")) and any(folder.glob("began-1-*")))
        stop(process.pid)
        said, complaint = process.communicate(timeout=60)
        assert process.returncode == code
        assert goes_on in said
        begun = began(folder)
        assert list(begun) == ([1] if goes_on else [0, 1])
        if code == 130:
            assert complaint == f"Interrupted. {program.KEPT}\n"
            assert not_one_lives(begun)
        wait_until(partial(not_one_lives, begun))
    (folder / "wait-1").unlink()
    process = start()
    said, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (0, "")
    assert "1 of 2 seeds are done" in said
    assert "after 15 steps, 2 of 3 epochs" in said
    assert not began(folder)  # not seed 0 again, and seed 1 is past its last mark
    interrupted = json.loads((folder / "out" / "kept.json").read_text(encoding="utf-8"))
    request.getfixturevalue("here")
    whole = recorded(folder, 2, 2, "kept")
    assert column(interrupted, "seed") == [0, 1]
    assert column(interrupted, "losses") == column(whole, "losses")
