"""Which of the settings tried an experiment takes: the one that does best on validation images."""

from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from statistics import mean

ACCURACY = itemgetter("validation")


def best_setting(
    seeds: Sequence[list | dict], score: Callable = ACCURACY, settings: Iterable | None = None
) -> int | float | str:
    """The setting with the best mean score over the seeds; of equally good ones the first.

    Each seed has a list or a dictionary of what was measured. A setting is a place in the list or a
    key of the dictionary; without `settings` all are compared.
    """
    if settings is None:
        settings = range(len(seeds[0])) if isinstance(seeds[0], list) else seeds[0]
    return max(settings, key=lambda setting: mean(score(tries[setting]) for tries in seeds))


def best_rates(
    runs: list[dict], score: Callable = ACCURACY, rates: Iterable | None = None
) -> dict[str, int | str]:
    """The best learning rate of each arm of a record, as `best_setting` tells it."""
    seeds = [run["arms"] for run in runs]
    return {arm: best_setting([seed[arm] for seed in seeds], score, rates) for arm in seeds[0]}
