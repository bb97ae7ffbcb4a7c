"""Exercises that check themselves: right, wrong in a typical way, unanswered, and anything else."""

import fractions
import types
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
import torch
from nbformat import v4

from tools.notebooks import NOTEBOOKS, cells, headings
from utils import exercises
from utils.exercises.chapter_03 import seen
from utils.exercises.kinds import Choice, Function, Kind, Number, Parts, Tensor, assemble

NUMBERS = exercises.numbers()


def wrong_answers(exercise: Kind) -> Iterator[tuple[object, str]]:
    """The typical wrong answers to an exercise, each with the words that it gets."""
    right = exercise.right
    if isinstance(exercise, Parts):
        for i, (name, part) in enumerate(exercise.parts.items()):
            for wrong, words in wrong_answers(part):
                yield (*right[:i], wrong, *right[i + 1 :]), f"{name}: {words}"
    elif isinstance(exercise, Choice):
        one = len(right) == 1
        for letter, words in exercise.wrong.items():
            if letter not in right:
                yield letter if one else right + letter, words
            elif not one:
                yield right.replace(letter, ""), f"Something is missing. {words}"
    else:
        yield from exercise.wrong.items()


class Hostile:
    """Raises at whatever one does with it."""

    def fail(self, *arguments):
        raise RuntimeError("no")

    __repr__ = __str__ = __eq__ = __len__ = __iter__ = __float__ = __bool__ = __array__ = fail
    __getattr__ = __hash__ = fail
    __class__ = property(fail)


class LoudNumber(float):
    __repr__ = Hostile.fail


class SilentError(Exception):
    __str__ = Hostile.fail


def raises(*arguments):
    raise ValueError("two\nlines")


def raises_silently(*arguments):
    raise SilentError


def leaves(*arguments):
    raise SystemExit


nested: list = []
nested.append(nested)

HOSTILE = [
    None, True, "", "62", "abc " * 999, b"62", 1j, 10**400, -(10**400), float("nan"), float("inf"),
    np.nan, np.bool_(True), np.array("a"), np.zeros((2, 3)), np.array([1, 2, "c"], dtype=object),
    [], (), (...,), (..., ...), (..., ..., ...), {}, {"MACs": 3}, {1, 2}, nested, range(3),
    (1, 2), ("b", None), (None, None, None), (nested, nested), (x for x in "abc"), object(), object,
    Hostile(), (Hostile(), Hostile()), Hostile, LoudNumber("nan"), types, fractions.Fraction(1, 3),
    torch.zeros(0), torch.zeros(4, dtype=torch.long), torch.zeros(4, 4), torch.ones(4).bool(),
    torch.zeros(4) * torch.nan, torch.zeros(4, dtype=torch.cfloat), torch.zeros(4, device="meta"),
    torch.zeros(2, device="meta"), torch.zeros((), device="meta"), torch.eye(4).to_sparse(),
    torch.nn.Linear(4, 4), pd.Series([1.0, 2.0]), pd.DataFrame({"a": [1]}), pd.NaT,
    print, len, raises, raises_silently, leaves, lambda: 1, lambda *a: None, lambda *a: Hostile(),
    lambda *a: torch.zeros(2, device="meta"), lambda *a: ..., type("", (), {})(),
]  # fmt: skip


@pytest.fixture
def shown(monkeypatch) -> list[dict]:
    """The cards that `check` shows, outside batch mode."""
    cards: list[dict] = []
    monkeypatch.delenv("BOOK_BATCH", raising=False)
    monkeypatch.setattr(exercises, "display", lambda bundle, raw: cards.append(bundle))
    return cards


@pytest.mark.parametrize("number", NUMBERS)
def test_whatever_is_answered_the_feedback_fits(number, shown, monkeypatch):
    exercise = exercises.find(number)
    right, wrong = exercise.right, list(wrong_answers(exercise))
    assert len({words for _, words in wrong}) >= 3
    answers = [
        (right, "right. ", ""),
        (..., "not answered yet. Put your answer in place of ", exercise.form()),
        *((answer, "not yet right. ", words) for answer, words in wrong),
        *((answer, "not yet right. ", "") for answer in HOSTILE),
    ]
    for answer, state, words in answers:
        exercises.check(number, answer)
        said = shown.pop()["text/plain"]
        assert said.startswith(f"Exercise {number}: {state}")
        assert words in said
        assert "\n" not in said and len(said) < 700

    monkeypatch.setenv("BOOK_BATCH", "1")
    for answer in (right, ...):
        exercises.check(number, answer)
    assert len(shown) == 2
    for answer in (wrong[0][0], None, (..., ...)):
        with pytest.raises(AssertionError, match=f"^Exercise {number}: .+"):
            exercises.check(number, answer)
    assert len(shown) == 2, "in a notebook that a program runs, a wrong solution only stops it"


@pytest.mark.parametrize("number", ["3.99", "9", "", "3.2.1", "__path__"])
def test_an_unknown_number_names_those_that_exist(number):
    with pytest.raises(ValueError, match=rf'^There is no exercise "{number}"\. There are: 1\.1, 1'):
        exercises.check(number, 1)


def test_the_card_is_text_and_html_without_markup_from_the_answer(shown):
    exercises.check("3.2", "<script>")
    (card,) = shown
    assert "<script>" not in card["text/html"]
    assert card["text/html"].startswith('<div class="exercise exercise-wrong" role="status"')
    assert "<strong>Exercise 3.2: not yet right.</strong>" in card["text/html"]


def test_the_notebooks_have_these_exercises_in_this_order():
    """That each has its cells is a rule of tests/book/test_notebooks.py."""
    notebooks = [v4.reads(path.read_text(encoding="utf-8")) for path in NOTEBOOKS]
    texts = [cell for notebook in notebooks for _, cell in cells(notebook, "markdown")]
    titles = [title.split() for cell in texts for _, title in headings(cell)]
    assert [words[1] for words in titles if words[0] == "Exercise"] == NUMBERS


# --- Each kind, with answers that no exercise has in its list ---------------------------------

WIDTH, LETTER = ("width", Number(62)), ("letter", Choice("b"))
MEMORY = assemble([Number(2.02, tolerance=0.01, unit="GB"), (1.5, "Gradients are missing.")])
COUNT = Number(8)
PAIR = assemble([WIDTH, (61, "These are steps."), LETTER, ("a", "No.")])
SEVERAL = Choice("ac", wrong={"a": "What of a?", "b": "Not b.", "c": "What of c?"})
VALUES = Tensor(torch.tensor([[0.5, 1.0, 2.0]]))
ROWS = {"two ones": lambda: (torch.ones(2),), "a long row": lambda: (torch.ones(9),)}
DOUBLE = Function(lambda x: 2 * x, "answer(x)", ROWS, wrong={raises: "It fails."})
ODD = Function(lambda x: ("odd", x > 1), "f(x)", {"3": lambda: (3,)})
FAILS = Function(raises, "f(x)", {"3": lambda: (3,)})


def test_numbers_of_all_libraries_are_read():
    for answer in (8, 8.0, np.int64(8), np.float32(8), torch.tensor([8]), pd.Series([8]),
                   fractions.Fraction(16, 2), LoudNumber(8)):  # fmt: skip
        assert COUNT.feedback(answer) is None


@pytest.mark.parametrize(
    ("exercise", "answer", "words"),
    [
        (MEMORY, 2.029, None),
        (MEMORY, 2.031, "Too large."),
        (MEMORY, 2.009, "Too small."),
        (MEMORY, 1.503, "Gradients are missing."),
        (MEMORY, -2.02, "Only the sign is wrong."),
        (MEMORY, 4.05, "Exactly twice as much: is something counted twice?"),
        (MEMORY, 1.01, "Exactly half: is something counted once that comes twice?"),
        (MEMORY, 202, "A hundred times too large: is it given in per cent?"),
        (MEMORY, 2020, "A thousand times too large: look at the unit."),
        (MEMORY, 1.88, "This is in GiB: a GB has a power of 1,000 bytes, not of 1,024."),
        (MEMORY, "2.02", "'2.02' is text: write the number without quotation marks."),
        (MEMORY, True, "True is not a number."),
        (MEMORY, None, "This is None: what prints a value, or forgets its return, gives none."),
        (MEMORY, np.inf, "This is inf: somewhere on the way a number was lost."),
        (MEMORY, torch.zeros(2), "One number is asked for, and this has the shape (2,)."),
        (MEMORY, {}, "A dict is not a number."),
        (COUNT, 9, "One too many: what is counted at the end?"),
        (COUNT, 7, "One too few: what is counted at the end?"),
        (COUNT, 8.001, "Too large."),
        (PAIR, (62, "b"), None),
        (PAIR, {"letter": "b", "width": 62}, None),
        (PAIR, [62, "B"], None),
        (PAIR, ("b", 62), "These are the right values in another order: give (width, letter)."),
        (PAIR, (61, "b"), "width: These are steps. letter: right."),
        (PAIR, (62, ...), "width: right. letter: Not answered yet."),
        (PAIR, {"width": 62}, '"letter" is missing: give (width, letter).'),
        (PAIR, 62, "62 is not 2 values: give (width, letter)."),
        (PAIR, (1, 2, 3), "The number of values is not right, 3 given, 2 asked for: give "
         "(width, letter)."),
        (SEVERAL, "ca", None),
        (SEVERAL, "A, c", None),
        (SEVERAL, ["a", "c"], None),
        (SEVERAL, "a and c", None),
        (SEVERAL, "a", "Something is missing. What of c?"),
        (SEVERAL, "abc", "Not b."),
        (SEVERAL, "ax", 'There is no "x" to choose: give some of the letters "abc".'),
        (SEVERAL, "", '0 letters are chosen: give some of the letters "abc".'),
        (SEVERAL, 3, "3 is not a letter: write it in quotation marks."),
        (VALUES, [[0.5, 1, 2]], None),
        (VALUES, np.array([[0.5, 1, 2.00001]]), None),
        (VALUES, torch.tensor([[0.5, 1, 2]], requires_grad=True), None),
        (VALUES, [0.5, 1, 2], "The shape is (3,), and (1, 3) is asked for."),
        (VALUES, [[0.5, 0, 0]], "The shape is right; 2 of 3 values are not, first at [0, 1]."),
        (VALUES, [[0, 1, 2]], "The shape is right, but torch.int64 holds only whole numbers."),
        (VALUES, torch.zeros(1, 3, device="meta"),
         "A tensor on the meta device has a shape, but no values."),
        (VALUES, "x", "'x' is not a tensor."),
        (DOUBLE, lambda x: x + x, None),
        (DOUBLE, 2.0, "2.0 is not a function: give the name of your function answer(x), "
         "without parentheses."),
        (DOUBLE, lambda x: x[:1] * 2, "For two ones it should give [2.0, 2.0], a tensor of shape "
         "(2,), but gives [2.0], a tensor of shape (1,) (The shape is (1,), and (2,) is asked "
         "for.)."),
        (DOUBLE, lambda x: x * 2 if len(x) < 9 else x, "For a long row it should give a tensor of "
         "shape (9,), but gives a tensor of shape (9,) (The shape is right; 9 of 9 values are "
         "not, first at [0].)."),
        (DOUBLE, raises_silently, "For two ones it raises SilentError."),
        (DOUBLE, leaves, "For two ones it raises SystemExit."),
        (DOUBLE, lambda x: raises(), "It fails. For two ones it raises ValueError: two lines."),
        (ODD, lambda x: ("odd", True), None),
        (ODD, lambda x: ("odd", 1), "For 3 it should give ('odd', True), but gives ('odd', 1)."),
        (FAILS, raises, None),
        (FAILS, lambda x: 1, "For 3 it should raise ValueError."),
    ],
)  # fmt: skip
def test_feedback(exercise, answer, words):
    assert exercise.feedback(answer) == words


def test_cases_are_made_anew_and_random_numbers_go_on_as_before():
    said = DOUBLE.feedback(lambda: 1)  # Python's own words differ from version to version
    assert said.startswith("For two ones it raises TypeError: ")
    assert "takes 0 positional arguments but 1 was given" in said
    state = torch.random.get_rng_state()
    assert DOUBLE.feedback(lambda x: x.mul_(2) + 0 * torch.rand(1)) is None
    assert torch.equal(torch.random.get_rng_state(), state)


def test_the_measured_receptive_field_of_exercise_3_5_is_that_of_the_formula():
    from utils.nets import receptive_field

    for make in exercises.find("3.5").cases.values():
        layers, image, unit = make()
        first, stop = receptive_field(layers).of_unit(unit)
        assert seen(layers, image, unit) == (max(0, first), stop)
