"""Predictions: every question can be asked, is asked once, and is shown in one way."""

import random
import re
from importlib.resources import files

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat import v4

from tools.execute_notebooks import problems
from tools.notebooks import NOTEBOOKS, cells
from utils import quiz

ASKED = re.compile(r'^(?:quiz\.)?ask\("([^"]*)"\)', re.MULTILINE)
GOOD = """
sum:
  question: How much is 1 < 2 & [3](4)?
  options:
    - {text: '$5 and $6', feedback: 'See <http://example.org>.', right: true}
    - {text: 'A "seven"', feedback: Not this.}
    - {text: eight </script>, feedback: Nor that.}
"""


def asked() -> list[tuple[str, str, nbformat.NotebookNode]]:
    """Notebook, name of the question and cell, for every prediction in the book."""
    found = []
    for path in NOTEBOOKS:
        for _, cell in cells(nbformat.read(path, as_version=4), "code"):
            found += [(path.stem, name, cell) for name in ASKED.findall(cell.source)]
    return found


# --- The questions of the book ------------------------------------------------------------------


def test_every_question_is_asked_once():
    names = [name for _, name, _ in asked()]
    assert sorted(names) == sorted(quiz.questions())


def test_a_question_belongs_to_the_chapter_of_its_name():
    for notebook, name, _ in asked():
        assert int(name.partition("-")[0]) == int(notebook[:2]), name


def test_names_are_unique():
    text = (files("utils") / "quizzes.yml").read_text(encoding="utf-8")  # YAML keeps the last one
    names = re.findall(r"^(\S+):$", text, re.MULTILINE)
    assert sorted(names) == sorted(quiz.questions())


@pytest.mark.parametrize("name", quiz.questions())
def test_every_option_has_words_of_its_own(name):
    question = quiz.questions()[name]
    feedbacks = {option.feedback for option in question.options}
    assert len(feedbacks) == len({option.text for option in question.options})
    assert len(feedbacks) == len(question.options) <= 6
    for text in (question.question, *feedbacks, *(option.text for option in question.options)):
        assert text.strip()[-1] in ".?!)", text  # whole sentences, or at least an end
        assert "`" not in text and "](" not in text  # plain text


@pytest.mark.pinned
def test_notebooks_show_the_questions_as_they_are_now():
    for notebook, name, cell in asked():
        shown = [output.data for output in cell.outputs]
        now = [quiz.bundle(name, quiz.questions()[name])]
        assert shown == now, f"{notebook}, {name}: run `python -m tools.execute_notebooks`"


# --- What is shown ------------------------------------------------------------------------------


def test_the_output_is_the_same_every_time():
    before = random.getstate()
    name, question = "3-inplace", quiz.questions()["3-inplace"]
    first, second = quiz.bundle(name, question), quiz.bundle(name, question)
    assert first == second
    assert random.getstate() == before


def test_the_output_can_be_stored():
    bundle = quiz.bundle("3-inplace", quiz.questions()["3-inplace"])
    cell = v4.new_code_cell(outputs=[v4.new_output("display_data", bundle)])
    assert problems(v4.new_notebook(cells=[cell])) == []
    assert len(bundle["text/html"]) < 30_000


def test_without_a_script_question_and_options_are_read():
    bundle = quiz.bundle("sum", quiz.read(GOOD)["sum"])
    assert bundle["text/plain"] == (
        'How much is 1 < 2 & [3](4)?\n(a) $5 and $6\n(b) A "seven"\n(c) eight </script>'
    )
    static = bundle["text/html"].partition("<style>")[0]
    read = BeautifulSoup(static, "html.parser")
    assert "\n".join(tag.get_text() for tag in read.select("p, li")) == bundle["text/plain"]
    assert "Not this" not in static


def test_the_page_cannot_be_broken_by_a_text():
    shown = quiz.bundle("sum", quiz.read(GOOD)["sum"])["text/html"]
    assert shown.count("</script>") == 1 == shown.count("<script>")
    script = shown.partition("<script>")[2]
    texts = script[script.index("show_questions([") :]
    assert not re.search(r"\$\d|\[3\]|<http", texts)  # what jupyterquiz would take for markup


def test_ask_displays_one_output(monkeypatch):
    shown = []
    monkeypatch.setattr(quiz, "display", lambda data, raw: shown.append((data, raw)))
    quiz.ask("3-inplace")
    assert shown == [(quiz.bundle("3-inplace", quiz.questions()["3-inplace"]), True)]


# --- What cannot be asked -----------------------------------------------------------------------


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match='There is no question "3-nothing"'):
        quiz.ask("3-nothing")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("  question: ", "  query: ", "sum: give a question, and options"),
        ("  options:", "  choices:", "sum: give a question, and options"),
        (", feedback: Not this.", "", "options of text and feedback .*'feedback'"),
        ("feedback: Not", "feedbck: Not", "options of text and feedback .*'feedbck'"),
        (", right: true", "", "sum: 0 of 3 options are right"),
        ("Not this.", "Not this., right: true", "sum: 2 of 3 options are right"),
        ("    - {text: eight </script>, feedback: Nor that.}\n", "", "give at least three"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(old, new, sentence):
    assert GOOD.count(old) == 1
    with pytest.raises(ValueError, match=sentence):
        quiz.read(GOOD.replace(old, new))
