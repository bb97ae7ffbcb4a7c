"""How sure a difference over paired seeds is, in numbers and in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

Values = Sequence[float]


class PairedDifference(NamedTuple):
    """The mean of a difference over paired seeds, and the ends of its 95 % t interval.

    The words are for accuracies as fractions: a point is a percentage point, 0.01.
    """

    mean: float
    low: float
    high: float

    @property
    def word(self) -> str:
        """The rule of the glossary (Confidence interval); where both apply, ahead or behind wins.

        "ahead" or "behind" where the interval excludes 0, "within half a point" where it lies in
        ±0.5 points, otherwise "not resolved".
        """
        return _word(*self._points[1:])

    @property
    def _points(self) -> list[float]:
        return [round(100 * value, 6) for value in self]  # without the noise of binary fractions

    def digits(self, least: int = 1) -> int:
        """Decimals that points need, `least` or more, so that no rounded end contradicts `word`."""
        _, low, high = self._points
        fits = (n for n in range(least, 7) if _word(round(low, n), round(high, n)) == self.word)
        return next(fits)

    def in_words(self) -> str:
        """The word with its numbers: "ahead by 0.7 points (95 % interval 0.4 to 1.0)"."""
        middle, low, high = self._points
        if self.word == "behind":
            middle, low, high = -middle, -high, -low
        middle, low, high = (number(value, self.digits()) for value in (middle, low, high))
        if self.word in ("ahead", "behind"):
            return f"{self.word} by {middle} points (95 % interval {low} to {high})"
        return f"{self.word} ({middle}, {low} to {high})"

    def in_short(self) -> str:
        """The points and the word: "+0.7, ahead"."""
        return f"{number(100 * self.mean, self.digits(), '+')}, {self.word}"


def _word(low: float, high: float) -> str:
    if low > 0:
        return "ahead"
    if high < 0:
        return "behind"
    return "within half a point" if low >= -0.5 and high <= 0.5 else "not resolved"


def number(value: float, digits: int, sign: str = "-") -> str:
    """A rounded number with a real minus sign; `sign` "+" shows both signs. Zero has none."""
    value = round(value, digits)
    return f"{value or 0.0:{sign if value else '-'}.{digits}f}".replace("-", "−")


def paired_interval(values: Values, reference: Values) -> PairedDifference:
    """Mean of `values - reference` seed by seed, and the ends of its 95 % t interval.

    Raises ValueError if the two are not of equal length, or shorter than two seeds.
    """
    if len(values) != len(reference) or len(values) < 2:
        raise ValueError(
            f"A paired interval needs two lists of equal length, two seeds at least; these have "
            f"{len(values)} and {len(reference)}."
        )
    differences = np.asarray(values) - np.asarray(reference)
    mean = differences.mean()
    half = stats.t.ppf(0.975, len(differences) - 1) * stats.sem(differences)
    return PairedDifference(float(mean), float(mean - half), float(mean + half))


@dataclass(frozen=True)
class Comparison:
    """Arms beside what they are compared with: a figure, a table and a sentence come from it.

    `pairs` has, for each row, the accuracies of an arm and those of its reference over the same
    seeds, as fractions; `reference` is the latter's name in texts.
    """

    pairs: Mapping[str, tuple[Values, Values]]
    reference: str

    @cached_property
    def differences(self) -> dict[str, PairedDifference]:
        """The difference of each arm from its reference."""
        return {arm: paired_interval(*pair) for arm, pair in self.pairs.items()}

    @property
    def seeds(self) -> str:
        """How many seeds there are: "10 seeds", "5 to 10 seeds"."""
        counts = sorted({len(values) for values, _ in self.pairs.values()})
        return " to ".join(map(str, counts[:: len(counts) - 1 or 1])) + " seeds"

    def table(self) -> pd.DataFrame:
        """One row an arm: mean accuracy, points with their interval, seeds and the word.

        A reference that all rows share has the first row.
        """
        rows = {}
        references = [values for _, values in self.pairs.values()]
        if all(values is references[0] for values in references):
            seeds = references[0]
            rows[self.reference] = [f"{np.mean(seeds):.4f}", "", "", len(seeds), "reference"]
        for arm, difference in self.differences.items():
            digits = difference.digits(2)
            points, low, high = (number(100 * value, digits, "+") for value in difference)
            values, _ = self.pairs[arm]
            rows[arm] = [f"{np.mean(values):.4f}", points, f"{low} to {high}"]
            rows[arm] += [len(values), difference.word]
        columns = ["accuracy", "points", "95 % interval", "seeds", "verdict"]
        return pd.DataFrame.from_dict(rows, "index", columns=columns)

    def in_words(self) -> str:
        """A sentence for who cannot see the figure: each arm with its points and its word."""
        said = [f"{arm}: {found.in_short()}" for arm, found in self.differences.items()]
        what = f"Differences from {self.reference} in points of accuracy, {self.seeds}."
        return f"{what} {'; '.join(said)}."


def compare(arms: Mapping[str, Values], reference: str) -> Comparison:
    """Every other arm against the one called `reference`: accuracies as fractions, by seed."""
    others = {arm: (seeds, arms[reference]) for arm, seeds in arms.items() if arm != reference}
    return Comparison(others, reference)
