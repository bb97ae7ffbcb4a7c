"""Exercises that check themselves: `check("3.2", answer)` says what is wrong with *this* answer.

The exercises of a chapter are the functions of one module here: exercise 3.2 is `exercise_2` in
`chapter_03`. Each returns its kind (`utils.exercises.kinds`, `utils.exercises.functions`) with the
right answer, computed where it can be, and typical wrong ones with the feedback that each gets.
Nothing is computed before an exercise is checked.
"""

import html
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from IPython.display import display

from utils.exercises.kinds import Kind
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
        show(number, "open", f"Put your answer in place of the dots: {exercise.form}.")
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
    if number not in numbers():
        raise ValueError(f'There is no exercise "{number}". There are: {", ".join(numbers())}.')
    chapter, _, position = number.partition(".")
    return getattr(_module(int(chapter)), f"exercise_{position}")()


@cache
def numbers() -> list[str]:
    """The numbers of all exercises, in the order of the book."""
    found = []
    for name in sorted(module.name for module in iter_modules(__path__)):
        if name.startswith("chapter_"):
            chapter = int(name.removeprefix("chapter_"))
            made = [made for made in vars(_module(chapter)) if made.startswith("exercise_")]
            positions = sorted(int(made.removeprefix("exercise_")) for made in made)
            found += [f"{chapter}.{position}" for position in positions]
    return found


def show(number: str, state: str, words: str) -> None:
    """Show the feedback: a card where there is HTML, a line where there is not."""
    title = f"Exercise {number}: {STATES[state]}."
    card = (
        f'<div class="exercise exercise-{state}" role="status" '
        'style="border-left: 4px solid; padding-left: 0.7em; margin: 0.6em 0">'
        f"<strong>{title}</strong> {html.escape(words)}</div>"
    )
    display({"text/html": card, "text/plain": f"{title} {words}"}, raw=True)


def _module(chapter: int):
    return import_module(f"utils.exercises.chapter_{chapter:02d}")
