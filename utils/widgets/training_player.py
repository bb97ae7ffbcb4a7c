"""The training player: recorded runs, their curves, first-layer filters and mistakes."""

import math

import numpy as np
import traitlets as t
from matplotlib.figure import Figure
from torchvision.datasets import FashionMNIST

from utils import records
from utils.figures import curves
from utils.widgets.base import Widget, module

NAMES = {"T-shirt/top": "T-shirt", "Ankle boot": "Boot"}  # a narrow table has no room for more


class TrainingPlayer(Widget):
    """Scrub through recorded runs with frames, two at a time, or through a single one.

    `films` maps a label to one arm of a record: {"AlexNet": record["runs"][0]["arms"]["AlexNet"]}.
    `first` and `second` count the two runs that are shown, `frame` the steps at which they were
    filmed. `title` is its name on the page: two players on one page need two.

    Raises ValueError if there is no film, or one without frames or of another kind of filters, and
    TraitError for a run or a frame that is not there.
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

    def __init__(self, films: dict[str, dict], **settings):
        if not films or not all(film.get("frames") for film in films.values()):
            raise ValueError(
                "The player needs runs with frames: record them with `callback=Snapshots(…)`."
            )
        frames = [frame for film in films.values() for frame in film["frames"]]
        filters = [records.unpack(frame["filters"]) for frame in frames]
        shapes = {array.shape for array in filters}
        if len(shapes) > 1 or next(iter(shapes))[1] != 1:
            raise ValueError(
                f"The player shows runs with equal first layers of one channel, not {shapes}."
            )
        count, _, side, _ = filters[0].shape
        confusions = [records.unpack(frame["confusion"]).astype("<u2") for frame in frames]
        super().__init__(
            runs=_runs(films),
            filters=np.stack(filters).tobytes(),
            confusions=np.stack(confusions).tobytes(),
            filter_shape=[count, side],
            classes=[NAMES.get(name, name) for name in FashionMNIST.classes],
            second=settings.pop("second", min(1, len(films) - 1)),
            steps_per_epoch=math.ceil(60_000 / next(iter(films.values()))["recipe"]["batch_size"]),
            **settings,
        )

    @t.validate("first", "second", "frame")
    def _exists(self, proposal: dict) -> int:
        """Only runs and frames that are there; what JavaScript sends is checked as well."""
        name = proposal["trait"].name
        end = max(len(r["steps"]) for r in self.runs) if name == "frame" else len(self.runs)
        if proposal["value"] >= end:
            raise t.TraitError(f"{name} must be between 0 and {end - 1}.")
        return proposal["value"]

    @property
    def caption(self) -> str:
        what = "Recorded trainings" if len(self.runs) > 1 else "A recorded training"
        steps = max(len(run["steps"]) for run in self.runs)
        return (
            f"{what} on all 60,000 images of Fashion-MNIST, filmed at {steps} steps and tested on "
            "the 10,000 test images each time."
        )

    @property
    def heights(self) -> tuple[int, int]:
        filters = 40 * math.ceil(self.filter_shape[0] / 8)  # eight stand in a row
        if len(self.runs) > 1:
            return 840 + filters, 1470 + 2 * filters
        return max(750, 460 + filters), 1095 + filters

    def still(self) -> tuple[Figure, str, bool]:
        shown = [self.runs[run] for run in dict.fromkeys([self.first, self.second])]
        steps = max((run["steps"] for run in shown), key=len)
        accuracies = {
            run["label"]: [run["accuracies"] + [math.nan] * (len(steps) - len(run["steps"]))]
            for run in shown
        }
        last = ", ".join(f"{run['label']} {run['accuracies'][-1]:.2f}" for run in shown)
        what = "two recorded runs" if len(shown) > 1 else "a recorded run"
        alt = f"Test accuracy against the training step for {what}. At the end: {last}."
        return curves(accuracies, steps, "step", "test accuracy"), alt, False


def _runs(films: dict[str, dict]) -> list[dict]:
    """What the curves need of each run, and where its frames begin."""
    runs, offset = [], 0
    for label, film in films.items():
        frames = film["frames"]
        runs.append(
            {
                "label": label,
                "offset": offset,
                "steps": [frame["step"] for frame in frames],
                "accuracies": [frame["test accuracy"] for frame in frames],
                "largest": [frame["largest weight"] for frame in frames],
                "losses": film["losses"],
                "every": film["losses_every"],
            }
        )
        offset += len(frames)
    return runs
