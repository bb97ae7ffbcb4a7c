"""What can go wrong in a step, in one sentence that says what to do."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from utils.training.recipe import Recipe

# What allocators say on Linux, on Windows, and inside libraries.
NO_MEMORY = ("allocate memory", "not enough memory", "bad_alloc")


@contextmanager
def explain_memory(recipe: Recipe) -> Iterator[None]:
    """A MemoryError with advice instead of the allocator's words, on whichever device."""
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


def finite(loss: float, recipe: Recipe, step: int) -> float:
    """The loss; FloatingPointError instead of a run that goes on with NaN."""
    if not math.isfinite(loss):
        raise FloatingPointError(
            f"The loss became {loss} at step {step}: the learning rate {recipe.lr} is too high "
            f"for this network and initialisation. Try {recipe.lr / 3:.2g}."
        )
    return loss
