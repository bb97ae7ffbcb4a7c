"""The training loop of chapter 8: settings, loop, evaluation, and what is remembered of a run.

All that the paper says about training is in its section 5: stochastic gradient descent with
momentum and weight decay on the softmax cross-entropy. `Recipe` holds the settings, `train` is
the loop, `evaluate` measures without learning, and `History` is what the figures draw. With
`keep=Checkpoints(folder)` (`utils.training.checkpoint`) a training that was interrupted goes on.
"""

import math
import time
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from utils.data import Photographs, batches
from utils.system import ALONE, PADDING, Profile, Ranks, keep_freed_memory, profile, progress
from utils.training.checkpoint import Checkpoints
from utils.training.recipe import History, Images, Recipe
from utils.training.state import Training


def train(
    model: nn.Module,
    train_set: Images,
    test_set: Images,
    recipe: Recipe,
    where: Profile | None = None,
    watch: Callable[[History, nn.Module], None] | None = None,
    keep: Checkpoints | None = None,
    ranks: Ranks = ALONE,
) -> History:
    """Train `model` in place by `recipe` and return the history.

    `where` says on which device and in which precision (default: what suits this machine).
    The seed fixes the order of the examples and the dropout masks; the initial weights are the
    model's own. `watch(history, model)` is called before the first step and after each one; it may
    look at everything, leaves the model as it was, and stops the training by raising an exception.
    `keep` saves the training as it goes, and goes on where an interrupted one with the same
    settings stopped. `ranks` are the processes that share the work (`utils.system.distributed`):
    each calls this function, gets its share of every batch, and ends with the same weights.

    Raises FloatingPointError as soon as the loss is no longer a number, MemoryError if a batch is
    too large for the machine, and what `utils.training.checkpoint` raises.
    """
    where = where or profile()
    keep_freed_memory()
    torch.manual_seed(recipe.seed + ranks.rank)  # dropout: other masks for other images
    order = torch.Generator().manual_seed(recipe.seed)
    model.to(where.device, memory_format=torch.channels_last)
    history = History(recipe)
    data = (train_set, test_set)
    this = Training(model, _optimizer(model, recipe), history, data, where, ranks)
    count = len(train_set if isinstance(train_set, Photographs) else train_set[1])
    per_epoch = math.ceil(count / recipe.batch_size)
    steps = recipe.epochs * per_epoch
    watch = watch or (lambda history, model: None)
    if not (keep and keep.resume(this)):
        watch(history, model)
    for _ in history.epochs:
        torch.randperm(count, generator=order)  # the orders of the epochs that are over
    whole, more = divmod(len(history.losses), per_epoch)
    seen = whole * count + more * recipe.batch_size  # an epoch's last batch may be smaller
    with _memory(recipe), progress(recipe.epochs * count, done=seen) as bar:
        while len(history.epochs) < recipe.epochs:
            model.train()
            done = len(history.losses) - len(history.epochs) * per_epoch  # before an interruption
            start = time.perf_counter()
            for x, y in _batches(train_set, recipe, where, order, done, ranks):
                rate = learning_rate(recipe, len(history.losses), steps)
                loss, right, images = _step(this, x, y, rate)
                history.losses.append(_finite(loss, recipe, len(history.losses)))
                this.correct += right
                history.seconds += time.perf_counter() - start
                watch(history, model)
                if keep:
                    keep.after_step(this)
                bar.update(images)
                start = time.perf_counter()
            test_loss, test_accuracy = evaluate(model, test_set, recipe, where, ranks)
            this_epoch = history.losses[-per_epoch:]
            history.epochs.append(
                {
                    "epoch": len(history.epochs) + 1,
                    "train loss": sum(this_epoch) / len(this_epoch),
                    "train accuracy": this.correct / count,
                    "test loss": test_loss,
                    "test accuracy": test_accuracy,
                }
            )
            this.correct = 0
            bar.set_postfix(test_accuracy=f"{test_accuracy:.3f}")
            if keep:
                keep.save(this)
    return history


def evaluate(
    model: nn.Module,
    data: Images,
    recipe: Recipe,
    where: Profile | None = None,
    ranks: Ranks = ALONE,
) -> tuple[float, float]:
    """Mean cross-entropy and accuracy (0 to 1) of `model` on `data`, with dropout off."""
    logits, labels = _answers(model, data, recipe, where or profile(), ranks)
    real = labels != PADDING
    (count,) = ranks.total(real.sum().item())
    logits, labels = logits[real], labels[real]
    part = len(labels) / count  # of all images
    if not part:
        return ranks.total(0.0, 0.0)
    accuracy = (logits.argmax(1) == labels).float().mean().item()
    return ranks.total(F.cross_entropy(logits, labels).item() * part, accuracy * part)


def predict(
    model: nn.Module, data: Images, recipe: Recipe, where: Profile | None = None
) -> torch.Tensor:
    """Logits (N, classes), float32, of `model` for all images of `data`, with dropout off.

    The model moves to the device of `where`, and its logits stay there.
    """
    return _answers(model, data, recipe, where or profile(), ALONE)[0]


@torch.no_grad()
def _answers(
    model: nn.Module, data: Images, recipe: Recipe, where: Profile, ranks: Ranks
) -> tuple[torch.Tensor, torch.Tensor]:
    """The logits (N, classes) for this rank's share of `data`, and the labels (N,)."""
    model.to(where.device).eval()
    logits, labels = [], []
    with _precision(where):
        for x, y in _batches(data, recipe, where, ranks=ranks):
            logits += [model(part) for part in x.chunk(recipe.accumulate)]
            labels.append(y)
    return torch.cat(logits).float(), torch.cat(labels)


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of one step, counted from 0, of a training of `steps` steps."""
    if recipe.schedule == "constant":
        return recipe.lr
    climb = 0.2 * steps
    return recipe.lr * min((step + 1) / climb, (steps - step) / (steps - climb))


def _step(this: Training, x: torch.Tensor, y: torch.Tensor, rate: float) -> tuple[float, int, int]:
    """One update of the weights by a batch, of which `x` and `y` are this rank's share.

    Returns the batch's mean loss, its number of right answers, and its number of images.
    """
    recipe, ranks, loss_sum, right = this.history.recipe, this.ranks, 0.0, 0
    parts = recipe.accumulate
    (images,) = ranks.total((y != PADDING).sum().item())
    for group in this.optimizer.param_groups:
        group["lr"] = rate
    this.optimizer.zero_grad()
    for some_x, some_y in zip(x.chunk(parts), y.chunk(parts), strict=True):
        with _precision(this.where):
            logits = this.network(some_x)
            loss = F.cross_entropy(logits, some_y, reduction="sum") / images
        (loss * ranks.world).backward()  # the ranks' gradients are averaged, and ought to be added
        loss_sum += loss.item()
        right += (logits.argmax(1) == some_y).sum().item()
    this.optimizer.step()
    loss_sum, right = ranks.total(loss_sum, right)
    return loss_sum, int(right), int(images)


# What allocators say on Linux, on Windows, and inside libraries.
NO_MEMORY = ("allocate memory", "not enough memory", "bad_alloc")


@contextmanager
def _memory(recipe: Recipe):
    """One sentence instead of the allocator's, on whichever device."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        out = isinstance(error, MemoryError | torch.OutOfMemoryError)
        if not out and not any(words in str(error) for words in NO_MEMORY):
            raise
        parts = min(2 * recipe.accumulate, recipe.batch_size)
        raise MemoryError(
            f"A batch of {recipe.batch_size} images of {recipe.image_size} px, worked on in "
            f"{recipe.accumulate} part(s), does not fit into the memory: try accumulate={parts} "
            f"(--accumulate {parts}), which gives the same steps, or a smaller batch."
        ) from None


def _batches(
    data: Images,
    recipe: Recipe,
    where: Profile,
    order: torch.Generator | None = None,
    skip: int = 0,
    ranks: Ranks = ALONE,
):
    """Batches of `data` at the recipe's image size; shuffled if a generator is given."""
    draw = data.batches if isinstance(data, Photographs) else partial(batches, *data)
    return draw(
        recipe.batch_size,
        image_size=recipe.image_size,
        device=where.device,
        generator=order,
        channels_last=True,
        skip=skip,
        ranks=ranks,
    )


def _precision(where: Profile) -> torch.autocast:
    """Mixed precision where the machine gains by it, plain float32 elsewhere."""
    return torch.autocast(where.device.type, where.dtype, enabled=where.dtype != torch.float32)


def _optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """PyTorch's optimiser for the recipe; fused: one pass over the weights instead of several."""
    options = {"lr": recipe.lr, "weight_decay": recipe.weight_decay, "fused": True}
    if recipe.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), betas=(recipe.momentum, 0.999), **options)
    return torch.optim.SGD(model.parameters(), momentum=recipe.momentum, **options)


def _finite(loss: float, recipe: Recipe, step: int) -> float:
    """The loss; one sentence instead of a run that goes on with NaN."""
    if not math.isfinite(loss):
        raise FloatingPointError(
            f"The loss became {loss} at step {step}: the learning rate {recipe.lr} is too high "
            f"for this network and initialisation. Try {recipe.lr / 3:.2g}."
        )
    return loss
