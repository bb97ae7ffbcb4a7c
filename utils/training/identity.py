"""Whether a checkpoint fits a training: what must be equal, and what may change."""

from dataclasses import asdict

import torch

from utils.system import device_name, processor
from utils.training.state import TrainingState

# Settings that may change on the way: they decide how a training runs, not what it learns.
MAY_CHANGE = {
    "accumulate", "data", "workers", "data_dir", "save_seconds", "threads", "deterministic",
}  # fmt: skip


def identity(state: TrainingState) -> dict[str, object]:
    """What must be equal for a checkpoint to fit: else it belongs to another training."""
    recipe = asdict(state.history.recipe)
    data = [part for part in (state.train_set, state.test_set) if part]
    return {name: value for name, value in recipe.items() if name not in MAY_CHANGE} | {
        "processes": state.group.world_size,
        "kind of network": type(state.model).__name__,
        "shapes": {name: list(p.shape) for name, p in state.model.state_dict().items()},
        "images and labels": [number for part in data for number in part.checksum()],
    }


def conditions(state: TrainingState) -> dict[str, object]:
    """What may change: the training goes on, but its numbers are rounded in another way."""
    return {
        "device": device_name(state.profile.device),
        "processor": processor(),
        "precision": state.profile.precision,
        "threads": torch.get_num_threads(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "parts of a batch": state.history.recipe.accumulate,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "PyTorch": torch.__version__,
    }


def other_settings(saved: dict[str, object], now: dict[str, object]) -> str:
    """Which settings of a saved identity are others now, in words; "" if none is."""
    return ", ".join(
        name if isinstance(saved[name], dict | list) else f"{name} was {saved[name]}"
        for name, value in now.items()
        if saved.get(name, value) != value  # it may lack what is newer than the checkpoint
    )
