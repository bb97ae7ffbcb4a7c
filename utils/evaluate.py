"""Top-1 and top-5 errors on photographs: `python -m utils.evaluate --help`.

FILE is the weights.safetensors of a training (`python -m utils.train`), or torchvision's AlexNet,
alexnet-owt-7be5be79.pth. The errors are those of the centre crop and of ten crops averaged.
"""

import argparse
import json
import pickle
import sys
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import nn
from torchvision.models import AlexNet_Weights

from utils.data import (
    DataError,
    PhotographFolder,
    photograph_folders,
    torchvision_pixels,
    validation,
)
from utils.nets import OneTowerAlexNet
from utils.system import default_profile
from utils.train import IMAGEFOLDER, Settings
from utils.training import report_top_k

ADDRESS = AlexNet_Weights.IMAGENET1K_V1.url
NO_WEIGHTS = (
    "{} holds no weights that fit: name the weights.safetensors of a training, or torchvision's "
    "alexnet-owt-7be5be79.pth."
)


def trained(weights: Path) -> tuple[nn.Module, Settings]:
    """The network of a training's weights.safetensors, and its settings.

    Raises DataError if the file is missing or no such file.
    """
    try:
        with safetensors.safe_open(weights, framework="pt") as file:
            settings = Settings(**json.loads(file.metadata()["settings"]))
        state = safetensors.torch.load_file(weights)
        scores = state.get("classifier.fc8.bias", range(10))  # LeNet's always ten
        model = settings.model(classes=len(scores))
        model.load_state_dict(state)
    except (KeyError, TypeError, RuntimeError, OSError, safetensors.SafetensorError):
        raise DataError(NO_WEIGHTS.format(weights)) from None
    return model, settings


def load(weights: Path, tree: str, workers: int) -> tuple[nn.Module, PhotographFolder, int]:
    """The network with its weights, the photographs as it wants them, and the side of its input.

    Raises DataError if the file is missing or is neither kind, or if the classes do not fit.
    """
    if not weights.is_file():
        raise DataError(
            f"There is no file {weights}: name the weights.safetensors of a training, or fetch "
            f"torchvision's AlexNet (233 MB, {ADDRESS}) and name that."
        )
    if weights.suffix == ".pth":
        model, size = OneTowerAlexNet(), 224
        try:
            model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        except (RuntimeError, EOFError, OSError, pickle.UnpicklingError):
            raise DataError(NO_WEIGHTS.format(weights)) from None
        data = validation(tree, size, workers, torchvision_pixels())
    else:
        model, settings = trained(weights)
        size = settings.image_size
        _, data = photograph_folders(tree, size, workers, settings.unit)
    classes = list(model.parameters())[-1].numel()
    if len(data.classes) != classes:
        raise DataError(
            f"{weights} knows {classes} classes, and {tree} has {len(data.classes)}: name the tree "
            "that it was trained for."
        )
    return model, data, size


def main() -> None:
    """Whatever goes wrong is one sentence."""
    parser = argparse.ArgumentParser(
        "python -m utils.evaluate", description=__doc__.partition("\n\n")[2]
    )
    parser.add_argument("data", help="imagefolder:PATH, with PATH/val/CLASS/... and PATH/train")
    parser.add_argument("--weights", type=Path, required=True, help="the file, see above")
    parser.add_argument("--workers", type=int, default=2, help="processes that decode photographs")
    options = parser.parse_args()
    if not options.data.startswith(IMAGEFOLDER):
        parser.error(f'data is "{options.data}": it must be {IMAGEFOLDER}PATH.')
    try:
        tree = options.data.removeprefix(IMAGEFOLDER)
        model, data, size = load(options.weights, tree, options.workers)
        print(f"{len(data)} photographs of {len(data.classes)} classes in {data.folder}.")
        report_top_k(model, data, size, default_profile())
    except (DataError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
