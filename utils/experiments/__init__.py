"""Experiments over many seeds: one module each, with one function `run(seed, **settings)`.

`run` returns the measurements of every arm for that seed. A notebook calls it live with few steps;
`python -m utils.experiments NAME --seeds 10` records it for many seeds in `utils/records/runs/`.
"""

NAMES = (
    "short_training",
    "short_training_lenet",
    "recipe_settings",
    "batch_sizes",
    "schedules",
    "changed_training",
    "full_training",
    "full_training_lenet",
    "fast_ladder",
    "activation_speed",
    "activation_depth",
    "sigmoid_start",
    "lazy_initialisation",
    "first_biases",
    "single_changes",
    "training_set_size",
    "features_made_or_learned",
    "dropout_rates",
    "dropout_beside",
    "dropout_longer",
    "augmentation_views",
    "augmentation_colour",
    "normalisation",
    "filters_from_photographs",
    "filters_without_task",
    "colour_columns",
    "transfer",
)
