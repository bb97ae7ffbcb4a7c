"""The laboratory: networks that the reader trains, in the page itself."""

import math
from textwrap import wrap

import torch
import traitlets as t
from matplotlib import pyplot as plt
from torch import nn

from utils import records
from utils.data import MEAN, STD, Dataset
from utils.figures import GREY
from utils.nets import NORMS, Constant, laboratory_net
from utils.widgets.base import Still, Widget, known, module, style
from utils.widgets.presets import CHOICES, PRESETS

SUITABLE = {"LeNet": 0.01, "quarter-width AlexNet": 0.005}  # learning rates
# What a reader of the laboratory without a preset sees at once.
KNOBS = ["network", "activation", "initial", "norm", "optimiser", "rate"]


def described(net: nn.Module) -> dict:
    """The "layers" of a network and its "input" as the engine of `utils/widgets/engine` builds it.

    Raises ValueError for a kind of layer that it does not know.
    """
    both = (*net.features.named_children(), *net.classifier.named_children())
    layers = [[name, *_described_layer(name, layer)] for name, layer in both]
    return {"input": [net.in_channels, net.image_size, net.image_size], "layers": layers}


def _described_layer(name: str, layer: nn.Module) -> tuple[str, dict]:
    """Its kind and its settings."""
    match layer:
        case nn.Conv2d(kernel_size=(kernel, _), stride=(stride, _), padding=(padding, _)):
            about = {"channels": layer.out_channels, "kernel_size": kernel, "stride": stride}
            about |= {"padding": padding, "groups": layer.groups}
            return "conv2d", about | {"ceil_mode": hasattr(layer, "ceil_mode")}
        case nn.MaxPool2d():
            names = ("kernel_size", "stride", "ceil_mode")
            return "max_pool2d", {name: getattr(layer, name) for name in names}
        case nn.ReLU() | nn.Tanh() | nn.Sigmoid():
            return type(layer).__name__.lower(), {}
        case nn.Linear():
            return "linear", {"features": layer.out_features}
        case nn.LocalResponseNorm():
            return "lrn", {name: getattr(layer, name) for name in ("size", "alpha", "beta", "k")}
        case nn.BatchNorm2d():
            return "batch_norm", {}
        case Constant():
            return "constant", {"factor": layer.factor}
        case nn.Dropout():
            return "dropout", {"p": layer.p}
    raise ValueError(f"{name} is a {type(layer).__name__}, which nobody describes yet.")


def recorded_bands(preset: str) -> list[dict]:
    """Of each arm of a preset, what its recorded seeds did; [] without a record.

    "losses" are [place in steps, low, high], "tests" [low, high] after each epoch.
    """
    try:
        runs = records.load("laboratory")["runs"]
    except FileNotFoundError:
        return []
    found = []
    for run in runs:
        if run["preset"] != preset:
            continue
        settings = {name: value for name, value in run["settings"].items() if name != "seed"}
        blocks = list(zip(*(seed["losses"] for seed in run["seeds"]), strict=True))
        size = settings["epochs"] * (settings["images"] // settings["batch"]) / len(blocks)
        losses = [[(i + 0.5) * size, min(b), max(b)] for i, b in enumerate(blocks)]
        tests = zip(*(seed["tests"] for seed in run["seeds"]), strict=True)
        tests = [[min(values), max(values)] for values in tests]
        found.append({"settings": settings, "losses": losses, "tests": tests})
    return found


class Laboratory(Widget):
    """Trains networks on up to 8,000 images in the browser, and tests them after each epoch.

    `Laboratory("activation")` begins with an experiment of `presets.py`: its question, its arms to
    train one after the other, and behind their curves what their recorded seeds did. Without a name
    all is the reader's choice. The images come after a click on *Train*.
    """

    _esm, _css = module("laboratory.js"), style("laboratory.css")
    caption = "Networks that train in your browser; grey: what recorded seeds did."
    files = ("engine", "clothes")
    address = "lab"
    network = t.Enum(CHOICES["network"], "LeNet").tag(sync=True)
    activation = t.Enum(CHOICES["activation"], "ReLU").tag(sync=True)
    initial = t.Enum(CHOICES["initial"], "He", help="initial weights").tag(sync=True)
    norm = t.Enum(CHOICES["norm"], "none").tag(sync=True)
    dropout = t.Enum(CHOICES["dropout"], 0).tag(sync=True)
    optimiser = t.Enum(CHOICES["optimiser"], "momentum").tag(sync=True)
    rate = t.Enum(CHOICES["rate"], 0.01, help="learning rate").tag(sync=True)
    batch = t.Enum(CHOICES["batch"], 64).tag(sync=True)
    epochs = t.Enum(CHOICES["epochs"], 3).tag(sync=True)
    seed = t.Int(0, min=0, max=9).tag(sync=True)
    images = t.Enum(CHOICES["images"], 8000).tag(sync=True)
    flip = t.Bool(False).tag(sync=True)
    crop = t.Bool(False, help="a window of 24 of the 28 px").tag(sync=True)
    preset = t.Unicode().tag(sync=True)
    title, question = (t.Unicode().tag(sync=True) for _ in range(2))
    arms = t.List(help="name, settings").tag(sync=True)
    knobs = t.List(KNOBS, help="settings that are in sight").tag(sync=True)
    bands = t.List(help="see `recorded_bands`").tag(sync=True)
    choices = t.List([[*pair] for pair in CHOICES.items()]).tag(sync=True)
    networks = t.List(help="name, rate that suits it, input, layers").tag(sync=True)
    norms = t.Dict(help="kind and settings of each layer").tag(sync=True)
    mean = t.Float(MEAN).tag(sync=True)
    std = t.Float(STD).tag(sync=True)
    classes = t.List(t.Unicode(), list(Dataset.classes)).tag(sync=True)

    def __init__(self, preset: str = "", **settings):
        with torch.device("meta"):  # layers without weights
            plain = {name: described(laboratory_net(name)) for name in SUITABLE}
            layers = {name: make(4) for name, make in NORMS.items() if make}
        parts = {
            "networks": [{"name": n, "rate": rate} | plain[n] for n, rate in SUITABLE.items()],
            "norms": {name: _described_layer(name, layer) for name, layer in layers.items()},
            "title": "Laboratory",
        }
        if plan := PRESETS.get(preset):  # of another, the trait says that it does not exist
            arms = plan.whole_arms()
            parts |= {"title": f"Laboratory: {preset}", "question": plan.question, "arms": arms}
            parts |= {"knobs": plan.knobs, "bands": recorded_bands(preset)}
            settings = arms[0]["settings"] | settings
        super().__init__(preset=preset, **parts, **settings)

    @property
    def heights(self) -> tuple[int, int]:
        # A control takes 28 px, a line of the question 20, one of the arms 40.
        controls = len({*self.knobs, "epochs", "seed"})
        if not self.arms:
            question, arms = (2, 3), (0, 0)
        else:
            buttons = " ".join("-" * (len(arm["name"]) + 5) for arm in self.arms)
            question, arms = (
                [len(wrap(s, width)) for width in (92, 46)] for s in (self.question, buttons)
            )
        wide = 985 + 28 * math.ceil(controls / 2) + 20 * question[0] + 40 * arms[0]
        return wide, 1780 + 28 * controls + 20 * question[1] + 40 * arms[1]

    @t.validate("preset")
    def _exists(self, proposal: dict) -> str:
        name = known(proposal, ["", *PRESETS], f"one of these: {', '.join(PRESETS)}")
        if name and name not in self.title:  # its arms and bands are another's
            raise t.TraitError(f'preset cannot change: make a new one, Laboratory("{name}").')
        return name

    def still(self) -> Still:
        """Empty axes: what recorded seeds did would give the answer away."""
        steps = self.epochs * (self.images // self.batch)
        fig, ax = plt.subplots(figsize=(5, 3.4))
        ax.axhline(math.log(10), linestyle="--", color=GREY, label="guessing")
        ax.set(xlabel="step", ylabel="loss", xlim=(0, steps), ylim=(0, 3))
        ax.text(0.5, 0.4, "The page draws the loss here.", ha="center", transform=ax.transAxes)
        fig.legend(loc="outside lower center")
        alt = (
            f"Axes for the loss over {steps} steps, still empty; a dashed line at "
            f"{math.log(10):.3f} marks guessing."
        )
        return fig, alt, False
