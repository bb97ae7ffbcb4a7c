"""The shape game, played in its page; questions and answers are compared with Python."""

import pytest
from playwright.sync_api import expect

from tests.support.widget_page import numbers
from utils.nets import conv_out
from utils.widgets import ShapeGame

TITLE = "Shape game"


def type_in(widget, text):
    """Type an answer, and Enter."""
    widget.control("your answer").fill(str(text))
    widget.page.keyboard.press("Enter")
    widget.settle()
    return widget.group.locator(".bw-feedback").inner_text()


def asks(widget, game):
    """The page asks what Python would ask: the numbers of the question are the same."""
    q = game.question()
    said = numbers(widget.group.locator(".bw-question").inner_text())
    names = {
        "inputs": ["size", "padding", "kernel"],
        "parameters": ["c_in", "c_out", "kernel"],
    }.get(q["ask"], ["size", "kernel"])
    assert {q[name] for name in names if name != q.get("unknown")} <= set(said)
    assert widget.value("level") + 1 == game.level


def test_game_by_keyboard_through_all_levels(widget):
    """Three right answers in a row at each level; the answers come from Python."""
    game = ShapeGame()
    for game.number in range(18):
        game.level = 1 + game.number // 3
        asks(widget, game)
        answers = game.answers()
        said = type_in(widget, f"{answers[-1]:,}")
        assert said.startswith("Right. ")
        assert all(f"{answer:,}" in said for answer in answers)
        assert numbers(widget.state) == [game.number + 1] * 3
        widget.page.keyboard.press("Enter")  # the next question
        widget.settle()
        assert widget.control("your answer").input_value() == ""
    assert widget.value("level") == 5


def test_reset_takes_back_what_was_typed_and_not_checked(widget):
    widget.control("your answer").fill("5")  # `open_widget` presses Reset, and looks


def mistakes_of(game):
    """Typical wrong rules, each with its result and a word of its feedback."""
    q = game.question()
    if q["ask"] == "parameters":
        weights = q["kernel"] ** 2 * q["c_in"] // q["groups"]
        return {"leave out the biases": q["c_out"] * weights, "count one kernel": weights + 1}
    if q["ask"] == "inputs":
        side = round((game.answers()[0] / 256) ** 0.5)
        return {"the side of the last map": side, "count one map": side**2}
    n, k, s, p, rule = (q[name] for name in ("size", "kernel", "stride", "padding", "rule"))
    if q["ask"] == "inverse":
        doubled = {"both ends together": 2 * p} if q["unknown"] == "padding" else {}
        first = {"padding": "a padding of", "size": "an input of", "stride": "a stride of"}
        return {f"With {first[q['unknown']]} 9 ": 9} | doubled
    other, way = ("ceil", "you round up") if rule == "floor" else ("floor", "you round down")
    return {
        "forget the + 1": conv_out(n, k, s, p, rule) - 1,
        way: conv_out(n, k, s, p, other),
        "leave the padding out": conv_out(n, k, s, 0, rule),
        "leave the stride out": conv_out(n, k, 1, p, rule),
        "do not subtract the kernel": conv_out(n + k, k, s, p, rule),
    }


@pytest.mark.parametrize("level", range(1, 7))
def test_a_typical_mistake_has_a_feedback_of_its_own(widget, level):
    widget.control("level").select_option(index=level - 1)
    widget.settle()
    game, heard = ShapeGame(level=level), set()
    for game.number in range(5):
        asks(widget, game)
        mistakes = mistakes_of(game)
        wrong = [words for words, value in mistakes.items() if value not in game.answers()]
        words = next((w for w in wrong if w not in heard), wrong[0])
        same = [w for w in wrong if mistakes[w] == mistakes[words]]  # one number, several rules
        said = type_in(widget, mistakes[words])
        assert said.startswith(f"Not {mistakes[words]:,}. ")
        assert any(w in said for w in same), (words, said)
        assert "answer is" not in said
        heard |= set(same)
        said = type_in(widget, 987_654)
        assert f"The answer is {game.answers()[0]:,}." in said or game.level == 4
        assert "The answer is" in said
        assert widget.state.endswith("In a row: 0.")
        widget.push("Next question")


def test_what_is_no_number_is_no_try_and_screen_readers_hear_it(widget):
    for typed in ("", "x"):
        said = type_in(widget, typed)
        assert said == "Please type a whole number, such as 13."
        expect(widget.group.locator("[aria-live]")).to_have_text(said)
    assert type_in(widget, ShapeGame().answers()[0]).startswith("Right. ")


def test_game_shows_the_answer_by_pointer(on_phone):
    submit = on_phone.group.locator(".bw-submit")
    size = submit.bounding_box()["width"]
    on_phone.push("Show me")
    assert submit.inner_text() == "Next question"
    assert submit.bounding_box()["width"] == size  # longer than "Check", and nothing moves
    answer = ShapeGame().answers()[0]
    said = on_phone.group.locator(".bw-feedback").inner_text()
    assert said.startswith(f"The answer is {answer}. ⌊")
    assert f"windows drawn: {answer}." in on_phone.label()
    on_phone.push("Next question")
    asks(on_phone, ShapeGame(number=1))
    assert on_phone.state == "Right: 0 of 1. In a row: 0."
