"""What a recipe of the record must keep to: each rule has a check, and a sentence if it is broken.

A recipe is a Python file with the function `trained(images, seed)`. It gets 55,000 training images
and returns a trained network. book/record.md says the same for people.
"""

import ast
import hashlib
import runpy
from collections.abc import Callable, Iterable
from contextlib import suppress
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
ROUNDING = 0.002  # between the accuracies of two arrangements of one network
# By the side of an image in px: the networks that a recipe may train.
NETWORKS: dict[str, Callable[[int], nn.Module]] = {
    "d2l's AlexNet": lambda side: D2LAlexNet(image_size=side),
    "LeNet": lambda side: LeNet(activation=nn.ReLU, pool=nn.MaxPool2d),
}


class RecipeError(Exception):
    """A recipe breaks a rule; the message says which."""


def load(file: Path) -> Callable[..., nn.Module]:
    """The recipe's function `trained`. Raises RecipeError if the file breaks a rule."""
    tree = _parsed(file)
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


def _parsed(file: Path) -> ast.Module:
    try:
        return ast.parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{file} cannot be read ({error.strerror}).") from None
    except (SyntaxError, ValueError) as error:
        raise RecipeError(f"{file} is no Python ({error}).") from None


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


def code_hash(file: Path) -> str:
    """SHA-256 of what the file does: comments, docstrings and layout do not count."""
    tree = _parsed(file)
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [line for line in body if not _idle(line)] or [ast.Pass()]
    return hashlib.sha256(ast.unparse(tree).encode()).hexdigest()


def _idle(line: ast.stmt) -> bool:
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)


def seeds(file: Path) -> list[int]:
    """Five seeds that follow from the file's code: whoever changes it gets others."""
    digest = bytes.fromhex(code_hash(file))
    return [int.from_bytes(digest[4 * i : 4 * i + 4]) % 1_000_000 for i in range(SEEDS)]


def network_name(network: object) -> str:
    """Which of NETWORKS it is, by the shapes of its parameters.

    Raises RecipeError if it is none of them.
    """
    if not isinstance(network, nn.Module):
        raise RecipeError(f"trained returned a {type(network).__name__}, not a network.")
    side = getattr(network, "image_size", 0)
    if not (type(side) is int and 0 < side < 1000):
        raise RecipeError(f"The network's image_size is {side!r}: a side in px is needed.")
    shapes = _shapes(_unwrapped(network))
    for name, build in NETWORKS.items():
        with suppress(ValueError), torch.device("meta"):  # it reads no images of this size
            own = build(side)
            if own.image_size == side and _shapes(own) == shapes:
                return name
    raise RecipeError(
        f"The network has other layers than {' and '.join(NETWORKS)}: layers, kernels, strides, "
        "channels and hidden units stay, under their names, and image_size says what it reads."
    )


def _unwrapped(network: nn.Module) -> nn.Module:
    """What `torch.compile` has wrapped."""
    return getattr(network, "_orig_mod", network)


def _shapes(network: nn.Module) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in network.state_dict().items()}


def plain(network: nn.Module) -> nn.Module:
    """The book's own network of that name, with these weights: its answers are what counts."""
    own = NETWORKS[network_name(network)](network.image_size)
    own.load_state_dict(_unwrapped(network).state_dict())
    return own


def same_answers(name: str, answered: dict[str, float], counted: dict[str, float]) -> None:
    """Raises RecipeError if the recipe's network and the plain one are not equally good."""
    for which, accuracy in answered.items():
        if abs(accuracy - counted[which]) > ROUNDING:
            raise RecipeError(
                f"With its weights {name} answers otherwise ({which} {counted[which]:.4f}, not "
                f"{accuracy:.4f}): only it may be trained, and it sees each image once."
            )


def different(runs: Iterable[dict]) -> None:
    """Raises RecipeError if two seeds have trained the same weights."""
    checksums = [run["weights"] for run in runs]
    if len(set(checksums)) < len(checksums):
        raise RecipeError("Two seeds gave the same weights: the seed must decide the training.")
