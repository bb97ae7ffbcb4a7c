"""The training loop of chapter 8: settings, loop, evaluation, and what is remembered of a run.

All that the paper says about training is in its section 5: stochastic gradient descent with
momentum and weight decay on the softmax cross-entropy. `Recipe` holds the settings, `train` is
the loop, `evaluate` measures without learning, and `History` is what the figures draw.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import torch
import torch.nn.functional as F
from torch import nn

from utils.data import Labelled, batches
from utils.progress import progress
from utils.settings import Profile, profile


@dataclass(frozen=True)
class Recipe:
    """The settings of one run. Batch size, momentum and weight decay are the paper's (§5).

    `optimizer` is "sgd" or "adam" (Kingma and Ba 2015; `momentum` is then its first beta);
    `schedule` is "constant" or "one-cycle" (the learning rate climbs to `lr`, then falls to zero);
    `image_size` is the side in pixels that the images are resized to.
    """

    epochs: int = 4
    batch_size: int = 128
    lr: float = 0.03
    momentum: float = 0.9
    weight_decay: float = 0.0005
    optimizer: str = "sgd"
    schedule: str = "one-cycle"
    image_size: int = 64
    seed: int = 0


@dataclass
class History:
    """What is remembered of a run: the loss of every step, and one row of measurements an epoch."""

    recipe: Recipe
    losses: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0  # spent in training steps, evaluation excluded

    @property
    def test_accuracy(self) -> float:
        """Test accuracy after the last epoch, between 0 and 1."""
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


def train(
    model: nn.Module,
    train_set: Labelled,
    test_set: Labelled,
    recipe: Recipe,
    where: Profile | None = None,
    watch: Callable[[History, nn.Module], None] | None = None,
) -> History:
    """Train `model` in place by `recipe` and return the history.

    `where` says on which device and in which precision (default: what suits this machine).
    The seed fixes the order of the examples and the dropout masks; the initial weights are the
    model's own. `watch(history, model)` is called before the first step and after each one; it may
    look at everything, leaves the model as it was, and stops the training by raising an exception.
    Raises FloatingPointError as soon as the loss is no longer a number.
    """
    where = where or profile()
    torch.manual_seed(recipe.seed)
    order = torch.Generator().manual_seed(recipe.seed)
    model.to(where.device, memory_format=torch.channels_last)
    optimizer = _optimizer(model, recipe)
    steps = recipe.epochs * math.ceil(len(train_set[1]) / recipe.batch_size)
    scheduler = _schedule(optimizer, recipe, steps)
    history = History(recipe)
    watch = watch or (lambda history, model: None)
    watch(history, model)
    bar = progress(steps)

    for epoch in range(1, recipe.epochs + 1):
        model.train()
        correct, start = 0, time.perf_counter()
        for x, y in _batches(train_set, recipe, where, order):
            with _precision(where):
                logits = model(x)
                loss = F.cross_entropy(logits, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            history.losses.append(_finite(loss, recipe, len(history.losses)))
            correct += (logits.argmax(1) == y).sum()
            bar.update()
            watch(history, model)
        history.seconds += time.perf_counter() - start
        test_loss, test_accuracy = evaluate(model, test_set, recipe, where)
        this_epoch = history.losses[(epoch - 1) * steps // recipe.epochs :]
        history.epochs.append(
            {
                "epoch": epoch,
                "train loss": sum(this_epoch) / len(this_epoch),
                "train accuracy": correct.item() / len(train_set[1]),
                "test loss": test_loss,
                "test accuracy": test_accuracy,
            }
        )
        bar.set_postfix(test_accuracy=f"{test_accuracy:.3f}")
    bar.close()
    return history


def evaluate(
    model: nn.Module, data: Labelled, recipe: Recipe, where: Profile | None = None
) -> tuple[float, float]:
    """Mean cross-entropy and accuracy (0 to 1) of `model` on `data`, with dropout off."""
    logits = predict(model, data, recipe, where)
    labels = data[1].to(logits.device)
    accuracy = (logits.argmax(1) == labels).float().mean().item()
    return F.cross_entropy(logits, labels).item(), accuracy


@torch.no_grad()
def predict(
    model: nn.Module, data: Labelled, recipe: Recipe, where: Profile | None = None
) -> torch.Tensor:
    """Logits (N, classes), float32, of `model` for all images of `data`, with dropout off.

    The model moves to the device of `where`, and its logits stay there.
    """
    where = where or profile()
    model.to(where.device).eval()
    with _precision(where):
        logits = [model(x) for x, _ in _batches(data, recipe, where)]
    return torch.cat(logits).float()


def _batches(data: Labelled, recipe: Recipe, where: Profile, order: torch.Generator | None = None):
    """Batches of `data` at the recipe's image size; shuffled if a generator is given."""
    return batches(
        *data,
        recipe.batch_size,
        image_size=recipe.image_size,
        device=where.device,
        generator=order,
        channels_last=True,
    )


def _precision(where: Profile) -> torch.autocast:
    """Mixed precision where the machine gains by it, plain float32 elsewhere."""
    return torch.autocast(where.device.type, where.dtype, enabled=where.dtype != torch.float32)


def _optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """PyTorch's optimiser for the recipe."""
    if recipe.optimizer == "sgd":
        kind, memory = torch.optim.SGD, {"momentum": recipe.momentum}
    elif recipe.optimizer == "adam":
        kind, memory = torch.optim.Adam, {"betas": (recipe.momentum, 0.999)}
    else:
        raise ValueError(f'Optimizer "{recipe.optimizer}" is unknown: use "sgd" or "adam".')
    return kind(model.parameters(), recipe.lr, weight_decay=recipe.weight_decay, **memory)


def _schedule(
    optimizer: torch.optim.Optimizer, recipe: Recipe, steps: int
) -> torch.optim.lr_scheduler.LRScheduler:
    """The learning rate at every step, as a multiple of the recipe's."""
    if recipe.schedule == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0)
    if recipe.schedule == "one-cycle":
        climb = 0.2 * steps
        return torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min((step + 1) / climb, (steps - step) / (steps - climb))
        )
    raise ValueError(f'Schedule "{recipe.schedule}" is unknown: use "constant" or "one-cycle".')


def _finite(loss: torch.Tensor, recipe: Recipe, step: int) -> float:
    """The loss as a number; one sentence instead of a run that goes on with NaN."""
    value = loss.item()
    if not math.isfinite(value):
        raise FloatingPointError(
            f"The loss became {value} at step {step}: the learning rate {recipe.lr} is too high "
            f"for this network and initialisation. Try {recipe.lr / 3:.2g}."
        )
    return value
