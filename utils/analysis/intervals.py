"""How sure a difference over paired seeds is."""

from collections.abc import Sequence

import numpy as np
from scipy import stats


def paired_interval(
    values: Sequence[float], reference: Sequence[float]
) -> tuple[float, float, float]:
    """Mean of `values - reference` seed by seed, and the ends of its 95 % t interval.

    Raises ValueError if the two are not of equal length, or shorter than two seeds.
    """
    if len(values) != len(reference) or len(values) < 2:
        raise ValueError(
            f"A paired interval needs two lists of equal length, two seeds at least; these have "
            f"{len(values)} and {len(reference)}."
        )
    differences = np.subtract(values, reference)
    mean = differences.mean()
    half = stats.t.ppf(0.975, len(differences) - 1) * stats.sem(differences)
    return float(mean), float(mean - half), float(mean + half)
