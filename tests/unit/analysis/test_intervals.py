"""The paired interval agrees with scipy's own test and covers as often as it says."""

import numpy as np
import pytest
from scipy import stats

from utils.intervals import paired_interval


def test_it_is_the_interval_of_the_paired_t_test():
    a, b = [0.83, 0.85, 0.81, 0.86], [0.80, 0.83, 0.82, 0.81]
    mean, low, high = paired_interval(a, b)
    expected = stats.ttest_rel(a, b).confidence_interval(0.95)
    assert mean == pytest.approx(np.mean(a) - np.mean(b))
    assert (low, high) == pytest.approx((expected.low, expected.high))


def test_it_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(500):
        a, b = rng.normal(1, 1, 5), rng.normal(0, 1, 5)
        _, low, high = paired_interval(a, b)
        hits += low < 1 < high
    assert 0.92 < hits / 500 < 0.98


@pytest.mark.parametrize(("a", "b"), [([1.0], [1.0]), ([1.0, 2.0], [1.0])])
def test_too_few_or_unpaired_seeds_are_refused(a, b):
    with pytest.raises(ValueError, match="two lists of equal length, two seeds at least"):
        paired_interval(a, b)
