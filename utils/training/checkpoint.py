"""A training that survives: saved as it goes, and gone on with after whatever stopped it.

A folder holds one training. Its files are each written beside their place, flushed to the disk and
only then renamed, so that there is always a whole one, whenever the program dies:

    checkpoint.safetensors   weights, the optimiser's memory, random numbers, history, settings
    metrics.jsonl            one line an epoch and one for the mean loss of every 50 steps

Both are data: reading them executes nothing.
"""

import json
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import safetensors
import safetensors.torch
import torch

from utils.system import ALONE, Profile, write_whole
from utils.training.recipe import History
from utils.training.state import Training

FORMAT = "alexnet-book training, 1"


STEPS_A_LINE = 50  # of metrics.jsonl


class CheckpointError(Exception):
    """A folder that this training cannot use. The message says what to do; nothing was changed."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, or the system's request to end; everything up to this step has been saved."""


class Checkpoints:
    """Saves a training in `folder` every `seconds`, and goes on with the one that is there.

    Give it to `utils.training.train` as `keep`. A run that goes on ends with the same weights, bit
    for bit, as one that was never interrupted, if the conditions are equal: `tell` is told, in a
    sentence, where it goes on and which conditions have changed.

    Raises CheckpointError if what lies in the folder is no whole checkpoint of this training, or
    cannot be written, and Interrupted after Ctrl-C or SIGTERM, when everything is saved; a second
    Ctrl-C ends the program at once.
    """

    def __init__(
        self, folder: str | Path, seconds: float = 60, tell: Callable[[str], None] = print
    ):
        self.folder, self.seconds, self.tell = Path(folder).expanduser(), seconds, tell
        self.path = self.folder / "checkpoint.safetensors"
        self.saved = time.monotonic()
        self.asked_to_stop = False
        self._identity: dict[str, object] = {}
        self._ranks = ALONE

    def resume(self, training: Training) -> bool:
        """Put `training` where the saved one stopped; False if nothing was saved yet."""
        self._identity, self._ranks = training.identity(), training.ranks
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CheckpointError(
                f"The folder {self.folder} cannot be made ({error.strerror}): choose another."
            ) from None
        found = self.path.exists()
        if self._ranks.total(found)[0] not in (0, self._ranks.world):
            raise CheckpointError(
                f"{self.path} is not there for every process: choose a folder that all can read."
            )
        if found:
            tensors, saved = self._read()
            try:
                self._compare(saved, training)
                _restore(training, tensors, saved)
            except (KeyError, ValueError) as error:
                raise CheckpointError(
                    f"{self.path} lacks something ({error}): move it away, or choose another "
                    "folder."
                ) from None
            history, epochs = training.history, training.history.recipe.epochs
            done = f"{len(history.losses)} steps, {len(history.epochs)} of {epochs} epochs"
            finished = len(history.epochs) == epochs
            self.tell(
                f"The training in {self.folder} is finished: {done}."
                if finished
                else f"Going on in {self.folder} after {done}."
            )
        self._write_metrics(training)  # a folder that cannot be written is better known at once
        return found

    def after_step(self, training: Training) -> None:
        """Save if it is time to; if somebody asked to stop, save and raise Interrupted."""
        due = self.asked_to_stop or time.monotonic() - self.saved >= self.seconds
        due, asked = self._ranks.total(due, self.asked_to_stop)  # what one wants, all do
        if due:
            self.save(training)
        if asked:
            raise Interrupted(
                f"Stopped after step {len(training.history.losses)}, and saved in {self.folder}: "
                "the same command, or the same cell, goes on from here."
            )

    def save(self, training: Training) -> None:
        """Write the checkpoint and the metrics, each as a whole or not at all.

        All ranks call it, because each has its own random numbers; rank 0 writes.
        """
        tensors, about = _tensors(training), {
            "format": FORMAT,
            "identity": json.dumps(self._identity),
            "conditions": json.dumps(training.conditions()),
            "history": json.dumps(asdict(training.history)),
            "correct": str(training.correct),
        }  # fmt: skip
        self.write(self.path.name, safetensors.torch.save(tensors, about))
        self._write_metrics(training)
        self.saved = time.monotonic()

    def write(self, name: str, content: bytes) -> None:
        """Write one file of the folder, as a whole or not at all; rank 0 does it for all."""
        if self._ranks.rank:
            return
        try:
            write_whole(self.folder / name, content)
        except OSError as error:
            kept = " The last good checkpoint is untouched." if self.path.exists() else ""
            raise CheckpointError(
                f"{self.folder / name} could not be written ({error.strerror or error}).{kept} "
                "Make room there, or see to it that you may write there; then start the same "
                "training again."
            ) from None

    def _write_metrics(self, training: Training) -> None:
        lines = [json.dumps(line) + "\n" for line in metrics(training.history)]
        self.write("metrics.jsonl", "".join(lines).encode())

    def __enter__(self) -> "Checkpoints":
        """Within `with`, Ctrl-C and SIGTERM wait for the step that is being worked on."""
        self._before, self.asked_to_stop = {}, False
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if signal.getsignal(number) != signal.SIG_IGN:  # ignored ones stay ignored
                    self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _stop(self, number: int, frame: object) -> None:
        if self.asked_to_stop:
            raise KeyboardInterrupt
        self.asked_to_stop = True

    def _read(self) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
        """All tensors of the checkpoint, and what it says of itself."""
        advice = "nothing was changed; move it away, or choose another folder"
        try:
            with safetensors.safe_open(self.path, framework="pt") as file:
                about = file.metadata() or {}
                tensors = {
                    name: file.get_tensor(name).clone()  # it is the file itself, mapped
                    for name in file.keys()  # noqa: SIM118
                }
        except (safetensors.SafetensorError, OSError) as error:
            reason = str(error).partition("\n")[0]
            raise CheckpointError(
                f"{self.path} is damaged, or no checkpoint ({reason}): {advice}."
            ) from None
        if (written := about.get("format", "")) != FORMAT:
            ours = written.startswith(FORMAT.partition(",")[0])
            by = "an older or newer version of this book" if ours else "other software"
            raise CheckpointError(f"{self.path} was written by {by}: {advice}.")
        return tensors, about

    def _compare(self, saved: dict[str, str], training: Training) -> None:
        """Refuse another training's checkpoint; report what has changed around this one."""
        old = json.loads(saved["identity"])  # it may lack what is newer than the checkpoint
        changed = [name for name, value in self._identity.items() if old.get(name, value) != value]
        if changed:
            words = ", ".join(
                name if isinstance(old[name], dict | list) else f"{name} was {old[name]}"
                for name in changed
            )
            raise CheckpointError(
                f"{self.folder} holds a training with other settings ({words}): go on with those, "
                "or choose another folder. Nothing was changed."
            )
        before = json.loads(saved["conditions"])
        for name, now in training.conditions().items():
            if before.get(name, now) != now:
                self.tell(
                    f"Changed since the checkpoint: {name} {before[name]}, now {now}. The training "
                    "goes on, but will not be equal to the last bit."
                )


def metrics(history: "History") -> list[dict[str, float]]:
    """What `metrics.jsonl` says: the mean loss of every 50 steps, and each epoch's row."""
    losses, n = history.losses, STEPS_A_LINE
    lines = [
        {"step": end, "loss": sum(losses[end - n : end]) / n}
        for end in range(n, len(losses) + 1, n)
    ]
    return lines + history.epochs


def _tensors(training: Training) -> dict[str, torch.Tensor]:
    """Everything that is not a plain number, as safetensors wants it: contiguous, on the CPU."""
    tensors = {f"model.{name}": value for name, value in training.model.state_dict().items()}
    for number, memory in training.optimizer.state_dict()["state"].items():
        for name, value in memory.items():
            if value is not None:
                tensors[f"optimizer.{number}.{name}"] = torch.as_tensor(value)
    for name, state in _random_states(training.where).items():
        for rank, value in enumerate(training.ranks.gather(state)):
            tensors[f"random.{name}{rank or ''}"] = value
    return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}


def _random_states(where: "Profile") -> dict[str, torch.Tensor]:
    """The state of each generator of random numbers that this rank draws from."""
    states = {"cpu": torch.get_rng_state()}
    if where.device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(where.device)
    return states


def _restore(training: Training, tensors: dict[str, torch.Tensor], saved: dict[str, str]) -> None:
    """Put the saved values into the training: in place, so that memory formats stay."""
    history = json.loads(saved["history"])
    for name in ("losses", "epochs", "seconds", "frames"):
        setattr(training.history, name, history[name])
    training.correct = int(saved["correct"])
    with torch.no_grad():
        for name, value in training.model.state_dict().items():
            value.copy_(tensors[f"model.{name}"])
    parameters = [p for group in training.optimizer.param_groups for p in group["params"]]
    state: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        kind, _, rest = name.partition(".")
        if kind == "optimizer":
            number, _, what = rest.partition(".")
            like = parameters[int(number)]
            fits = torch.empty_like(like).copy_(value) if value.shape == like.shape else value
            state.setdefault(int(number), {})[what] = fits
    whole = training.optimizer.state_dict()
    training.optimizer.load_state_dict({"state": state, "param_groups": whole["param_groups"]})
    rank = training.ranks.rank or ""
    torch.set_rng_state(tensors[f"random.cpu{rank}"])
    if training.where.device.type == "cuda" and f"random.cuda{rank}" in tensors:
        torch.cuda.set_rng_state(tensors[f"random.cuda{rank}"], training.where.device)
