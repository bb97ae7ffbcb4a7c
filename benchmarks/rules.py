"""What a recipe of the record must keep to: each rule has a check, and a sentence if it is broken.

A recipe is a Python file with the function `trained(images, seed)`. It gets 55,000 training images
and returns a trained network. book/record.md says the same for people.
"""

import ast
import hashlib
import runpy
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from torch import nn

from utils.nets import D2LAlexNet, LeNet

# Nothing else, so that a recipe can reach no image but those that it is given.
MAY_IMPORT = (
    "collections", "dataclasses", "functools", "math", "torch", "utils.data.labelled",
    "utils.nets", "utils.system", "utils.training",
)  # fmt: skip
READERS = {"open", "load", "hub", "exec", "eval", "__import__", "import_module", "os", "sys"}
SEEDS = 5
# By the side of an image in px: the networks that a recipe may train.
NETWORKS: dict[str, Callable[[int], nn.Module]] = {
    "d2l's AlexNet": lambda side: D2LAlexNet(image_size=side),
    "LeNet": lambda side: LeNet(activation=nn.ReLU, pool=nn.MaxPool2d),
}


class RecipeError(Exception):
    """A recipe breaks a rule; the message says which."""


def load(file: Path) -> Callable[..., nn.Module]:
    """The recipe's function `trained`. Raises RecipeError if the file breaks a rule."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{file} cannot be read ({error.strerror}).") from None
    except (SyntaxError, ValueError) as error:
        raise RecipeError(f"{file} is no Python ({error}).") from None
    for name in _imports(tree):
        if not any(name == allowed or name.startswith(f"{allowed}.") for allowed in MAY_IMPORT):
            raise RecipeError(
                f"{file.name} imports {name}: a recipe may import {', '.join(MAY_IMPORT)}, and "
                "learns from the images that it is given alone."
            )
    for name in _names(tree):
        if name in READERS:
            raise RecipeError(f"{file.name} uses {name}: a recipe reads no files and no addresses.")
    try:
        trained = runpy.run_path(str(file)).get("trained")
    except (Exception, SystemExit) as error:
        kind = type(error).__name__
        raise RecipeError(f"{file.name} cannot be imported ({kind}: {error}).") from None
    if not callable(trained):
        raise RecipeError(f"{file.name} has no function trained(images, seed).")
    return trained


def _imports(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            # `import utils.nets` gives all of `utils` its name.
            names = [alias.name for alias in node.names]
            yield from (name.partition(".")[0] if name[:6] == "utils." else name for name in names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def _names(tree: ast.Module) -> Iterable[str]:
    """Names, attributes and what is imported by name."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name


def seeds(file: Path) -> list[int]:
    """Five seeds that follow from the file's content: whoever changes it gets others."""
    digest = hashlib.sha256(file.read_bytes()).digest()
    return [int.from_bytes(digest[4 * i : 4 * i + 4]) % 1_000_000 for i in range(SEEDS)]


def network_name(network: object) -> str:
    """Which of NETWORKS it is: by the shapes of its parameters, and by what it answers.

    Raises RecipeError if it is none of them.
    """
    if not isinstance(network, nn.Module):
        raise RecipeError(f"trained returned a {type(network).__name__}, not a network.")
    network = getattr(network, "_orig_mod", network)  # what torch.compile has wrapped
    shapes, side = _shapes(network), getattr(network, "image_size", 0)
    if not (type(side) is int and 0 < side < 1000):
        raise RecipeError(f"The network's image_size is {side!r}: a side in px is needed.")
    for name, build in NETWORKS.items():
        try:
            reference = build(side)
        except ValueError:  # it reads no images of this size
            continue
        if _shapes(reference) == shapes:
            _compare(network, reference, side, name)
            return name
    raise RecipeError(
        f"The network has other layers than {' and '.join(NETWORKS)}: layers, kernels, strides, "
        "channels and hidden units stay, under their names, and image_size says what it reads."
    )


def _shapes(network: nn.Module) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in network.state_dict().items()}


@torch.no_grad()
def _compare(network: nn.Module, reference: nn.Module, side: int, name: str) -> None:
    """Raises RecipeError if the two, with the same weights, answer differently."""
    reference.load_state_dict(network.state_dict())
    x = torch.rand(4, 1, side, side, generator=torch.Generator().manual_seed(0))
    network.float().cpu().eval()
    try:
        found, expected = network(x), reference.eval()(x)
        close = (found - expected).abs().max() <= 1e-3 * expected.abs().max()
    except (RuntimeError, TypeError, ValueError) as error:
        raise RecipeError(f"The network does not answer images of {side} px ({error}).") from None
    if not close:
        raise RecipeError(f"With its weights {name} answers otherwise: only it may be trained.")


def different(runs: Iterable[dict]) -> None:
    """Raises RecipeError if two seeds have trained the same weights."""
    checksums = [run["weights"] for run in runs]
    if len(set(checksums)) < len(checksums):
        raise RecipeError("Two seeds gave the same weights: the seed must decide the training.")
