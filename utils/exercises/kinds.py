"""What an answer can be: a number, letters to choose, a tensor, a function, or several of these.

A kind holds the right answer and typical wrong ones, each with the words that it gets. The words
of the wrong answers are for the reader: they say where to look, and never the right answer.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import torch

from utils.exercises.reading import Unreadable, letters, named, number, plain_list, show, tensor

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


@dataclass
class Kind:
    """What all kinds of exercise share.

    Each has its `right` answer, says by `form` what an answer looks like, and by `judge` what is
    wrong with one: None for the right one. `judge` may raise, `feedback` never does.
    """

    wrong: dict[Any, str] = field(default_factory=dict, kw_only=True)

    def solved(self) -> str:
        """What is said of the right answer."""
        return f"{show(self.right)}."

    def feedback(self, answer: object) -> str | None:
        """None for the right answer, else what is wrong with this one."""
        if answer is ...:
            return "Not answered yet."
        try:
            return self.judge(answer)
        except Unreadable as error:
            return str(error)
        except (Exception, SystemExit) as error:  # the object may do anything when looked at
            problem = type(error).__name__
            return f"{named(answer)} cannot be read as an answer ({problem}): give {self.form()}."


@dataclass
class Number(Kind):
    """One number; right if it is no further from `right` than `tolerance`."""

    right: float
    tolerance: float = 0
    unit: str = ""

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
        name, factor = BINARY.get(self.unit, ("", math.nan))
        if self.like(value * factor, self.right):
            return f"This is in {name}: a {self.unit} has a power of 1,000 bytes, not of 1,024."
        if not self.tolerance and abs(value - self.right) == 1:
            return f"One too {'many' if value > self.right else 'few'}: what is counted at the end?"
        return "Too large." if value > self.right else "Too small."


@dataclass
class Choice(Kind):
    """One or several letters. `wrong` says of each wrong letter why it is wrong.

    Of a right one, which may be missing where several are right, it has a hint.
    """

    right: str

    def form(self) -> str:
        how_many = "some" if len(self.right) > 1 else "one"
        return f'{how_many} of the letters "{"".join(sorted({*self.wrong, *self.right}))}"'

    def judge(self, answer: object) -> str | None:
        chosen, right = letters(answer), set(self.right)
        if unknown := chosen - right - self.wrong.keys():
            raise Unreadable(f'There is no "{min(unknown)}" to choose: give {self.form()}.')
        if not chosen or (len(right) == 1 and len(chosen) > 1):
            raise Unreadable(f"{len(chosen)} letters are chosen: give {self.form()}.")
        if chosen - right:
            return self.wrong[min(chosen - right)]
        missing = right - chosen
        return f"Something is missing. {self.wrong[min(missing)]}" if missing else None


@dataclass
class Tensor(Kind):
    """A tensor, judged by its shape, then by its values; lists and arrays are read as tensors."""

    right: torch.Tensor
    tolerance: float = 1e-4

    def form(self) -> str:
        return f"a tensor of shape {tuple(self.right.shape)}, values to within {self.tolerance:g}"

    def judge(self, answer: object) -> str | None:
        value = tensor(answer)
        if self.agree(value, self.right):
            return None
        for wrong, words in self.wrong.items():
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
        a, b = value.double(), other.double()
        return a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=self.tolerance)


class Raised(NamedTuple):
    """The error that a function raised instead of giving a result."""

    kind: str
    words: str


@dataclass
class Function(Kind):
    """A function like `right`, which tells what it should give for every case.

    `signature` shows the reader how it is called. `cases` has for the words that name a case a
    function that makes its arguments anew, because an answer may change them. `call` is what a case
    does with the function, where that is more than calling it. The words of a wrong function are
    said if the answer does as it does in every case.
    """

    right: Callable
    signature: str
    cases: dict[str, Callable[[], tuple]]
    call: Callable = lambda function, *arguments: function(*arguments)
    tolerance: float = 1e-6

    def form(self) -> str:
        return f"the name of your function {self.signature}, without parentheses"

    def solved(self) -> str:
        return f"The function gives what it should in {len(self.cases)} cases."

    def judge(self, answer: object) -> str | None:
        if not callable(answer):
            raise Unreadable(f"{named(answer)} is not a function: give {self.form()}.")
        got = self.results(answer)
        failing = self.first_difference(got, self.expected)
        for wrong, words in self.wrong.items() if failing else ():
            if not self.first_difference(got, self.results(wrong)):
                return f"{words} {failing}"
        return failing

    @cached_property
    def expected(self) -> dict[str, Any]:
        """What the right function gives in every case."""
        return self.results(self.right)

    def results(self, function: Callable) -> dict[str, Any]:
        """What a function gives in every case, or the error that it raises."""
        results = {}
        with torch.random.fork_rng(devices=[]):  # the reader's own random numbers go on as before
            for name, arguments in self.cases.items():
                torch.manual_seed(0)
                try:
                    results[name] = self.call(function, *arguments())
                except (Exception, SystemExit) as error:
                    results[name] = Raised(type(error).__name__, _message(error))
        return results

    def first_difference(self, got: dict, expected: dict) -> str | None:
        """The first case that comes out otherwise: input, expected, got."""
        for case, right in expected.items():
            given = got[case]
            if isinstance(given, Raised):
                if given.kind != getattr(right, "kind", None):
                    return f"For {case} it raises {given.kind}{given.words}."
            elif isinstance(right, Raised):
                return f"For {case} it should raise {right.kind}."
            elif detail := kind_of(right, self.tolerance).feedback(given):
                detail = f" ({detail})" if isinstance(right, torch.Tensor) else ""
                return f"For {case} it should give {show(right)}, but gives {show(given)}{detail}."
        return None


@dataclass
class Exactly(Kind):
    """A result that is equal or not: a text, True, False, None."""

    right: object

    def form(self) -> str:
        return "exactly this"

    def judge(self, answer: object) -> str | None:
        return None if type(answer) is type(self.right) and answer == self.right else "Different."


@dataclass
class Parts(Kind):
    """Several values by their names: a tuple in this order, or a dictionary."""

    parts: dict[str, Kind]

    def form(self) -> str:
        return f"({'; '.join(f'{name}: {part.form()}' for name, part in self.parts.items())})"

    @property
    def names(self) -> str:
        """The names as the tuple has them."""
        return f"({', '.join(self.parts)})"

    @property
    def right(self) -> tuple:
        return tuple(part.right for part in self.parts.values())

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


# `yield Number(62)`, or `yield "width", Number(62)` for a part; then `yield 61, "Too few."` each.
Exercise = Iterator[Kind | tuple[Any, Kind | str]]


def assemble(exercise: Exercise) -> Kind:
    """The kind that an exercise yields, alone or as `name, kind` for each of several parts.

    What it yields after a kind are typical wrong answers to it, as `answer, words`.
    """
    parts: dict[str, Kind] = {}
    for step in exercise:
        key, value = ("", step) if isinstance(step, Kind) else step
        if isinstance(value, Kind):
            parts[key] = kind = value
        else:
            kind.wrong[key] = value
    return parts.get("") or Parts(parts)


def kind_of(result: object, tolerance: float) -> Kind:
    """How the result of a function is compared with the expected one."""
    if isinstance(result, torch.Tensor):
        return Tensor(result, tolerance)
    if isinstance(result, (tuple, list)):
        return Parts({f"value {i}": kind_of(part, tolerance) for i, part in enumerate(result)})
    if isinstance(result, (int, float)) and not isinstance(result, bool):
        return Number(result, tolerance)
    return Exactly(result)


def _message(error: BaseException) -> str:
    """What an error says, in one short line; an error of the reader's own may not even do that."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        return ""
    return f": {text[:200].rstrip('.')}" if text else ""
