"""The paired interval is that of scipy's own test, and its words are those of one rule."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from utils.analysis import Comparison, PairedDifference, compare, number, paired_interval


@pytest.mark.parametrize(
    ("a", "b"), [([0.83, 0.85, 0.81, 0.86], [0.80, 0.83, 0.82, 0.81]), ([1.0, 3.0], [2.0, 0.5])]
)
def test_it_is_the_interval_of_the_paired_t_test(a, b):
    mean, low, high = paired_interval(a, b)
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    assert mean == pytest.approx(np.mean(a) - np.mean(b))
    assert (low, high) == pytest.approx((expected.low, expected.high))


def test_too_few_or_unpaired_seeds_are_refused():
    for a in ([1.0], [1.0, 2.0]):
        with pytest.raises(ValueError, match="two lists of equal length, two seeds at least"):
            paired_interval(a, [1.0])


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((0.007, 0.004, 0.010), "ahead by 0.7 points (95 % interval 0.4 to 1.0)"),
        ((-0.043, -0.049, -0.037), "behind by 4.3 points (95 % interval 3.7 to 4.9)"),
        ((0.003, 0.001, 0.005), "ahead by 0.3 points (95 % interval 0.1 to 0.5)"),
        ((0.0, -0.002, 0.002), "within half a point (0.0, −0.2 to 0.2)"),
        ((-0.004, -0.013, 0.006), "not resolved (−0.4, −1.3 to 0.6)"),
        ((0.0, -0.005, 0.005), "within half a point (0.0, −0.5 to 0.5)"),
        ((0.0, 0.0, 0.0), "within half a point (0.0, 0.0 to 0.0)"),
        ((0.004, 0.0, 0.008), "not resolved (0.4, 0.0 to 0.8)"),
        # One decimal would contradict the word: it would print 0.0 and 0.5.
        ((0.005, 0.0003, 0.0097), "ahead by 0.50 points (95 % interval 0.03 to 0.97)"),
        ((0.0015, -0.0024, 0.0054), "not resolved (0.15, −0.24 to 0.54)"),
        ((0.0015, -0.002, 0.00504), "not resolved (0.150, −0.200 to 0.504)"),
        # Two decimals of accuracy, subtracted: 0.85 - 0.80 is not quite 0.05.
        ((0.0, 0.8 - 0.805, 0.805 - 0.8), "within half a point (0.0, −0.5 to 0.5)"),
        ((0.0, 1e-17, 1e-17), "within half a point (0.0, 0.0 to 0.0)"),
    ],
)
def test_an_interval_in_words(ends, words):
    assert PairedDifference(*ends).in_words() == words


def test_a_difference_in_short():
    assert PairedDifference(-0.012, -0.02, -0.004).in_short() == "−1.2, behind"


def test_the_word_and_the_printed_numbers_agree_whatever_the_interval():
    random = np.random.default_rng(0)
    seen = set()
    for scale in [0.0001, 0.001, 0.003, 0.01, 0.1] * 400:
        mean, half = random.normal(0, scale), abs(random.normal(0, scale))
        difference = PairedDifference(mean, mean - half, mean + half)
        said = difference.in_words()
        printed = [float(text.replace("−", "-")) for text in re.findall(r"−?\d+\.\d+", said)]
        exact = [100 * value for value in difference]
        if said.startswith("behind"):
            exact = [-exact[0], -exact[2], -exact[1]]
        assert printed == pytest.approx(exact, abs=0.0501)
        middle, low, high = printed
        assert low <= middle <= high
        assert (low > 0) == said.startswith(("ahead", "behind"))
        if low <= 0:
            assert high >= 0
            assert said.startswith("within half a point") == (low >= -0.5 and high <= 0.5)
        assert not re.search(r"-|−0\.0+\b(?!\d)", said), said
        seen.add(difference.word)
    assert seen == {"ahead", "behind", "within half a point", "not resolved"}


def test_a_number_has_a_real_minus_and_zero_none():
    assert [number(value, 1) for value in (-1.25, -0.04, 0.04, 7)] == ["−1.2", "0.0", "0.0", "7.0"]
    assert [number(value, 2, "+") for value in (-1, 0.5)] == ["−1.00", "+0.50"]


def test_a_comparison_is_a_table_and_a_sentence_from_the_same_numbers():
    arms = {"none": [0.80, 0.81, 0.82], "a, b": [0.83, 0.84, 0.86], "c": [0.801, 0.80, 0.83]}
    found = compare(arms, "none")
    assert found.differences == {
        arm: paired_interval(arms[arm], arms["none"]) for arm in ("a, b", "c")
    }
    table = found.table()
    assert list(table.columns) == ["accuracy", "points", "95 % interval", "seeds", "verdict"]
    assert list(table.index) == ["none", "a, b", "c"]
    assert list(table.loc["none"]) == ["0.8100", "", "", 3, "reference"]
    assert list(table.loc["a, b"]) == ["0.8433", "+3.33", "+1.90 to +4.77", 3, "ahead"]
    assert list(table.loc["c"]) == ["0.8103", "+0.03", "−2.45 to +2.52", 3, "not resolved"]
    assert found.in_words() == (
        "Differences from none in points of accuracy, 3 seeds. "
        "a, b: +3.3, ahead; c: 0.0, not resolved."
    )


def test_rows_may_have_references_and_seeds_of_their_own():
    rows = {"short": ([0.5, 0.6], [0.4, 0.5]), "long": ([0.7] * 5, [0.7] * 5)}
    found = Comparison(rows, "no dropout")
    assert found.seeds == "2 to 5 seeds"
    assert list(found.table().index) == ["short", "long"]
    assert [difference.word for difference in found.differences.values()] == [
        "ahead", "within half a point",
    ]  # fmt: skip
    assert compare({"a": [0.1, 0.2], "b": [0.3, 0.5]}, "a").seeds == "2 seeds"


def test_seeds_pair_by_their_order_whatever_their_index():
    a, b = pd.Series([0.8, 0.9, 0.7]), pd.Series([0.7, 0.7, 0.6], index=[7, 8, 9])
    assert paired_interval(a, b) == paired_interval(list(a), list(b))
