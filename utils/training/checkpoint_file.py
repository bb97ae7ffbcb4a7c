"""A training's state as one file, and back. It is data: reading it executes nothing."""

import json
from dataclasses import asdict
from pathlib import Path

import safetensors
import safetensors.torch
import torch

from utils.system import Profile
from utils.training.identity import conditions
from utils.training.state import TrainingState

FORMAT = "alexnet-book training, 1"
ADVICE = "nothing was changed; move it away, or choose another folder"


class CheckpointError(Exception):
    """A folder that this training cannot use. The message says what to do; nothing was changed."""


def pack(state: TrainingState, identity: dict[str, object]) -> bytes:
    """The file: weights, the optimiser's memory, random numbers, history, settings.

    All ranks call this, because each has its own random numbers.
    """
    about = {
        "format": FORMAT,
        "identity": json.dumps(identity),
        "conditions": json.dumps(conditions(state)),
        "history": json.dumps(asdict(state.history)),
        "correct": str(state.correct),
    }
    return safetensors.torch.save(_tensors(state), about)


def read(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """All tensors of the file, and what it says of itself.

    Raises CheckpointError if it is damaged, or no checkpoint of this version of the book.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            tensors = {
                name: file.get_tensor(name).clone()  # it is the file itself, mapped
                for name in file.keys()  # noqa: SIM118
            }
    except (safetensors.SafetensorError, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise CheckpointError(
            f"{path} is damaged, or no checkpoint ({reason}): {ADVICE}."
        ) from None
    if (written := about.get("format", "")) != FORMAT:
        ours = written.startswith(FORMAT.partition(",")[0])
        by = "an older or newer version of this book" if ours else "other software"
        raise CheckpointError(f"{path} was written by {by}: {ADVICE}.")
    return tensors, about


def restore(state: TrainingState, tensors: dict[str, torch.Tensor], about: dict[str, str]) -> None:
    """Put the saved values into the training: in place, so that memory formats stay.

    Raises KeyError or ValueError if something is missing.
    """
    history = json.loads(about["history"])
    for name in ("losses", "epochs", "seconds", "frames"):
        setattr(state.history, name, history[name])
    state.correct = int(about["correct"])
    with torch.no_grad():
        for name, value in state.model.state_dict().items():
            value.copy_(tensors[f"model.{name}"])
    _restore_optimizer(state.optimizer, tensors)
    rank, device = state.group.rank or "", state.profile.device
    torch.set_rng_state(tensors[f"random.cpu{rank}"])
    if device.type == "cuda" and f"random.cuda{rank}" in tensors:
        torch.cuda.set_rng_state(tensors[f"random.cuda{rank}"], device)


def _restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, torch.Tensor]) -> None:
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    memory: dict[int, dict[str, torch.Tensor]] = {}
    for name, value in tensors.items():
        kind, _, rest = name.partition(".")
        if kind == "optimizer":
            number, _, what = rest.partition(".")
            like = parameters[int(number)]
            fits = torch.empty_like(like).copy_(value) if value.shape == like.shape else value
            memory.setdefault(int(number), {})[what] = fits
    whole = optimizer.state_dict()
    optimizer.load_state_dict({"state": memory, "param_groups": whole["param_groups"]})


def _tensors(state: TrainingState) -> dict[str, torch.Tensor]:
    """Everything that is not a plain number, as safetensors wants it: contiguous, on the CPU."""
    tensors = {f"model.{name}": value for name, value in state.model.state_dict().items()}
    for number, memory in state.optimizer.state_dict()["state"].items():
        for name, value in memory.items():
            if value is not None:
                tensors[f"optimizer.{number}.{name}"] = torch.as_tensor(value)
    for name, numbers in _random_states(state.profile).items():
        for rank, value in enumerate(state.group.gather(numbers)):
            tensors[f"random.{name}{rank or ''}"] = value
    return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}


def _random_states(profile: Profile) -> dict[str, torch.Tensor]:
    """The state of each generator of random numbers that this rank draws from."""
    states = {"cpu": torch.get_rng_state()}
    if profile.device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(profile.device)
    return states
