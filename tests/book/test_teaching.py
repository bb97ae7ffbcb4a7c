"""The lesson plans name only exercises and predictions that the book has, and chapters rightly.

That a link leads to a chapter is asked by the build, to a row of the ledger by test_pages.py.
"""

import re

import pytest

from tools.execute_notebooks import BOOK
from tools.notebooks import NOTEBOOKS
from utils import exercises, quiz

TEXT = (BOOK / "teaching.md").read_text(encoding="utf-8")
PLANS = re.findall(r"^## Plan \d.*?(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
CHAPTER = re.compile(r"\[(\d+)\]\((\w+\.ipynb)\)")
EXERCISE = re.compile(r"(?<![\d.])((\d{1,2})\.\d)(?![\d.])")


def test_a_claim_is_linked_to_its_row():
    linked = re.findall(r'<a href="claims\.html#([^"]+)">([^<]+)</a>', TEXT)
    assert len(linked) > 20
    assert [pair for pair in linked if pair[0] != pair[1]] == []


def test_every_exercise_and_every_prediction_exists():
    named = {number for number, _ in EXERCISE.findall(TEXT.replace("0.95", ""))}
    assert len(named) > 20 and named <= set(exercises.numbers())
    named = set(re.findall(r"`(\d+-[\w-]+)`", TEXT))
    assert named and named <= set(quiz.questions())


def test_a_chapter_is_linked_by_its_number_and_the_long_plan_uses_all():
    assert [link for link in CHAPTER.findall(TEXT) if int(link[0]) != int(link[1][:2])] == []
    assert {name for _, name in CHAPTER.findall(PLANS[2])} == {path.name for path in NOTEBOOKS}


def test_exercises_of_a_row_are_of_its_chapters():
    for row in re.findall(r"^\|.*\|$", "".join(PLANS), re.MULTILINE):
        chapters = {number for number, _ in CHAPTER.findall(row)}
        named = {chapter for _, chapter in EXERCISE.findall(row)}
        assert not chapters or named <= chapters, row


@pytest.mark.parametrize(("number", "unit", "total"), [(1, 1, 90), (2, 60, 360)])
def test_the_times_of_a_plan_add_up(number, unit, total):
    values = {"¼": 0.25, "½": 0.5, "¾": 0.75}
    times = re.findall(r"^\| ([\d¼½¾]+) \|", PLANS[number - 1], re.MULTILINE)
    assert sum(unit * values.get(time, 0) or unit * float(time) for time in times) == total
