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
NORMAL = "N(0,\u00a00.01²)"  # a name that stays in one line
LENET = {"network": "LeNet", "rate": 0.01}  # each at the rate that suits it
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


PRESETS = {
    "parameters or images": Preset(
        "02_lenet_vs_alexnet",
        "Which brings more: twenty times the parameters, or eight times as many images?",
        _arms(
            {
                "LeNet, 1,000 images": LENET | {"images": 1000, "epochs": 30},
                "AlexNet, 1,000 images": ALEXNET | {"images": 1000, "epochs": 30},
                "LeNet, 8,000 images": LENET | {"images": 8000, "epochs": 5},
            }
        ),
    ),
    "activation": Preset(
        "04_relu_vs_sigmoid",
        "Which of these never leaves 2.303?",
        _arms(
            {
                f"tanh, {NORMAL}": {"activation": "tanh", "initial": "0.01"},
                f"ReLU, {NORMAL}": {"activation": "ReLU", "initial": "0.01"},
                "ReLU, He": {"activation": "ReLU", "initial": "He"},
                "sigmoid, Xavier": {"activation": "sigmoid", "initial": "Xavier"},
            }
        ),
        {"rate": 0.05, "epochs": 5},
    ),
    "normalisation": Preset(
        "05_lrn",
        "Which line does LRN’s follow: the constant’s, or that of the plain network?",
        _arms({"plain": {"norm": "none"}} | {norm: {"norm": norm} for norm in ("constant", "LRN")}),
        {"network": "quarter-width AlexNet", "rate": 0.02, "epochs": 2},
    ),
    "dropout": Preset(
        "06_dropout",
        "Which of these does better on images that it has never seen than on those it learns from?",
        _arms({f"p = {p}": {"dropout": p} for p in CHOICES["dropout"]}),
        {"rate": 0.002, "batch": 16, "images": 1000, "epochs": 20},
    ),
    "augmentation": Preset(
        "07_augmentation",
        "1,000 images are few: which of these helps on images that no network has seen?",
        _arms(
            {
                "plain": {"flip": False, "crop": False},
                "crops": {"flip": False, "crop": True},
                "reflections": {"flip": True, "crop": False},
                "both": {"flip": True, "crop": True},
            }
        ),
        {"images": 1000, "epochs": 30},
    ),
    "batch size": Preset(
        "08_training",
        "A batch four times as large makes a quarter of the steps: does four times the learning "
        "rate make up for it?",
        _arms(
            {
                "32 at 0.005": {"batch": 32, "rate": 0.005},
                "32 at 0.02": {"batch": 32, "rate": 0.02},
                "128 at 0.005": {"batch": 128, "rate": 0.005},
                "128 at 0.02": {"batch": 128, "rate": 0.02},
            }
        ),
        {"epochs": 5},
    ),
}
