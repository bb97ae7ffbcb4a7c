"""Predictions: a question that the reader answers before an experiment.

jupyterquiz's JavaScript builds it and gives the feedback. Its Python function `display_quiz` would
draw a random id, write its code for numbers and words too, and leave nothing to read where no
script runs; so the output is put together here: the question as text, which the script replaces.
"""

import html
import json
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import yaml
from IPython.display import display

SCRIPTS = ("helpers.js", "multiple_choice.js", "show_questions.js")  # of jupyterquiz, in order


@dataclass(frozen=True)
class Option:
    """An answer, and what a reader who chooses it is told."""

    text: str
    feedback: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """One entry of `quizzes.yml`; all of it is plain text.

    `gives_away` are regular expressions: text that matches one tells the answer, and stands nowhere
    above the question.
    """

    question: str
    options: list[Option]
    gives_away: list[str] = field(default_factory=list)

    def lettered(self) -> list[str]:
        """The options as readers see them: "(a) no momentum"."""
        return [f"({letter}) {o.text}" for letter, o in zip("abcdefgh", self.options, strict=False)]


def read(text: str) -> dict[str, Question]:
    """The questions in a text of YAML by name. Raises ValueError for one that cannot be asked."""
    questions = {}
    for name, entry in yaml.safe_load(text).items():
        try:
            options = [Option(**option) for option in entry.pop("options")]
            questions[name] = Question(options=options, **entry)
        except (AttributeError, KeyError, TypeError) as error:
            wish = f"give a question, and options of text and feedback ({error})."
            raise ValueError(f"quizzes.yml, {name}: {wish}") from None
        rights = sum(option.right for option in options)
        if rights != 1 or len(options) < 3:
            wish = "give at least three, of which one is right."
            there = f"{rights} of {len(options)} options are right"
            raise ValueError(f"quizzes.yml, {name}: {there}; {wish}")
    return questions


@cache
def questions() -> dict[str, Question]:
    """Every question of `quizzes.yml` by its name."""
    return read(_own("quizzes.yml"))


def ask(name: str) -> None:
    """Show the question of this name. Raises ValueError if there is none."""
    if name not in questions():
        raise ValueError(f'There is no question "{name}" in quizzes.yml: add it, or mend the name.')
    display(bundle(name, questions()[name]), raw=True)


def bundle(name: str, question: Question) -> dict[str, str]:
    """The output of a question: the same bytes every time."""
    lines, root = question.lettered(), f"quiz-{name}"
    static = "".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return {
        "text/plain": "\n".join([question.question, *lines]),
        "text/html": (
            f'<div class="bq" id="{root}" data-maxwidth="800">'
            f'<p class="bq-question">{html.escape(question.question)}</p><ul>{static}</ul></div>\n'
            f"<style>\n{_own('quiz.css')}</style>\n<script>\n{script(root, question)}</script>"
        ),
    }


def script(root: str, question: Question) -> str:
    """jupyterquiz's code, its start on the element `root`, and what it leaves out.

    All in one function: quizzes do not see each other, nor the page's MathJax, in the presence of
    which jupyterquiz asks another host for more of it.
    """
    library = files("jupyterquiz") / "js"
    parts = [(library / name).read_text(encoding="utf-8") for name in SCRIPTS]
    answers = []
    for line, option in zip(question.lettered(), question.options, strict=True):
        verdict = f"<strong>{'Right.' if option.right else 'Not quite.'}</strong>"
        feedback = f"{verdict} {safe(option.feedback)}"
        answers.append({"answer": safe(line), "correct": option.right, "feedback": feedback})
    asked = {"type": "multiple_choice", "question": safe(question.question), "answers": answers}
    shown = json.dumps([asked], ensure_ascii=False)
    return (
        "// The first part is jupyterquiz, by John M. Shea, MIT License.\n"
        f"(function (MathJax) {{\n{''.join(parts)}\n"
        f'const root = document.getElementById("{root}");\nroot.replaceChildren();\n'
        f"show_questions({shown}, root);\n{_own('quiz.js')}}})();\n"
    )


def _own(name: str) -> str:
    return (files("utils.quiz") / name).read_text(encoding="utf-8")


def safe(text: str) -> str:
    """Plain text as HTML in which jupyterquiz finds no formula and no link."""
    return html.escape(text).replace("$", "&#36;").replace("[", "&#91;")
