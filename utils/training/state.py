"""A training in progress: whatever decides how it goes on."""

import math
from dataclasses import dataclass

import torch
from torch import nn

from utils.data import Labelled, PhotographFolder
from utils.system import ProcessGroup, Profile
from utils.training.recipe import History

ImageData = Labelled | PhotographFolder  # what a training reads


def check_images(data: object) -> None:
    """Raises TypeError for anything but images with labels."""
    if not isinstance(data, ImageData):
        raise TypeError(f"A network reads Labelled(images, labels), not a {type(data).__name__}.")


@dataclass
class TrainingState:
    """A model, its optimiser and its history between two steps, and what it learns from."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    history: History
    train_set: ImageData
    test_set: ImageData | None
    profile: Profile
    group: ProcessGroup
    correct: int = 0  # right answers in the epoch that is not over yet

    def __post_init__(self) -> None:
        for data in (self.train_set, self.test_set or self.train_set):
            check_images(data)  # before an epoch is spent
        self.network = self.group.connect(self.model)  # the model as it learns
        self.images = len(self.train_set.labels)
        self.steps_per_epoch = math.ceil(self.images / self.history.recipe.batch_size)

    @property
    def skip(self) -> int:
        """The steps of the present epoch that are done: more than 0 after an interruption."""
        return len(self.history.losses) - len(self.history.epochs) * self.steps_per_epoch

    @property
    def seen(self) -> int:
        """The training images that all steps so far have worked on."""
        epochs, steps = divmod(len(self.history.losses), self.steps_per_epoch)
        return epochs * self.images + steps * self.history.recipe.batch_size

    def rng(self) -> torch.Generator:
        """The random numbers that shuffle the images, behind those of the epochs that are over."""
        generator = torch.Generator().manual_seed(self.history.recipe.seed)
        for _ in self.history.epochs:
            torch.randperm(self.images, generator=generator)
        return generator
