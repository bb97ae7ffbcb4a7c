"""Whatever a reader gives, read as a number, letters, a tensor or several values."""

import math
import re
from collections.abc import Set
from numbers import Real

import torch


class Unreadable(ValueError):
    """The answer is not of the kind that is asked for; the message says so to the reader."""


def number(answer: object) -> float:
    """The number in whatever holds exactly one. Raises Unreadable for anything else."""
    _refuse_meta(answer)
    if callable(getattr(answer, "item", None)):  # NumPy, PyTorch, pandas
        try:
            answer = answer.item()
        except (ValueError, RuntimeError):
            shape = tuple(answer.shape)
            raise Unreadable(f"One number is asked for, and this has the shape {shape}.") from None
    if answer is None:
        raise Unreadable("This is None: what prints a value, or forgets its return, gives none.")
    if isinstance(answer, str):
        raise Unreadable(f"{named(answer)} is text: write the number without quotation marks.")
    if isinstance(answer, bool) or not isinstance(answer, Real):
        raise Unreadable(f"{named(answer)} is not a number.")
    if not math.isfinite(answer):
        raise Unreadable(f"This is {float(answer)}: somewhere on the way a number was lost.")
    return answer


def letters(answer: object) -> set[str]:
    """The letters in "b", "a, c", "(b)" or ["a", "c"]. Raises Unreadable for anything else."""
    if isinstance(answer, (list, tuple, Set)) and all(isinstance(part, str) for part in answer):
        answer = " ".join(answer)
    if not isinstance(answer, str):
        raise Unreadable(f"{named(answer)} is not a letter: write it in quotation marks.")
    words = re.findall(r"\w+", answer.lower())
    return set(words[0]) if len(words) == 1 else set(words) - {"and"}


def tensor(answer: object) -> torch.Tensor:
    """The answer as a tensor of real numbers with values. Raises Unreadable for anything else."""
    _refuse_meta(answer)
    try:
        value = torch.as_tensor(answer).detach().cpu()
    except (TypeError, ValueError, RuntimeError):
        raise Unreadable(f"{named(answer)} is not a tensor.") from None
    if value.dtype == torch.bool or value.is_complex():
        raise Unreadable(f"The numbers are of type {value.dtype}, and real numbers are asked for.")
    if value.is_floating_point() and not value.isfinite().all():
        raise Unreadable("Some values are NaN or infinite: somewhere on the way they were lost.")
    return value


def plain_list(answer: object) -> list | tuple | None:
    """The values of a list, tuple, array or one-dimensional tensor; None for anything else."""
    _refuse_meta(answer)
    if callable(getattr(answer, "tolist", None)):
        answer = answer.tolist()
    return answer if isinstance(answer, (list, tuple)) else None


def named(answer: object) -> str:
    """An object in a few words, whatever it is."""
    if type(answer) in (bool, str, int, float, type(None)):  # a subclass may fail in its repr
        text = repr(answer)
        return text if len(text) <= 40 else f"{text[:36]} …"
    name = type(answer).__name__
    return f"{'An' if name[:1] in 'AEIOUaeiou' else 'A'} {name}"


def show(value: object) -> str:
    """A value as feedback shows it."""
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(show, value))})"
    if isinstance(value, torch.Tensor):
        shape = f"a tensor of shape {tuple(value.shape)}"
        few = value.numel() <= 6 and not value.is_meta
        return f"{value.tolist()}, {shape}" if few else shape
    if isinstance(value, Real) and not isinstance(value, (bool, int)):
        return f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{value:,}" if type(value) is int else named(value)


def _refuse_meta(answer: object) -> None:
    if isinstance(answer, torch.Tensor) and answer.is_meta:
        raise Unreadable("A tensor on the meta device has a shape, but no values.")
