"""Predictions: `ask("3-inplace")` shows a question that the reader answers before an experiment.

quizzes.yml         the questions, with a feedback for every option
question            reads them, and makes the output of one
quiz.js, quiz.css   what jupyterquiz leaves out: reading aloud, keyboard, dark mode
"""

from utils.quiz.question import ask, questions
