"""Every widget of the book: its title, what makes it in a test, and the chapter that shows it."""

from functools import cache, partial

from utils import records
from utils.analysis import architecture_diff
from utils.analysis import layer_sizes as layers
from utils.nets import AlexNet, LeNet, LeNet5, OneTowerAlexNet
from utils.widgets import (
    PRESETS,
    AugmentationStudio,
    ConvolutionArithmetic,
    DropoutMasks,
    FilterExplorer,
    IlsvrcGap,
    Laboratory,
    LiveNet,
    NetworkDiff,
    NetworksToScale,
    ReceptiveField,
    ResponseNorm,
    ShapeGame,
    SignalDepth,
    TrainingPlayer,
)


def recorded_arm(seed=0) -> dict:
    return records.load("short_training")["runs"][seed]["arms"]["AlexNet"]


def player(**settings) -> TrainingPlayer:
    return TrainingPlayer({"one": recorded_arm(), "two": recorded_arm(seed=1)}, **settings)


def single(**settings) -> TrainingPlayer:
    return TrainingPlayer({"one": recorded_arm()}, **{"title": "The full training"} | settings)


def diff(**settings) -> NetworkDiff:
    models = {"paper": AlexNet(width=0.05), "torchvision": OneTowerAlexNet(width=0.05)}
    networks = {
        name: {"stages": architecture_diff.stages(m), "facts": {}} for name, m in models.items()
    }
    networks["paper"]["facts"] = {"parameters": 60_965_224}
    return NetworkDiff(networks, **settings)


def scale(**settings) -> NetworksToScale:
    networks = {"LeNet": layers(LeNet(), (1, 28, 28)), "LeNet-5": layers(LeNet5(), (1, 32, 32))}
    return NetworksToScale(networks, **{"first": "LeNet", "second": "LeNet-5"} | settings)


def explorer(**settings) -> FilterExplorer:
    record = records.load("filters_from_photographs")["runs"][0]["arms"]["96 filters"]
    return FilterExplorer(record["frames"], **settings)


WIDGETS = {
    "The step between two results": (IlsvrcGap, "01_history"),
    "Two networks to scale": (scale, "02_lenet_vs_alexnet"),
    "Convolution arithmetic": (ConvolutionArithmetic, "03_layer_shapes"),
    "What a unit sees": (ReceptiveField, "03_layer_shapes"),
    "Shape game": (ShapeGame, "03_layer_shapes"),
    "Signal and gradient through the layers": (SignalDepth, "04_relu_vs_sigmoid"),
    "Local response normalisation of nine channels": (ResponseNorm, "05_lrn"),
    "Dropout, pass by pass": (DropoutMasks, "06_dropout"),
    "Augmentation studio": (AugmentationStudio, "07_augmentation"),
    "Training player": (player, "08_training"),
    "The full training": (single, "08_training"),
    "Two networks side by side": (diff, "09_which_alexnet"),
    "Filter explorer": (explorer, "10_looking_inside"),
    "AlexNet live": (LiveNet, "11_alexnet_live"),
    "Laboratory": (Laboratory, "11_alexnet_live"),
}
for name, preset in PRESETS.items():
    WIDGETS[f"Laboratory: {name}"] = partial(Laboratory, name), preset.chapter


@cache
def _made(make):
    widget = make()
    names = [name for name in widget.traits(sync=True) if not name.startswith("_")]
    return widget, {name: getattr(widget, name) for name in names}


def python_side(make, **settings):
    """The widget in Python with these settings. What is slow to make is made once."""
    widget, first = _made(make)
    for name, value in (first | settings).items():
        setattr(widget, name, value)
    return widget
