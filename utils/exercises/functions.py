"""Exercises whose answer is a function: it is run on cases, beside the right one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import torch

from utils.exercises.kinds import Kind, Number, Parts, Tensor, Unreadable, named, show


@dataclass(frozen=True)
class Raised:
    """The error that a function raised instead of giving a result."""

    kind: str
    words: str


@dataclass(frozen=True)
class Function(Kind):
    """A function like `right`, which tells what it should give for every case.

    `cases` has for the words that name a case a function that makes its arguments anew, because
    an answer may change them. `wrong` has typical wrong functions; the words of one are said if the
    answer does as it does in every case. `call` is what a case does with the function, where
    that is more than calling it. `signature` shows the reader how it is called.
    """

    right: Callable
    signature: str
    cases: dict[str, Callable[[], tuple]]
    wrong: dict[Callable, str] = field(default_factory=dict)
    call: Callable = lambda function, *arguments: function(*arguments)
    tolerance: float = 1e-6

    @property
    def form(self) -> str:
        return f"the name of your function {self.signature}, without parentheses"

    def solved(self) -> str:
        return f"The function gives what it should in {len(self.cases)} cases."

    def judge(self, answer: object) -> str | None:
        if not callable(answer):
            raise Unreadable(f"{named(answer)} is not a function: give {self.form}.")
        got = self.results(answer)
        failing = self.first_difference(got, self.expected)
        if failing is None:
            return None
        for results, words in self.foreseen:
            if self.first_difference(got, results) is None:
                return f"{words} {failing}"
        return failing

    @cached_property
    def expected(self) -> dict[str, Any]:
        """What the right function gives in every case."""
        return self.results(self.right)

    @cached_property
    def foreseen(self) -> list[tuple[dict[str, Any], str]]:
        """What each of the wrong functions gives, with its words."""
        return [(self.results(wrong), words) for wrong, words in self.wrong.items()]

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
            if isinstance(got[case], Raised):
                if got[case].kind != getattr(right, "kind", None):
                    return f"For {case} it raises {got[case].kind}{got[case].words}."
            elif isinstance(right, Raised):
                return f"For {case} it should raise {right.kind}."
            elif detail := kind_of(right, self.tolerance).feedback(got[case]):
                detail = f" ({detail})" if isinstance(right, torch.Tensor) else ""
                return (
                    f"For {case} it should give {show(right)}, but gives {show(got[case])}{detail}."
                )
        return None


@dataclass(frozen=True)
class Exactly(Kind):
    """A result that is equal or not: a text, True, False, None."""

    right: object
    form = "exactly this"

    def judge(self, answer: object) -> str | None:
        return None if type(answer) is type(self.right) and answer == self.right else "Different."


def kind_of(result: object, tolerance: float) -> Kind:
    """How the result of a function is compared with the expected one."""
    if isinstance(result, torch.Tensor):
        return Tensor(result, tolerance=tolerance)
    if isinstance(result, (tuple, list)):
        return Parts({f"value {i}": kind_of(part, tolerance) for i, part in enumerate(result)})
    if isinstance(result, (int, float)) and not isinstance(result, bool):
        return Number(result, tolerance=tolerance)
    return Exactly(result)


def _message(error: BaseException) -> str:
    """What an error says, in one short line; an error of the reader's own may not even do that."""
    try:
        text = " ".join(str(error).split())
    except Exception:
        return ""
    return f": {text[:200].rstrip('.')}" if text else ""
