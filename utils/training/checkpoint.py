"""A training that survives: saved as it goes, and gone on with after whatever stopped it.

A folder holds one training. Its files are each there whole or not at all, whenever the program
dies:

    checkpoint.safetensors   weights, the optimiser's memory, random numbers, history, settings
    metrics.jsonl            one line an epoch and one for the mean loss of every 50 steps
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from utils.system import SINGLE, write_whole
from utils.training.checkpoint_file import CheckpointError, pack, read, restore
from utils.training.identity import conditions, identity, other_settings
from utils.training.interruption import Interrupted, Interruptible
from utils.training.recipe import History
from utils.training.state import TrainingState


class Checkpoints(Interruptible):
    """Saves a training in `folder` every `seconds`, and goes on with the one that is there.

    Give it to `utils.training.train` as `checkpoints`. A run that goes on ends with the same
    weights, bit for bit, as one that was never interrupted, if the conditions are equal: `report`
    is told, in a sentence, where it goes on and which conditions have changed.

    Raises CheckpointError if what lies in the folder is no whole checkpoint of this training, or
    cannot be written, and, within `with`, Interrupted after Ctrl-C or SIGTERM, when everything is
    saved; a second Ctrl-C ends the program at once.
    """

    def __init__(
        self, folder: str | Path, seconds: float = 60, report: Callable[[str], None] = print
    ):
        self.folder, self.seconds, self.report = Path(folder).expanduser(), seconds, report
        self.path = self.folder / "checkpoint.safetensors"
        self.saved = time.monotonic()
        self._identity: dict[str, object] = {}
        self._group = SINGLE

    def resume(self, state: TrainingState) -> bool:
        """Put `state` where the saved training stopped; False if nothing was saved yet."""
        self._identity, self._group = identity(state), state.group
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CheckpointError(
                f"The folder {self.folder} cannot be made ({error.strerror}): choose another."
            ) from None
        there = self.path.exists()
        if self._group.total(there)[0] not in (0, self._group.world_size):
            raise CheckpointError(
                f"{self.path} is not there for every process: choose a folder that all can read."
            )
        if there:
            self._go_on(state)
        self._write_metrics(state.history)  # a folder that cannot be written is better known now
        return there

    def _go_on(self, state: TrainingState) -> None:
        tensors, about = read(self.path)
        try:
            self._compare(about, state)
            restore(state, tensors, about)
        except (KeyError, ValueError) as error:
            raise CheckpointError(
                f"{self.path} lacks something ({error}): move it away, or choose another folder."
            ) from None
        history, epochs = state.history, state.history.recipe.epochs
        done = f"{len(history.losses)} steps, {len(history.epochs)} of {epochs} epochs"
        if len(history.epochs) == epochs:
            self.report(f"The training in {self.folder} is finished: {done}.")
        else:
            self.report(f"Going on in {self.folder} after {done}.")

    def _compare(self, about: dict[str, str], state: TrainingState) -> None:
        """Refuse another training's checkpoint; report what has changed around this one."""
        if changed := other_settings(json.loads(about["identity"]), self._identity):
            raise CheckpointError(
                f"{self.folder} holds a training with other settings ({changed}): go on with "
                "those, or choose another folder. Nothing was changed."
            )
        before = json.loads(about["conditions"])
        for name, now in conditions(state).items():
            if before.get(name, now) != now:
                self.report(
                    f"Changed since the checkpoint: {name} {before[name]}, now {now}. The training "
                    "goes on, but will not be equal to the last bit."
                )

    def after_step(self, state: TrainingState) -> None:
        """Save if it is time to; if somebody asked to stop, save and raise Interrupted."""
        due = self.asked_to_stop or time.monotonic() - self.saved >= self.seconds
        due, asked = self._group.total(due, self.asked_to_stop)  # what one wants, all do
        if due:
            self.save(state)
        if asked:
            raise Interrupted(
                f"Stopped after step {len(state.history.losses)}, and saved in {self.folder}: "
                "the same command, or the same cell, goes on from here."
            )

    def save(self, state: TrainingState) -> None:
        """Write the checkpoint and the metrics, each as a whole or not at all."""
        self.write(self.path.name, pack(state, self._identity))
        self._write_metrics(state.history)
        self.saved = time.monotonic()

    def write(self, name: str, content: bytes) -> None:
        """Write one file of the folder, as a whole or not at all; rank 0 does it for all."""
        if not self._group.is_main:
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

    def _write_metrics(self, history: History) -> None:
        lines = [json.dumps(line) + "\n" for line in metrics(history)]
        self.write("metrics.jsonl", "".join(lines).encode())


def metrics(history: History, n: int = 50) -> list[dict[str, float]]:
    """What `metrics.jsonl` says: the mean loss of every `n` steps, and each epoch's row."""
    ends = range(n, len(history.losses) + 1, n)
    lines = [{"step": end, "loss": sum(history.losses[end - n : end]) / n} for end in ends]
    return lines + history.epochs
