"""What an answer can be: a number, letters to choose, a tensor, or several of these.

A kind holds the right answer and typical wrong ones, each with the words that it gets. The words
of the wrong answers are for the reader: they say where to look, and never the right answer.
"""

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from numbers import Real

import torch

# Answers that are wrong by a plain factor, whatever the exercise is about.
FACTORS = {
    -1: "Only the sign is wrong.",
    2: "Exactly twice as much: is something counted twice?",
    1 / 2: "Exactly half: is something counted once that comes twice?",
    100: "A hundred times too large: is it given in per cent?",
    1 / 100: "A hundred times too small: is it a share where per cent or points are asked for?",
    1e3: "A thousand times too large: look at the unit.",
    1e-3: "A thousand times too small: look at the unit.",
    1e6: "A million times too large: look at the unit.",
    1e-6: "A million times too small: look at the unit.",
    1e9: "A thousand million times too large: look at the unit.",
}
BINARY = {"kB": ("KiB", 1.024), "MB": ("MiB", 1.024**2), "GB": ("GiB", 1.024**3)}


class Unreadable(ValueError):
    """The answer is not of the kind that is asked for; the message says so to the reader."""


class Kind:
    """What all kinds of exercise share; each has its own `form`, `right` and `judge`."""

    @property
    def form(self) -> str:
        """What an answer looks like, for a reader who has not begun."""
        raise NotImplementedError

    def judge(self, answer: object) -> str | None:
        """None for the right answer, else what is wrong with this one. May raise."""
        raise NotImplementedError

    def right_answer(self) -> object:
        """An answer that is right."""
        return self.right

    def wrong_answers(self) -> Iterator[tuple[object, str]]:
        """The typical wrong answers, each with the words that it gets."""
        yield from self.wrong.items()

    def solved(self) -> str:
        """What is said of the right answer."""
        return f"{show(self.right)}."

    def feedback(self, answer: object) -> str | None:
        """None for the right answer, else what is wrong with this one. Never raises."""
        if answer is ...:
            return "Not answered yet."
        try:
            return self.judge(answer)
        except Unreadable as error:
            return str(error)
        except (Exception, SystemExit) as error:  # the object may do anything when looked at
            problem = type(error).__name__
            return f"{named(answer)} cannot be read as an answer ({problem}): give {self.form}."


@dataclass(frozen=True)
class Number(Kind):
    """One number; right if it is no further from `right` than `tolerance`."""

    right: float
    wrong: dict[float, str] = field(default_factory=dict)
    tolerance: float = 0
    unit: str = ""

    @property
    def form(self) -> str:
        whole = not self.tolerance and float(self.right).is_integer()
        unit = f" in {self.unit}" if self.unit else ""
        within = f", to within {self.tolerance:g}" if self.tolerance else ""
        return ("a whole number" if whole else "a number") + unit + within

    def solved(self) -> str:
        return f"{show(self.right)} {self.unit}".strip() + "."

    def judge(self, answer: object) -> str | None:
        value = number(answer)
        if math.isclose(value, self.right, rel_tol=1e-9, abs_tol=self.tolerance):
            return None
        listed = (words for wrong, words in self.wrong.items() if self.like(value, wrong))
        return next(listed, None) or self.nearby(value)

    def like(self, value: float, wrong: float) -> bool:
        """Whether this is that wrong number, as precisely as the right one is asked for."""
        precision = self.tolerance / abs(self.right) if self.right else 0
        return math.isclose(value, wrong, rel_tol=max(precision, 1e-9))

    def nearby(self, value: float) -> str:
        """What can be said of a wrong number that no one has foreseen."""
        for factor, words in FACTORS.items():
            if self.like(value, factor * self.right):
                return words
        if self.unit in BINARY:
            name, factor = BINARY[self.unit]
            if self.like(value * factor, self.right):
                return f"This is in {name}: a {self.unit} has a power of 1,000 bytes, not of 1,024."
        if not self.tolerance and abs(value - self.right) == 1:
            return f"One too {'many' if value > self.right else 'few'}: what is counted at the end?"
        return "Too large." if value > self.right else "Too small."


@dataclass(frozen=True)
class Choice(Kind):
    """One or several letters. `why` has the words for each letter that is judged wrongly.

    Of a wrong letter they say why it is wrong; of a right one, which may be missing where several
    are right, they are a hint.
    """

    right: str
    why: dict[str, str]

    @property
    def form(self) -> str:
        how_many = "some" if len(self.right) > 1 else "one"
        return f'{how_many} of the letters "{"".join(sorted({*self.why, *self.right}))}"'

    def judge(self, answer: object) -> str | None:
        chosen, right = letters(answer), set(self.right)
        if unknown := chosen - right - self.why.keys():
            raise Unreadable(f'There is no "{min(unknown)}" to choose: give {self.form}.')
        if not chosen or (len(right) == 1 and len(chosen) > 1):
            raise Unreadable(f"{len(chosen)} letters are chosen: give {self.form}.")
        if chosen - right:
            return self.why[min(chosen - right)]
        return f"Something is missing. {self.why[min(right - chosen)]}" if right - chosen else None

    def wrong_answers(self) -> Iterator[tuple[object, str]]:
        for letter, words in self.why.items():
            if letter in self.right:
                yield self.right.replace(letter, ""), f"Something is missing. {words}"
            else:
                yield (self.right if len(self.right) > 1 else "") + letter, words


@dataclass(frozen=True)
class Tensor(Kind):
    """A tensor, judged by its shape, then by its values; lists and arrays are read as tensors."""

    right: torch.Tensor
    wrong: tuple[tuple[torch.Tensor, str], ...] = ()
    tolerance: float = 1e-4

    @property
    def form(self) -> str:
        return f"a tensor of shape {tuple(self.right.shape)}, values to within {self.tolerance:g}"

    def wrong_answers(self) -> Iterator[tuple[object, str]]:
        yield from self.wrong

    def judge(self, answer: object) -> str | None:
        value = tensor(answer)
        if self.agree(value, self.right):
            return None
        for wrong, words in self.wrong:
            if self.agree(value, wrong):
                return words
        if value.shape != self.right.shape:
            shapes = tuple(value.shape), tuple(self.right.shape)
            return f"The shape is {shapes[0]}, and {shapes[1]} is asked for."
        if self.right.is_floating_point() and not value.is_floating_point():
            return f"The shape is right, but {value.dtype} holds only whole numbers."
        off = (value.double() - self.right.double()).abs() > self.tolerance
        first = off.nonzero()[0].tolist()
        return f"The shape is right; {off.sum()} of {off.numel()} values are not, first at {first}."

    def agree(self, value: torch.Tensor, other: torch.Tensor) -> bool:
        """Whether two tensors count as the same here."""
        return value.shape == other.shape and torch.allclose(
            value.double(), other.double(), rtol=0, atol=self.tolerance
        )


@dataclass(frozen=True)
class Parts(Kind):
    """Several values by their names: a tuple in this order, or a dictionary."""

    parts: dict[str, Kind]

    @property
    def form(self) -> str:
        return f"({'; '.join(f'{name}: {part.form}' for name, part in self.parts.items())})"

    @property
    def names(self) -> str:
        """The names as the tuple has them."""
        return f"({', '.join(self.parts)})"

    def right_answer(self) -> tuple:
        return tuple(part.right_answer() for part in self.parts.values())

    def wrong_answers(self) -> Iterator[tuple[object, str]]:
        right = self.right_answer()
        for i, (name, part) in enumerate(self.parts.items()):
            for wrong, words in part.wrong_answers():
                yield (*right[:i], wrong, *right[i + 1 :]), f"{name}: {words}"

    def solved(self) -> str:
        said = (f"{name}: {part.solved().rstrip('.')}" for name, part in self.parts.items())
        return f"{'; '.join(said)}."

    def judge(self, answer: object) -> str | None:
        values = self.read(answer)
        said = self.each(values)
        if not any(said.values()):
            return None
        if any(not any(self.each(v).values()) for v in itertools.permutations(values)):
            return f"These are the right values in another order: give {self.names}."
        return " ".join(f"{name}: {words or 'right.'}" for name, words in said.items())

    def each(self, values: tuple) -> dict[str, str | None]:
        """The feedback for every part."""
        parts = zip(self.parts.items(), values, strict=True)
        return {name: part.feedback(value) for (name, part), value in parts}

    def read(self, answer: object) -> tuple:
        """The values in the order of the parts."""
        if isinstance(answer, Mapping):
            if missing := [name for name in self.parts if name not in answer]:
                raise Unreadable(f'"{missing[0]}" is missing: give {self.names}.')
            return tuple(answer[name] for name in self.parts)
        values = plain_list(answer)
        if values is None:
            raise Unreadable(f"{named(answer)} is not {len(self.parts)} values: give {self.names}.")
        if len(values) != len(self.parts):
            counts = f"{len(values)} given, {len(self.parts)} asked for"
            raise Unreadable(f"The number of values is not right, {counts}: give {self.names}.")
        return tuple(values)


def number(answer: object) -> float:
    """The number in whatever holds exactly one. Raises Unreadable for anything else."""
    if isinstance(answer, torch.Tensor) and answer.is_meta:
        raise Unreadable("A tensor on the meta device has a shape, but no values.")
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
    found = re.findall(r"\w+", answer.lower())
    return set(found[0]) if len(found) == 1 else set(found) - {"and"}


def tensor(answer: object) -> torch.Tensor:
    """The answer as a tensor of real numbers with values. Raises Unreadable for anything else."""
    try:
        value = torch.as_tensor(answer).detach().cpu()
    except (TypeError, ValueError, RuntimeError):
        if isinstance(answer, torch.Tensor) and answer.is_meta:
            raise Unreadable("A tensor on the meta device has a shape, but no values.") from None
        raise Unreadable(f"{named(answer)} is not a tensor.") from None
    if value.dtype == torch.bool or value.is_complex():
        raise Unreadable(f"The numbers are of type {value.dtype}, and real numbers are asked for.")
    if value.is_floating_point() and not value.isfinite().all():
        raise Unreadable("Some values are NaN or infinite: somewhere on the way they were lost.")
    return value


def plain_list(answer: object) -> list | tuple | None:
    """The values of a list, tuple, array or one-dimensional tensor; None for anything else."""
    if isinstance(answer, torch.Tensor) and answer.is_meta:
        raise Unreadable("A tensor on the meta device has a shape, but no values.")
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
