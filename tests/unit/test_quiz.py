"""Predictions: every question can be asked, is asked once, and is shown in one way."""

import random
import re
from importlib.resources import files

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat import v4

from tools import chapter_table
from tools.execute_notebooks import problems
from tools.notebooks import NOTEBOOKS, cells, tags
from utils.quiz import question as quiz

ASKED = re.compile(r'^(?:quiz\.)?ask\("([^"]*)"\)', re.MULTILINE)
GOOD = """
sum:
  question: How much is 1 < 2 & [3](4)?
  options:
    - {text: '$5 and $6', feedback: 'See <http://example.org>.', right: true}
    - {text: 'A "seven"', feedback: Not this.}
    - {text: eight </script>, feedback: Nor that.}
"""


@pytest.fixture(scope="module")
def asked() -> list[tuple[str, str, nbformat.NotebookNode]]:
    """Notebook, name of the question and cell, for every prediction in the book."""
    return [
        (path.stem, name, cell)
        for path in NOTEBOOKS
        for _, cell in cells(nbformat.read(path, as_version=4), "code")
        for name in ASKED.findall(cell.source)
    ]


def test_every_question_is_asked_once_in_the_chapter_of_its_name(asked):
    assert sorted(name for _, name, _ in asked) == sorted(quiz.questions())
    for notebook, name, _ in asked:
        assert int(name.partition("-")[0]) == int(notebook[:2]), name
    text = (files("utils.quiz") / "quizzes.yml").read_text(
        encoding="utf-8"
    )  # YAML keeps the last one
    assert sorted(re.findall(r"^(\S+):$", text, re.MULTILINE)) == sorted(quiz.questions())


def test_every_option_has_words_of_its_own():
    for name, question in quiz.questions().items():
        feedbacks = {option.feedback for option in question.options}
        assert len(feedbacks) == len({option.text for option in question.options}), name
        assert len(feedbacks) == len(question.options) <= 6, name
        for text in (question.question, *feedbacks, *(option.text for option in question.options)):
            assert text.strip()[-1] in ".?!)", text  # whole sentences, or at least an end
            assert "`" not in text and "](" not in text  # plain text


@pytest.mark.pinned
def test_notebooks_show_the_questions_as_they_are_now(asked):
    for notebook, name, cell in asked:
        shown = [output.data for output in cell.outputs]
        now = [quiz.bundle(name, quiz.questions()[name])]
        assert shown == now, f"{notebook}, {name}: run `python -m tools.execute_notebooks`"


def seen(notebook: nbformat.NotebookNode, name: str) -> str:
    """All that a reader has met before a prediction: above it, and in the book's list of chapters.

    That is text, code that is shown, and what it put out, answers that are folded included.
    """
    parts = []
    for cell in notebook.cells:
        if name in ASKED.findall(cell.source):
            break
        if "hide-input" not in tags(cell):
            parts.append(cell.source)
        for output in cell.get("outputs", []):
            parts.append(output.get("text", ""))
            parts += [str(part) for kind, part in output.get("data", {}).items() if "text/" in kind]
            parts += [about.get("alt", "") for about in output.get("metadata", {}).values()]
    return " ".join(" ".join(parts).split())


def test_nothing_above_a_prediction_gives_it_away(asked):
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        for name in [name for stem, name, _ in asked if stem == path.stem]:
            text = f"{chapter_table.questions()[path.name]} {seen(notebook, name)}"
            for pattern in quiz.questions()[name].gives_away:
                found = re.search(pattern, text, re.IGNORECASE)
                where = found and text[max(0, found.start() - 60) : found.end() + 60]
                assert not found, f"{name}: {pattern!r} stands above it: …{where}…"


def test_what_would_give_a_prediction_away_is_its_answer():
    for name, question in quiz.questions().items():
        (right,) = (option.text for option in question.options if option.right)
        for pattern in question.gives_away:
            assert re.search(pattern, right, re.IGNORECASE), f"{name}: {pattern!r}"
        assert question.gives_away or int(name.partition("-")[0]) > 4, name  # chapters 1 to 4


def test_ask_displays_one_output_that_is_always_the_same_and_can_be_stored(monkeypatch):
    shown = []
    monkeypatch.setattr(quiz, "display", lambda data, raw: shown.append((data, raw)))
    before = random.getstate()
    quiz.ask("3-inplace")
    bundle = quiz.bundle("3-inplace", quiz.questions()["3-inplace"])
    assert shown == [(bundle, True)]
    assert random.getstate() == before
    cell = v4.new_code_cell(outputs=[v4.new_output("display_data", bundle)])
    assert problems(v4.new_notebook(cells=[cell])) == []
    assert len(bundle["text/html"]) < 30_000
    with pytest.raises(ValueError, match='There is no question "3-nothing"'):
        quiz.ask("3-nothing")


def test_without_a_script_question_and_options_are_read_and_no_text_breaks_the_page():
    bundle = quiz.bundle("sum", quiz.read(GOOD)["sum"])
    assert bundle["text/plain"] == (
        'How much is 1 < 2 & [3](4)?\n(a) $5 and $6\n(b) A "seven"\n(c) eight </script>'
    )
    html = bundle["text/html"]
    static = BeautifulSoup(html, "html.parser").div
    assert "\n".join(tag.get_text() for tag in static.find_all(["p", "li"])) == bundle["text/plain"]
    assert "Not this" not in static.get_text()
    assert html.count("</script>") == 1 == html.count("<script>")
    texts = html[html.rindex("show_questions([") :]
    assert not re.search(r"\$\d|\[3\]|<http", texts)  # what jupyterquiz would take for markup


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("  question: ", "  query: ", "sum: give a question, and options"),
        ("  options:", "  choices:", "sum: give a question, and options"),
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
