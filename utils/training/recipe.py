"""The settings of a training, and what is remembered of it."""

import math
from dataclasses import asdict, dataclass, field


def setting(default: object, words: str) -> object:
    """A field with the words that `python -m utils.train --help` prints for it."""
    return field(default=default, metadata={"help": words})


@dataclass(frozen=True)
class Recipe:
    """The settings of one run. Batch size, momentum and weight decay are the paper's (§5).

    "adam" is Kingma and Ba (2015), "muon" is `utils.training.muon`; `momentum` is then the first
    beta, or the kernels' momentum too. Raises ValueError if a setting is unknown or out of range.
    """

    epochs: int = setting(4, "how often each image is seen")
    batch_size: int = setting(128, "images in one step")
    lr: float = setting(0.03, "learning rate, at its highest")
    momentum: float = setting(0.9, "share of the last step that the next one repeats")
    weight_decay: float = setting(0.0005, "pull of the weights towards zero")
    optimizer: str = setting("sgd", "sgd, adam, or muon (for kernels; AdamW for the rest)")
    schedule: str = setting("one-cycle", "one-cycle (lr climbs, then falls to zero) or constant")
    image_size: int = setting(64, "side in pixels that the images are resized to")
    seed: int = setting(0, "fixes the order of the images, dropout, and the initial weights")
    accumulate: int = setting(1, "parts that a batch is worked on in: saves memory")
    label_smoothing: float = setting(0.0, "share of each label that goes to all classes alike")

    def __post_init__(self) -> None:
        choices = {"optimizer": ("sgd", "adam", "muon"), "schedule": ("constant", "one-cycle")}
        for name, known in choices.items():
            if (value := getattr(self, name)) not in known:
                names = " or ".join(f'"{one}"' for one in known)
                raise ValueError(f'{name.capitalize()} "{value}" is unknown: use {names}.')
        for name in ("epochs", "batch_size", "lr", "image_size", "accumulate"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be above zero.")
        for name in ("momentum", "weight_decay", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be from 0 to below 1.")
        if self.accumulate > self.batch_size:
            raise ValueError(
                f"A batch of {self.batch_size} cannot be worked on in {self.accumulate} parts."
            )


@dataclass
class History:
    """What is remembered of a run: the loss of every step, and one row of measurements an epoch.

    `frames` are those of `Snapshots`.
    """

    recipe: Recipe
    losses: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0  # spent in training steps: no evaluation, watching or saving
    frames: list[dict] = field(default_factory=list)

    @property
    def test_accuracy(self) -> float:
        """Test accuracy after the last epoch, between 0 and 1; ValueError without a test set."""
        if "test accuracy" not in self.epochs[-1]:
            raise ValueError("This training had no test_set: give `train` one, or use `evaluate`.")
        return self.epochs[-1]["test accuracy"]

    @property
    def examples_per_second(self) -> float:
        """Training images a second, over the whole run."""
        return len(self.losses) * self.recipe.batch_size / self.seconds

    def as_dict(self, every: int = 50) -> dict:
        """Plain numbers for a run record; the loss averaged over `every` steps."""
        chunks = [self.losses[i : i + every] for i in range(0, len(self.losses), every)]
        losses = [round(sum(chunk) / len(chunk), 4) for chunk in chunks]
        epochs = [{key: round(value, 5) for key, value in row.items()} for row in self.epochs]
        return asdict(self) | {"losses": losses, "losses_every": every, "epochs": epochs}
