"""The training loop of chapter 8: it learns, it measures, it predicts.

All that the paper says about training is in its section 5: stochastic gradient descent with
momentum and weight decay on the softmax cross-entropy. `train` is the loop, `train_one_epoch` what
happens in an epoch, and `evaluate` measures without learning.
"""

import time
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import nn

from utils.system import (
    PADDING,
    SINGLE,
    ProcessGroup,
    Profile,
    default_profile,
    keep_freed_memory,
    progress,
)
from utils.training.checkpoint import Checkpoints
from utils.training.failures import explain_memory, finite
from utils.training.muon import Muon
from utils.training.recipe import History, Recipe
from utils.training.state import ImageData, TrainingState, check_images


def train(
    model: nn.Module,
    train_set: ImageData,
    test_set: ImageData | None,
    recipe: Recipe,
    profile: Profile | None = None,
    callback: Callable[[History, nn.Module], None] | None = None,
    checkpoints: Checkpoints | None = None,
    group: ProcessGroup = SINGLE,
) -> History:
    """Train `model` in place by `recipe`, test it after every epoch, and return the history.

    `profile` says on which device and in which precision (default: what suits this machine).
    The seed fixes the order of the examples and the dropout masks; the initial weights are the
    model's own. `callback(history, model)` is called before the first step and after each one; it
    leaves the model as it was, and stops the training by raising an exception. `checkpoints` saves
    the training, and goes on where an interrupted one with the same settings stopped. Each process
    of a `group` calls this function and works on its share of every batch.

    Raises FloatingPointError as soon as the loss is no longer a number, MemoryError if a batch is
    too large for the machine, and what `Checkpoints` raises.
    """
    profile, callback = profile or default_profile(), callback or (lambda history, model: None)
    keep_freed_memory()
    torch.manual_seed(recipe.seed + group.rank)  # dropout: other masks for other images
    model.to(profile.device, memory_format=torch.channels_last)
    history = History(recipe)
    optimizer = _optimizer(model, recipe, profile)
    state = TrainingState(model, optimizer, history, train_set, test_set, profile, group)
    if not (checkpoints and checkpoints.resume(state)):
        callback(history, model)
    rng = state.rng()

    def after_step(images: int) -> None:
        callback(history, model)
        if checkpoints:
            checkpoints.after_step(state)
        bar.update(images)

    with explain_memory(recipe), progress(recipe.epochs * state.images, done=state.seen) as bar:
        while len(history.epochs) < recipe.epochs:
            measured = train_one_epoch(state, rng, after_step)
            if test_set is not None:
                loss, accuracy = evaluate(model, test_set, recipe, profile, group)
                measured |= {"test loss": loss, "test accuracy": accuracy}
                bar.set_postfix(test_accuracy=f"{accuracy:.3f}")
            history.epochs.append(measured)
            state.correct = 0
            if checkpoints:
                checkpoints.save(state)
    return history


def train_one_epoch(
    state: TrainingState, rng: torch.Generator, after_step: Callable[[int], None]
) -> dict[str, float]:
    """The steps that are left of an epoch; returns its number, mean loss and accuracy."""
    history, recipe = state.history, state.history.recipe
    state.model.train()
    start = time.perf_counter()
    for x, y in _batches(state.train_set, recipe, state.profile, state.group, rng, state.skip):
        rate = learning_rate(recipe, len(history.losses), recipe.epochs * state.steps_per_epoch)
        loss, correct, images = _step(state, x, y, rate)
        history.losses.append(finite(loss, recipe, len(history.losses)))
        state.correct += correct
        history.seconds += time.perf_counter() - start
        after_step(images)
        start = time.perf_counter()
    losses = history.losses[-state.steps_per_epoch :]
    return {
        "epoch": len(history.epochs) + 1,
        "train loss": sum(losses) / len(losses),
        "train accuracy": state.correct / state.images,
    }


def evaluate(
    model: nn.Module,
    data: ImageData,
    recipe: Recipe,
    profile: Profile | None = None,
    group: ProcessGroup = SINGLE,
) -> tuple[float, float]:
    """Mean cross-entropy and accuracy (0 to 1) of `model` on `data`, with dropout off."""
    logits, labels = _answers(model, data, recipe, profile or default_profile(), group)
    loss = F.cross_entropy(logits, labels, reduction="sum", ignore_index=PADDING)
    correct = (logits.argmax(1) == labels).sum()
    count = (labels != PADDING).sum()
    loss, correct, count = group.total(loss.item(), correct.item(), count.item())
    return loss / count, correct / count


def predict(
    model: nn.Module, data: ImageData, recipe: Recipe, profile: Profile | None = None
) -> torch.Tensor:
    """Logits (N, classes), float32, of `model` for all images of `data`, with dropout off.

    The model moves to the device of `profile`, and its logits stay there.
    """
    return _answers(model, data, recipe, profile or default_profile(), SINGLE)[0]


@torch.no_grad()
def _answers(
    model: nn.Module, data: ImageData, recipe: Recipe, profile: Profile, group: ProcessGroup
) -> tuple[torch.Tensor, torch.Tensor]:
    """The logits (N, classes) for this rank's share of `data`, and the labels (N,)."""
    check_images(data)
    model.to(profile.device).eval()
    logits, labels = [], []
    with profile.autocast():
        for x, y in _batches(data, recipe, profile, group):
            logits += [model(part) for part in x.chunk(recipe.accumulate)]
            labels.append(y)
    return torch.cat(logits).float(), torch.cat(labels)


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of one step, counted from 0, of a training of `steps` steps."""
    if recipe.schedule == "constant":
        return recipe.lr
    climb = 0.2 * steps
    return recipe.lr * min((step + 1) / climb, (steps - step) / (steps - climb))


def _step(
    state: TrainingState, x: torch.Tensor, y: torch.Tensor, rate: float
) -> tuple[float, int, int]:
    """One update of the weights by a batch, of which `x` and `y` are this rank's share.

    Returns the batch's mean loss, its number of right answers, and its number of images.
    """
    group, recipe = state.group, state.history.recipe
    parts = recipe.accumulate
    batch_loss, correct = 0.0, 0
    (images,) = group.total((y != PADDING).sum().item())
    for weights in state.optimizer.param_groups:
        weights["lr"] = rate
    state.optimizer.zero_grad()
    for part_x, part_y in zip(x.chunk(parts), y.chunk(parts), strict=True):
        with state.profile.autocast():
            logits = state.network(part_x)
            options = {"reduction": "sum", "label_smoothing": recipe.label_smoothing}
            loss = F.cross_entropy(logits, part_y, **options) / images
        # The ranks' gradients are averaged, and ought to be added.
        (loss * group.world_size).backward()
        batch_loss += loss.item()
        correct += (logits.argmax(1) == part_y).sum().item()
    state.optimizer.step()
    batch_loss, correct = group.total(batch_loss, correct)
    return batch_loss, int(correct), int(images)


def _batches(
    data: ImageData,
    recipe: Recipe,
    profile: Profile,
    group: ProcessGroup,
    rng: torch.Generator | None = None,
    skip: int = 0,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches of `data` at the recipe's image size; shuffled if a generator is given."""
    layout = {"image_size": recipe.image_size, "device": profile.device, "channels_last": True}
    return data.batches(recipe.batch_size, generator=rng, skip=skip, group=group, **layout)


def _optimizer(model: nn.Module, recipe: Recipe, profile: Profile) -> torch.optim.Optimizer:
    """The recipe's optimiser; fused: one pass over the weights instead of several."""
    if recipe.optimizer == "muon":
        how = {"momentum": recipe.momentum, "weight_decay": recipe.weight_decay}
        return Muon(model.parameters(), recipe.lr, dtype=profile.dtype, **how)
    options = {"lr": recipe.lr, "weight_decay": recipe.weight_decay, "fused": True}
    if recipe.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), betas=(recipe.momentum, 0.999), **options)
    return torch.optim.SGD(model.parameters(), momentum=recipe.momentum, **options)
