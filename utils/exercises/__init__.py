"""Exercises that check themselves: `check("3.2", answer)` says what is wrong with *this* answer.

The exercises of a chapter are the functions of one module here: exercise 3.2 is `exercise_2` in
`chapter_03`. Each yields the right answer as a kind (`kinds`), computed where it can be, then
typical wrong ones with the feedback of each (`kinds.assemble` puts them together). What a reader
gives is read by `reading`. Nothing is computed before an exercise is checked.
"""

import html
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from IPython.display import display

from utils.exercises.kinds import Exercise, Kind, assemble
from utils.system import batch_mode

STATES = {"open": "not answered yet", "right": "right", "wrong": "not yet right"}


def check(number: str, answer: object) -> None:
    """Show whether `answer` is the right one for the exercise, and if not, what is wrong with it.

    `...` is no answer yet. For a reader no answer raises an error, whatever object it is. In batch
    mode, where a program runs the solutions, a wrong one raises AssertionError with the feedback.
    Raises ValueError if there is no such exercise.
    """
    exercise = find(number)
    if answer is ...:
        show(number, "open", f"Put your answer in place of the dots: {exercise.form()}.")
        return
    feedback = exercise.feedback(answer)
    if feedback is None:
        show(number, "right", exercise.solved())
    elif batch_mode():
        raise AssertionError(f"Exercise {number}: {feedback}")
    else:
        show(number, "wrong", feedback)


@cache
def find(number: str) -> Kind:
    """The exercise called "3.2". Raises ValueError with the numbers that exist for another."""
    if number not in _exercises():
        raise ValueError(f'There is no exercise "{number}". There are: {", ".join(numbers())}.')
    return assemble(_exercises()[number]())


def numbers() -> list[str]:
    """The numbers of all exercises, in the order of the book."""
    return list(_exercises())


def show(number: str, state: str, words: str) -> None:
    """Show the feedback: a card where there is HTML, a line where there is not."""
    title = f"Exercise {number}: {STATES[state]}."
    card = (
        f'<div class="exercise exercise-{state}" role="status" '
        'style="border-left: 4px solid; padding-left: 0.7em; margin: 0.6em 0">'
        f"<strong>{title}</strong> {html.escape(words)}</div>"
    )
    display({"text/html": card, "text/plain": f"{title} {words}"}, raw=True)


@cache
def _exercises() -> dict[str, Callable[[], Exercise]]:
    """All functions `exercise_…` by the numbers of their exercises."""
    result = {}
    for name in sorted(module.name for module in iter_modules(__path__)):
        for function, exercise in vars(import_module(f"{__name__}.{name}")).items():
            if function.startswith("exercise_"):
                result[f"{int(name[-2:])}.{function.removeprefix('exercise_')}"] = exercise
    return result
