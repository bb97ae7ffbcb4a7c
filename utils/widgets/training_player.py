"""The training player: recorded runs, their curves, first-layer filters and mistakes."""

import math

import numpy as np
import traitlets as t
from torchvision.datasets import FashionMNIST

from utils import records
from utils.figures import curves
from utils.widgets.base import Still, Widget, known, module

# What the curves need of each frame, by its name there.
SERIES = {"steps": "step", "accuracies": "test accuracy", "largest": "largest weight"}
NAMES = {"T-shirt/top": "T-shirt", "Ankle boot": "Boot"}  # a narrow table has no room for more


class TrainingPlayer(Widget):
    """Scrub through recorded runs with frames, two at a time, or through a single one.

    `runs` maps a label to one arm of a record: {"AlexNet": record["runs"][0]["arms"]["AlexNet"]}.
    `first` and `second` count the two runs that are shown, `frame` the steps at which they were
    recorded. `title` is its name on the page: two players on one page need two.

    Raises ValueError if there is no run, or one without frames or of another kind of filters.
    """

    _esm = module("training_player.js")
    title = t.Unicode("Training player").tag(sync=True)
    runs = t.List(help="label, steps, curves; `offset` is the place of its frames").tag(sync=True)
    filters = t.Bytes(help="int8 (frames of all runs, filters, k, k)").tag(sync=True)
    confusions = t.Bytes(help="little-endian uint16 (frames of all runs, 10, 10)").tag(sync=True)
    filter_shape = t.List(t.Int(), help="number and side of the filters").tag(sync=True)
    classes = t.List(t.Unicode()).tag(sync=True)
    steps_per_epoch = t.Int().tag(sync=True)
    first = t.Int(0, min=0).tag(sync=True)
    second = t.Int(1, min=0).tag(sync=True)
    view = t.Enum(["weights", "change"], "weights", help="of the filters").tag(sync=True)
    frame = t.Int(0, min=0).tag(sync=True)

    def __init__(self, runs: dict[str, dict], **settings):
        if not runs or not all(run.get("frames") for run in runs.values()):
            wish = "record them with `callback=Snapshots(…)`"
            raise ValueError(f"The player needs runs with frames: {wish}.")
        frames, stored = [], []
        for label, run in runs.items():
            series = {name: [frame[key] for frame in run["frames"]] for name, key in SERIES.items()}
            about = {"label": label, "offset": len(frames), "every": run["losses_every"]}
            stored.append(about | series | {"losses": run["losses"]})
            frames += run["frames"]
        filters = [records.unpack(frame["filters"]) for frame in frames]
        count, channels, side, _ = filters[0].shape
        shapes = {array.shape for array in filters}
        if len(shapes) > 1 or channels != 1:
            equal = "runs with equal first layers of one channel"
            raise ValueError(f"The player shows {equal}, not {shapes}.")
        confusions = [records.unpack(frame["confusion"]).astype("<u2") for frame in frames]
        settings.setdefault("second", min(1, len(runs) - 1))
        super().__init__(
            runs=stored,
            filters=np.stack(filters).tobytes(),
            confusions=np.stack(confusions).tobytes(),
            filter_shape=[count, side],
            classes=[NAMES.get(name, name) for name in FashionMNIST.classes],
            steps_per_epoch=math.ceil(60_000 / next(iter(runs.values()))["recipe"]["batch_size"]),
            **settings,
        )

    @t.validate("first", "second", "frame")
    def _exists(self, proposal: dict) -> int:
        of_frames = proposal["trait"].name == "frame"
        end = max(len(run["steps"]) for run in self.runs) if of_frames else len(self.runs)
        return known(proposal, range(end), f"between 0 and {end - 1}")

    @property
    def caption(self) -> str:
        what = "Recorded trainings" if len(self.runs) > 1 else "A recorded training"
        steps = max(len(run["steps"]) for run in self.runs)
        how = f"with snapshots at {steps} steps, each tested on the 10,000 test images"
        return f"{what} on all 60,000 images of Fashion-MNIST, {how}."

    @property
    def heights(self) -> tuple[int, int]:
        filters = 40 * math.ceil(self.filter_shape[0] / 8)  # eight stand in a row
        if len(self.runs) > 1:
            return 840 + filters, 1470 + 2 * filters
        return max(750, 460 + filters), 1095 + filters

    def still(self) -> Still:
        shown = [self.runs[run] for run in dict.fromkeys([self.first, self.second])]
        steps = max((run["steps"] for run in shown), key=len)
        accuracies = {run["label"]: [run["accuracies"]] for run in shown}
        last = ", ".join(f"{run['label']} {run['accuracies'][-1]:.2f}" for run in shown)
        what = "two recorded runs" if len(shown) > 1 else "a recorded run"
        alt = f"Test accuracy against the training step for {what}. At the end: {last}."
        return curves(accuracies, steps, "step", "test accuracy"), alt, False
