"""Looking into a model while it runs: signals and gradients, spread between images, dead units."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn

from utils.data import Labelled
from utils.nets import ACTIVATIONS


@contextmanager
def recorded(layers: dict[str, nn.Module]) -> Iterator[dict[str, torch.Tensor]]:
    """Inside `with`: what each of the layers has returned last, by its name."""
    outputs: dict[str, torch.Tensor] = {}
    hooks = [
        layer.register_forward_hook(
            lambda _m, _i, output, name=name: outputs.update({name: output})
        )
        for name, layer in layers.items()
    ]
    try:
        yield outputs
    finally:
        for hook in hooks:
            hook.remove()


def layer_signals(model: nn.Sequential, x: torch.Tensor, y: torch.Tensor) -> pd.DataFrame:
    """Signal and gradients of each convolution and linear layer, for a batch `x` with labels `y`.

    One row a layer, each value a root mean square over the batch: `signal`, the pre-activations;
    `delta`, the derivative of the mean loss with respect to them, times the batch size, so that it
    is that of one image; `weight gradient`, that of the mean loss. The model keeps its weights.
    """
    layers = {n: m for n, m in model.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)}
    with recorded(layers) as outputs:
        loss = F.cross_entropy(model(x), y)
    weights = [layer.weight for layer in layers.values()]
    gradients = torch.autograd.grad(loss, [*outputs.values(), *weights])
    deltas, of_weights = gradients[: len(outputs)], gradients[len(outputs) :]
    rows = zip(outputs.values(), deltas, of_weights, strict=True)
    values = [(_rms(output), len(y) * _rms(delta), _rms(w)) for output, delta, w in rows]
    return pd.DataFrame(values, list(layers), ["signal", "delta", "weight gradient"])


def _rms(tensor: torch.Tensor) -> float:
    return tensor.detach().double().square().mean().sqrt().item()


@torch.no_grad()
def unit_outputs(model: nn.Sequential, x: torch.Tensor) -> list[torch.Tensor]:
    """What each activation layer of the model puts out for a batch `x`: (images, units).

    In double precision: what differs between images can be less than single precision keeps.
    """
    x, outputs = x.double(), []
    for layer in model.children():
        x = deepcopy(layer).double()(x)
        if isinstance(layer, tuple(ACTIVATIONS.values())):
            outputs.append(x.flatten(1))
    return outputs


def image_spread(outputs: torch.Tensor) -> float:
    """What differs between images: the standard deviation of each unit over them, of (images,
    units), and of these the root mean square. What is no more than rounding counts as 0.
    """
    spread = _rms(outputs - outputs.mean(0))
    return spread if spread > 1e-14 * _rms(outputs) else 0.0


@torch.no_grad()
def dead_units(model: nn.Sequential, images: torch.Tensor) -> float:
    """Share (0 to 1) of the model's ReLU units that are zero on every one of `images`, uint8.

    None of these images gives the weights of such a unit a gradient. Another image may, and a
    change in the layers below can switch the unit on.
    """
    ((x, _),) = Labelled(images, torch.zeros(len(images))).batches(len(images))
    dead = []
    for layer in model.children():
        x = layer(x)
        if isinstance(layer, nn.ReLU):
            dead.append((x <= 0).all(0).flatten())
    return torch.cat(dead).float().mean().item()


@torch.no_grad()
def gains(model: nn.Sequential, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """What each LRN layer of `model` multiplies its positive inputs by, for a batch x: (count,)."""
    result = {}
    for name, layer in model.named_children():
        y = layer(x)
        if isinstance(layer, nn.LocalResponseNorm):
            result[name] = (y / x)[x > 0]
        x = y
    return result
