"""Recording an experiment: seeds side by side, what is done is kept, and nothing is mixed.

The experiment is a quick one in a folder of its own, which every process here looks into because
`sitecustomize`, which Python imports when it starts, adds it to `utils.experiments`.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from utils import experiments, records
from utils.data import fashion_mnist
from utils.experiments import __main__ as program
from utils.experiments import recording
from utils.experiments.recording import RecordingError, record
from utils.settings import profile

ROOT = Path(__file__).parents[2]

PLAIN = """
import os, signal, time
from pathlib import Path

import torch

from utils.settings import profile


def asked(what):
    return Path(os.environ["EXPERIMENT"], what).exists()


def run(seed: int, size: int = 3) -> dict:
    Path(os.environ["EXPERIMENT"], f"began-{seed}-{os.getpid()}").touch()
    while asked(f"wait-{seed}"):
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

from utils.settings import Profile
from utils.training import Recipe, train

HERE = Profile("quick", torch.device("cpu"), torch.float32)


def run(seed: int, keep=None) -> dict:
    torch.manual_seed(seed)
    model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(784, 10))
    images = torch.arange(200 * 784).view(200, 28, 28).to(torch.uint8), torch.arange(200) % 10

    def watch(history, model):
        if len(history.losses) == 5:
            Path(os.environ["EXPERIMENT"], f"began-{seed}-{os.getpid()}").touch()
            while asked(f"wait-{seed}") and not keep.asked_to_stop:
                time.sleep(0.02)

    recipe = Recipe(epochs=2, batch_size=20, image_size=28, seed=seed, lr=0.001)
    history = train(model, images, images, recipe, HERE, watch=watch, keep=keep)
    return {"arm": {"losses": history.losses}}
"""
)

SITE = """
import os
from utils import experiments
experiments.__path__.append(os.environ["EXPERIMENT"])
experiments.NAMES += ("plain", "kept")
"""


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


def began(folder: Path) -> list[int]:
    """The seeds that were begun, sorted."""
    return sorted(int(path.name.split("-")[1]) for path in folder.glob("began-*"))


# --- what is kept


def test_a_record_has_all_seeds_in_order_and_what_made_them(folder, out, here):
    path = record("plain", 3, 1, out)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert path == out / "plain.json"
    assert [run["seed"] for run in stored["runs"]] == [0, 1, 2]
    assert [run["arms"]["arm"]["value"] for run in stored["runs"]] == [0, 3, 6]
    assert stored["settings"] == {"size": 3}
    assert stored["command"] == "python -m utils.experiments plain --seeds 3"
    module = sys.modules["utils.experiments.plain"]
    assert stored["source_sha256"] == records.source_hash(module)
    assert stored["seconds"] == pytest.approx(sum(run["seconds"] for run in stored["runs"]))


@pytest.mark.parametrize(("jobs", "threads"), [(1, 4), (2, 2), (3, 1), (8, 1)])
def test_processes_share_the_threads_and_the_record_says_so(folder, out, here, jobs, threads):
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    stored = json.loads(record("plain", 1, jobs, out).read_text(encoding="utf-8"))
    torch.set_num_threads(before)
    assert stored["hardware"] == records.hardware() | {"threads": threads}
    assert stored["runs"][0]["arms"]["arm"]["threads"] == threads


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_seeds_have_the_precision_of_the_record(folder, out, here, monkeypatch, precision):
    chosen = records.hardware() | {"precision": precision}  # on a busy machine a seed's may differ
    monkeypatch.setattr(records, "hardware", lambda: dict(chosen))
    profile.cache_clear()
    stored = json.loads(record("plain", 1, 1, out).read_text(encoding="utf-8"))
    profile.cache_clear()
    assert stored["runs"][0]["arms"]["arm"]["dtype"] == f"torch.{precision}"


def interrupt(folder: Path, out: Path, done: int, name: str = "plain") -> None:
    """Leave `done` seeds of three."""
    (folder / f"diverge-{done}").touch()
    with pytest.raises(SystemExit, match=f"Seed {done}: The loss became nan"):
        record(name, 3, 1, out)
    (folder / f"diverge-{done}").unlink()
    for path in folder.glob("began-*"):
        path.unlink()


def test_seeds_that_are_done_are_not_run_again(folder, out, here, capsys):
    interrupt(folder, out, done=2)
    stored = json.loads(record("plain", 3, 1, out).read_text(encoding="utf-8"))
    assert "2 of 3 seeds are done" in capsys.readouterr().out
    assert began(folder) == [2]
    assert [run["seed"] for run in stored["runs"]] == [0, 1, 2]


def test_fewer_seeds_than_are_done_make_a_record_of_just_these(folder, out, here):
    interrupt(folder, out, done=2)
    stored = json.loads(record("plain", 1, 1, out).read_text(encoding="utf-8"))
    assert began(folder) == []
    assert [run["seed"] for run in stored["runs"]] == [0]


def test_seeds_of_other_code_are_made_anew_and_this_is_told(folder, out, here, capsys):
    interrupt(folder, out, done=1)
    sys.modules.pop("utils.experiments.plain")
    (folder / "plain.py").write_text(PLAIN.replace("size: int = 3", "size: int = 50"))
    stored = json.loads(record("plain", 3, 1, out).read_text(encoding="utf-8"))
    said = capsys.readouterr().out
    assert f"seed-0 in {out / 'unfinished' / 'plain'}: made by other code or on other" in said
    assert "0 of 3 seeds are done" in said
    assert [run["arms"]["arm"]["value"] for run in stored["runs"]] == [0, 50, 100]
    assert began(folder) == [0, 1, 2]


def test_seeds_of_other_hardware_are_made_anew_and_this_is_told(
    folder, out, here, capsys, monkeypatch
):
    interrupt(folder, out, done=1)
    other = records.hardware() | {"processor": "abacus"}
    monkeypatch.setattr(records, "hardware", lambda: other)
    stored = json.loads(record("plain", 2, 1, out).read_text(encoding="utf-8"))
    assert "made by other code or on other hardware, so made anew" in capsys.readouterr().out
    assert stored["hardware"]["processor"] == "abacus"
    assert began(folder) == [0, 1]


def test_a_training_of_other_code_is_not_gone_on_with(folder, out, here, capsys):
    kept = recording._kept(out / "unfinished" / "kept", ["other code"])
    (kept / "seed-0").mkdir()
    record("kept", 1, 1, out)
    assert "seed-0 in" in capsys.readouterr().out


def test_nothing_is_told_where_nothing_was_kept(folder, out, here, capsys):
    record("plain", 1, 1, out)
    assert "made by other" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["plain", "kept"])
def test_unfinished_files_are_gone_when_the_record_is_there(folder, out, here, name):
    interrupt(folder, out, done=1)
    record(name, 2, 1, out)
    record("plain", 2, 1, out)
    assert [path for path in out.rglob("*") if path.is_file() and "unfinished" in path.parts] == []


def test_the_hash_is_of_the_code_that_ran(folder, out, here, monkeypatch):
    """The file may change while seeds run: the record must not claim the new text."""
    real, before = recording._run, {}

    def run(*arguments):
        before["hash"] = records.source_hash(sys.modules["utils.experiments.plain"])
        real(*arguments)
        (folder / "plain.py").write_text(PLAIN + "\n# changed meanwhile\n")

    monkeypatch.setattr(recording, "_run", run)
    stored = json.loads(record("plain", 1, 1, out).read_text(encoding="utf-8"))
    assert stored["source_sha256"] == before["hash"]


# --- processes


def test_seeds_run_side_by_side_each_in_a_process_of_its_own(folder, out, capsys):
    """Seed 0 waits until seed 1's process is gone, and yet is the first in the record."""
    lives = """
def lives(seed):
    began = list(Path(os.environ["EXPERIMENT"]).glob(f"began-{seed}-*"))
    try:
        return not began or os.kill(int(began[0].name.split("-")[2]), 0) is None
    except ProcessLookupError:
        return False


def run("""
    source = PLAIN.replace('while asked(f"wait-{seed}")', "while seed == 0 and lives(1)")
    (folder / "plain.py").write_text(source.replace("\ndef run(", lives, 1), encoding="utf-8")
    path = record("plain", 3, 2, out)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert [run["seed"] for run in stored["runs"]] == [0, 1, 2]
    threads = {run["arms"]["arm"]["threads"] for run in stored["runs"]}
    assert threads == {stored["hardware"]["threads"]}
    assert began(folder) == [0, 1, 2]
    assert len({path.name.split("-")[2] for path in folder.glob("began-*")} - {os.getpid()}) == 3
    said = capsys.readouterr().out
    assert said.index("seed 1 done") < said.index("seed 0 done")


def test_a_process_that_dies_is_a_sentence_and_the_others_are_kept(folder, out, capfd):
    """Seed 1 is killed, as by a system without memory; seed 0 is still running then."""
    (folder / "die-1").touch()
    (folder / "wait-0").touch()
    source = PLAIN.replace("        os.kill(", "        os.unlink(PATH)\n        os.kill(")
    source = source.replace("PATH", 'Path(os.environ["EXPERIMENT"], "wait-0")')
    (folder / "plain.py").write_text(source, encoding="utf-8")
    with pytest.raises(RecordingError, match=r"^Seed 1 ended without a result \(code -9\)\.$"):
        record("plain", 4, 2, out)
    assert began(folder) == [0, 1]  # no other seed was begun
    (kept,) = out.rglob("seed-*.json")
    assert kept.name == "seed-0.json"
    assert "Traceback" not in capfd.readouterr().err


# --- the program


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--seeds", "0"], "--seeds and --jobs must be 1 or more."),
        (["--seeds", "3", "--jobs", "-1"], "--seeds and --jobs must be 1 or more."),
        (["--seeds", "ten"], "argument --seeds: invalid int value: 'ten'"),
    ],
)
def test_wrong_numbers_are_refused(monkeypatch, capsys, options, sentence):
    monkeypatch.setattr(sys, "argv", ["experiments", "short_training", *options])
    with pytest.raises(SystemExit) as end:
        program.main()
    assert end.value.code == 2
    assert sentence in capsys.readouterr().err.splitlines()[-1]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run the program with `record` and the data as given; returns exit code and words."""

    def run(record, data=lambda: SimpleNamespace(complete=True)):
        monkeypatch.setattr(sys, "argv", ["e", "short_training", "--folder", str(tmp_path)])
        monkeypatch.setattr(program, "fashion_mnist", data)
        monkeypatch.setattr(program, "record", record)
        with pytest.raises(SystemExit) as end:
            program.main()
        code = end.value.code
        if isinstance(code, str):  # Python prints it and ends with 1
            return 1, code
        return code, capsys.readouterr().err.strip()

    return run


def raising(error: BaseException):
    def fail(*arguments):
        raise error

    return fail


def test_a_part_of_the_data_is_not_enough(run):
    code, said = run(raising(AssertionError), lambda: SimpleNamespace(complete=False))
    assert code == 1
    assert said.startswith("A record needs all 70,000 images of Fashion-MNIST: go online, or set")


def test_missing_data_are_one_sentence(run, monkeypatch, tmp_path):
    monkeypatch.setenv("BOOK_DATA_DIR", str(tmp_path / "nowhere"))
    code, said = run(raising(AssertionError), fashion_mnist)
    assert (code, said.count("\n")) == (1, 0)
    assert "There is no data folder" in said


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (KeyboardInterrupt(), 130, "Interrupted."),
        (RecordingError("Seed 3 ended without a result."), 1, "Seed 3 ended without a result."),
        (OSError(28, "No space left", "runs/a.json"), 1, "runs/a.json could not be written (No"),
    ],
)
def test_what_goes_wrong_is_one_sentence_with_what_to_do(run, error, code, sentence):
    end, said = run(raising(error))
    assert end == code
    assert said.startswith(sentence)
    assert said.endswith("The seeds that are done are kept: the same command does the others.")


def start(out: Path, name: str, seeds: int, jobs: int) -> subprocess.Popen:
    """The program, in a group of its own, as a terminal would start it."""
    command = [sys.executable, "-m", "utils.experiments", name, "--folder", out]
    return subprocess.Popen(
        [*command, f"--seeds={seeds}", f"--jobs={jobs}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def wait_for(happens) -> None:
    deadline = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def alive(folder: Path) -> list[int]:
    """Processes that began a seed and still exist."""
    pids = [int(path.name.split("-")[2]) for path in folder.glob("began-*")]
    return [pid for pid in pids if Path(f"/proc/{pid}/cmdline").is_file()]


@pytest.mark.slow
@pytest.mark.parametrize(
    "stop",
    [
        lambda process: os.killpg(process.pid, signal.SIGINT),
        lambda process: process.send_signal(signal.SIGINT),
    ],
    ids=["Ctrl-C in a terminal", "SIGINT to the program alone"],
)
def test_an_interrupted_recording_goes_on(folder, out, stop):
    (folder / "wait-1").touch()
    process = start(out, "plain", seeds=3, jobs=2)
    wait_for(lambda: list(out.rglob("seed-0.json")) and 1 in began(folder))
    time.sleep(0.5)  # while a process is being started, nobody hears
    stop(process)
    said, complaint = process.communicate(timeout=60)
    assert process.returncode == 130
    assert complaint == f"Interrupted. {program.KEPT}\n"
    assert alive(folder) == []
    (folder / "wait-1").unlink()
    process = start(out, "plain", seeds=3, jobs=2)
    said, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (0, "")
    assert "1 of 3 seeds are done" in said or "2 of 3 seeds are done" in said
    assert began(folder).count(0) == 1
    stored = json.loads((out / "plain.json").read_text(encoding="utf-8"))
    assert [run["seed"] for run in stored["runs"]] == [0, 1, 2]


@pytest.mark.slow
def test_ctrl_c_saves_the_training_of_a_seed(folder, out):
    """The terminal sends it to all processes, and the program ends its own: once is meant."""
    (folder / "wait-0").touch()
    process = start(out, "kept", seeds=1, jobs=1)
    wait_for(lambda: began(folder))
    os.killpg(process.pid, signal.SIGINT)
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (130, f"Interrupted. {program.KEPT}\n")
    (folder / "wait-0").unlink()
    process = start(out, "kept", seeds=1, jobs=1)
    said, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (0, "")
    assert "after 5 steps, 0 of 2 epochs" in said


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_process_outlives_a_program_that_is_killed_and_trainings_go_on(folder, out):
    process = start(out, "kept", seeds=1, jobs=1)
    _, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (0, "")
    whole = json.loads((out / "kept.json").read_text(encoding="utf-8"))["runs"]

    (folder / "wait-0").touch()
    for path in folder.glob("began-*"):
        path.unlink()
    process = start(out, "kept", seeds=1, jobs=1)
    wait_for(lambda: began(folder))
    process.kill()
    wait_for(lambda: not alive(folder))
    process.communicate(timeout=60)
    (folder / "wait-0").unlink()
    process = start(out, "kept", seeds=1, jobs=1)
    said, complaint = process.communicate(timeout=60)
    assert (process.returncode, complaint) == (0, "")
    assert "after 5 steps, 0 of 2 epochs" in said
    again = json.loads((out / "kept.json").read_text(encoding="utf-8"))["runs"]
    assert again[0]["arms"] == whole[0]["arms"]
