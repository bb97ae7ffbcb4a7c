"""The paired interval is that of scipy's own test."""

import numpy as np
import pytest
from scipy import stats

from utils.analysis import paired_interval


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
