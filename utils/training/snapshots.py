"""Snapshots of a training, for the player: first-layer filters and mistakes at chosen steps."""

from collections.abc import Sequence

import numpy as np
from torch import nn

from utils import records
from utils.data import Labelled
from utils.training.loop import predict
from utils.training.recipe import History, Recipe

# Dense at the beginning, where the filters change most; 469, 938, 1407 and 1876 end the epochs of
# chapter 8's run.
STEPS = (0, 10, 30, 60, 100, 200, 300, 469, 700, 938, 1407, 1876)


class Snapshots:
    """Give it to `train` as `callback`: it takes a frame at each of `steps`.

    The frames, in `history.frames`, are plain values for a record: `step`; `test accuracy`;
    `confusion`, packed, the counts (true class, predicted class) on `test_set`; `filters`, packed,
    the weights of the first convolution (filters, channels, k, k) as whole numbers, of which 127
    stand for `largest weight`.
    """

    def __init__(self, test_set: Labelled, recipe: Recipe, steps: Sequence[int] = STEPS):
        self.test_set, self.recipe, self.steps = test_set, recipe, steps
        self.history = History(recipe)

    def __call__(self, history: History, model: nn.Module) -> None:
        self.history = history
        if len(history.losses) in self.steps:
            mode = model.training
            history.frames.append({"step": len(history.losses), **self._frame(model)})
            model.train(mode)

    def _frame(self, model: nn.Module) -> dict:
        from sklearn.metrics import confusion_matrix  # takes a second, which few trainings need

        answers = predict(model, self.test_set, self.recipe).argmax(1).cpu()
        counts = confusion_matrix(self.test_set.labels, answers, labels=range(10))
        first = next(layer for layer in model.modules() if isinstance(layer, nn.Conv2d))
        filters, largest = records.pack_filters(first.weight)
        return {
            "test accuracy": round(float(counts.trace() / counts.sum()), 5),
            "confusion": records.pack(counts.astype(np.uint16)),
            "filters": filters,
            "largest weight": largest,
        }
