"""A training in progress: whatever decides how it goes on."""

import zlib
from dataclasses import asdict, dataclass

import torch
from torch import nn

from utils.system import ALONE, Profile, Ranks, device_name, processor
from utils.training.recipe import History, Images

# Settings that may change on the way: they decide how a training runs, not what it learns.
MAY_CHANGE = (
    "accumulate",
    "data",
    "workers",
    "data_dir",
    "save_seconds",
    "threads",
    "deterministic",
)


@dataclass
class Training:
    """A training in progress: whatever decides how it goes on."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    history: "History"
    data: "tuple[Images, Images]"
    where: "Profile"
    ranks: Ranks = ALONE
    correct: int = 0  # right answers in the epoch that is not over yet

    def __post_init__(self) -> None:
        self.network = self.ranks.connect(self.model)

    def identity(self) -> dict[str, object]:
        """What must be equal for a checkpoint to fit: else it belongs to another training."""
        recipe = asdict(self.history.recipe)
        return {name: value for name, value in recipe.items() if name not in MAY_CHANGE} | {
            "processes": self.ranks.world,
            "kind of network": type(self.model).__name__,
            "shapes": {name: list(p.shape) for name, p in self.model.state_dict().items()},
            "images and labels": [number for images in self.data for number in _checksums(images)],
        }

    def conditions(self) -> dict[str, object]:
        """What may change: the training goes on, but its numbers are rounded in another way."""
        return {
            "device": device_name(self.where.device),
            "processor": processor(),
            "precision": str(self.where.dtype).removeprefix("torch."),
            "threads": torch.get_num_threads(),
            "instructions": torch.backends.cpu.get_cpu_capability(),
            "parts of a batch": self.history.recipe.accumulate,
            "deterministic": torch.are_deterministic_algorithms_enabled(),
            "PyTorch": torch.__version__,
        }


def _checksums(images: "Images") -> list[int]:
    if isinstance(images, tuple):
        return [zlib.crc32(part.cpu().numpy().tobytes()) for part in images]
    return [images.checksum()]
