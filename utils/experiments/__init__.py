"""Experiments over many seeds: one module each, with one function `run(seed, **settings)`.

`run` returns the measurements of every arm for that seed. A notebook calls it live with few steps;
`python -m utils.experiments NAME --seeds 10` records it for many seeds in `utils/records/runs/`.

Seeds are paired: the arms of one seed share images, their order and, where they can, the initial
weights. Accuracies are shares, 0 to 1. A training whose loss stops being a number has the accuracy
of guessing.

common      images, networks, and a training with its accuracies
selection   which of the settings tried is the best
recording   seeds side by side, and the record
"""

from utils.experiments.common import Sets, lenet
from utils.experiments.selection import best_rates

NAMES = (
    "features_made_or_learned",  # chapter 1
    "single_changes", "training_set_size",  # chapter 2
    "activation_depth", "activation_speed", "activation_fan_ins", "sigmoid_start",  # chapter 4
    "lazy_initialisation", "first_biases", "normalisation",  # chapters 4, 5
    "dropout_rates", "dropout_beside", "dropout_longer",  # chapter 6
    "augmentation_views", "augmentation_colour",  # chapter 7
    "short_training", "short_training_lenet", "changed_training", "full_training",  # chapter 8
    "full_training_lenet", "recipe_settings", "batch_sizes", "schedules", "fast_ladder",
    "filters_from_photographs", "filters_without_task", "colour_columns", "transfer",  # chapter 10
)  # fmt: skip
