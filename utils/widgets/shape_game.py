"""Output sizes as a game: questions from a seed, answered in the page."""

from collections.abc import Iterator

import traitlets as t

from utils.figures import spans
from utils.nets import conv_out
from utils.widgets.base import Still, Widget, module, style


def _level(ask: str, **choices) -> list:
    return [ask, [[name, [*values]] for name, values in choices.items()]]


# What each level asks for, and from which values a question is drawn, in this order. The question
# is also drawn in the page: shape_game.js draws the same numbers and has the words.
LEVELS = [
    _level("out", size=range(7, 25), kernel=[2, 3, 4, 5, 7]),
    _level("out", size=range(12, 33), kernel=[3, 5, 7], stride=[2, 3, 4], padding=[0, 1, 2]),
    _level("pool", size=range(9, 31), kernel=[3, 4], stride=[2, 3], rule=["floor", "ceil"]),
    _level("inverse", unknown=["padding", "size", "stride"], size=range(14, 31), kernel=[3, 5, 7],
           stride=[2, 3], padding=[1, 2]),
    _level("inputs", size=[160, 192, 224, 227, 240, 256], padding=[0, 2], kernel=[3, 2],
           rule=["floor", "ceil"]),
    _level("parameters", c_in=[4, 8, 16, 48], c_out=[6, 16, 32, 96], kernel=[3, 5, 1],
           groups=[2, 1]),
]  # fmt: skip
DEFAULTS = {"size": 1, "kernel": 1, "stride": 1, "padding": 0, "rule": "floor"}


class ShapeGame(Widget):
    """Questions on output sizes, level by level, with what a wrong answer points to.

    `seed`, `level` (from 1) and `number` (from 0) decide a question; `typed` is the last answer
    that was checked, `tries` counts the wrong ones, `right` and `streak` the right ones.
    """

    _esm, _css = module("shape_game.js"), style("shape_game.css")
    caption = "Output sizes as a game. The figure shows where the window stands."
    heights = (520, 580)
    levels = t.List(LEVELS, help="what is asked, and the values to draw from").tag(sync=True)
    defaults = t.Dict(DEFAULTS, help="values that a level does not draw").tag(sync=True)
    seed = t.Int(2012, min=0, max=9999).tag(sync=True)
    level = t.Int(1, min=1, max=len(LEVELS)).tag(sync=True)
    number = t.Int(0, min=0).tag(sync=True)
    typed = t.Unicode("").tag(sync=True)
    tries = t.Int(0, min=0, max=2).tag(sync=True)
    right, streak = (t.Int(0, min=0).tag(sync=True) for _ in range(2))

    def question(self) -> dict:
        """What is asked and the numbers in it, as the page draws them; sizes in pixels."""
        ask, choices = self.levels[self.level - 1]
        numbers = _numbers(self.seed, self.level, self.number)
        drawn = {name: values[next(numbers) % len(values)] for name, values in choices}
        return self.defaults | {"ask": ask} | drawn

    def answers(self) -> list[int]:
        """All right answers up to 99, or the one right answer of any size."""
        q = self.question()
        if q["ask"] == "parameters":
            return [q["c_out"] * (q["kernel"] ** 2 * q["c_in"] // q["groups"] + 1)]
        if q["ask"] == "inputs":
            return [256 * _sides(q)[-1] ** 2]  # the maps of AlexNet's last convolution
        if q["ask"] != "inverse":
            return [_positions(q)]
        wanted, name = _positions(q), q["unknown"]
        first = {"padding": 0, "stride": 1, "size": max(1, q["kernel"] - 2 * q["padding"])}[name]
        return [n for n in range(first, 100) if _positions(q | {name: n}) == wanted]

    def still(self) -> Still:
        q, answer = self.question(), self.answers()[0]
        if q["ask"] == "parameters":
            reads = q["c_in"] // q["groups"]
            bars = [(reads * i, reads) for i in range(q["groups"])]
            alt = f"Of {q['c_in']} input maps a kernel reads {reads}: {answer:,} parameters in all."
            return spans(bars, (0, q["c_in"]), "input map", "group"), alt, False
        if q["ask"] == "inputs":
            q |= {"kernel": 11, "stride": 4}  # the first of the layers
        n, k, s, p = (q[name] for name in ("size", "kernel", "stride", "padding"))
        bars = [(i * s - p, k) for i in range(_positions(q))]
        alt = (
            f"A window of {k} px moves over {n} px of a row in steps of {s}, with {p} px of padding"
            f" at each end, and finds {len(bars)} positions."
        )
        return spans(bars, (0, n), "pixel", "position"), alt, False


def _numbers(seed: int, level: int, number: int) -> Iterator[int]:
    """Numbers below 65,536 that look random, and are the same in JavaScript."""
    state = seed * 7919 + level * 104729 + number * 1299709
    while True:
        state = (1664525 * state + 1013904223) % 2**32
        yield state >> 16


def _positions(q: dict) -> int:
    return conv_out(q["size"], q["kernel"], q["stride"], q["padding"], q["rule"])


def _sides(q: dict) -> list[int]:
    """The image and AlexNet's maps, with conv1's padding and the pooling window of the question."""
    pool = (q["kernel"], 2, 0)
    windows = [(11, 4, q["padding"]), pool, (5, 1, 2), pool, *3 * [(3, 1, 1)], pool]
    sides = [q["size"]]
    for window in windows:
        sides.append(conv_out(sides[-1], *window, q["rule"]))
    return sides
