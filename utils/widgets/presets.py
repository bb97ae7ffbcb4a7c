"""What the laboratory can be set to, and the experiments that chapters begin it with."""

from dataclasses import dataclass, field

from utils.nets import NETWORKS, NORMS

CHOICES = {
    "network": tuple(NETWORKS),
    "activation": ("ReLU", "tanh", "sigmoid"),
    "initial": ("He", "Xavier", "0.01"),
    "norm": tuple(NORMS),
    "dropout": (0, 0.25, 0.5, 0.75),
    "optimiser": ("SGD", "momentum", "Adam"),
    "rate": (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    "batch": (16, 32, 64, 128, 256),
    "images": (1000, 2000, 4000, 8000),
    "flip": (False, True),
    "crop": (False, True),
    "epochs": (1, 2, 3, 5, 10, 20, 30),
    "seed": tuple(range(10)),
}
DEFAULTS = {
    "network": "LeNet",
    "activation": "ReLU",
    "initial": "He",
    "norm": "none",
    "dropout": 0,
    "optimiser": "momentum",
    "rate": 0.01,
    "batch": 64,
    "epochs": 3,
    "seed": 0,
    "images": 8000,
    "flip": False,
    "crop": False,
}
ALEXNET = {"network": "quarter-width AlexNet", "rate": 0.005}


@dataclass(frozen=True)
class Preset:
    """An experiment: a question, and the trainings that answer it beside each other.

    `base` differs from DEFAULTS. `arms` are two to four of {"name": what differs, in a few words,
    "settings": what differs from the base}.
    """

    chapter: str
    question: str
    arms: list[dict]
    base: dict = field(default_factory=dict)

    @property
    def knobs(self) -> list[str]:
        """The names of the settings that the arms vary."""
        return [name for name in CHOICES if any(name in arm["settings"] for arm in self.arms)]

    def whole_arms(self) -> list[dict]:
        """The arms with all their settings."""
        whole = DEFAULTS | self.base
        return [arm | {"settings": whole | arm["settings"]} for arm in self.arms]


def _arms(settings: dict[str, dict]) -> list[dict]:
    return [{"name": name, "settings": differs} for name, differs in settings.items()]


FEW, ALL = {"images": 1000, "epochs": 20}, {"images": 8000, "epochs": 3}
PRESETS = {
    "training-set size": Preset(
        "02_lenet_vs_alexnet",
        "Which of the two networks gains more from eight times as many images?",
        _arms(
            {
                "LeNet, 1,000 images": {"network": "LeNet", "rate": 0.01} | FEW,
                "LeNet, 8,000 images": {"network": "LeNet", "rate": 0.01} | ALL,
                "AlexNet, 1,000 images": ALEXNET | FEW,
                "AlexNet, 8,000 images": ALEXNET | ALL,
            }
        ),
    ),
    "activation": Preset(
        "04_relu_vs_sigmoid",
        "Which of these never leaves 2.303?",
        _arms(
            {
                "sigmoid, N(0, 0.01)": {"activation": "sigmoid", "initial": "0.01"},
                "tanh, N(0, 0.01)": {"activation": "tanh", "initial": "0.01"},
                "ReLU, N(0, 0.01)": {"activation": "ReLU", "initial": "0.01"},
                "ReLU, He": {"activation": "ReLU", "initial": "He"},
            }
        ),
        ALEXNET,
    ),
    "normalisation": Preset(
        "05_lrn",
        "Which of these learns faster than the network without a normalisation?",
        _arms(
            {
                "none": {"norm": "none"},
                "LRN": {"norm": "LRN"},
                "constant": {"norm": "constant"},
                "batch norm": {"norm": "batch norm"},
            }
        ),
        ALEXNET,
    ),
    "dropout": Preset(
        "06_dropout",
        "How much dropout does a network bear that learns from 1,000 images?",
        _arms(
            {
                "p = 0": {"dropout": 0},
                "p = 0.25": {"dropout": 0.25},
                "p = 0.5": {"dropout": 0.5},
                "p = 0.75": {"dropout": 0.75},
            }
        ),
        ALEXNET | FEW,
    ),
    "augmentation": Preset(
        "07_augmentation",
        "Which of these closes the gap between training and test accuracy?",
        _arms(
            {
                "none": {"flip": False, "crop": False},
                "flip": {"flip": True, "crop": False},
                "crop": {"flip": False, "crop": True},
                "both": {"flip": True, "crop": True},
            }
        ),
        {"images": 1000, "epochs": 30},
    ),
    "learning rate": Preset(
        "08_training",
        "Which of these learning rates is too large?",
        _arms(
            {
                "0.001": {"rate": 0.001},
                "0.01": {"rate": 0.01},
                "0.1": {"rate": 0.1},
                "0.5": {"rate": 0.5},
            }
        ),
    ),
}
