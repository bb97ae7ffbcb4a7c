"""Looking into a model while it runs: signals and gradients, dead units, bytes in memory."""

from collections.abc import Callable

import pandas as pd
import torch
import torch.nn.functional as F
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from utils.data import Labelled


def layer_signals(model: nn.Sequential, x: torch.Tensor, y: torch.Tensor) -> pd.DataFrame:
    """Signal and gradients of each convolution and linear layer, for a batch `x` with labels `y`.

    One row a layer, each value a root mean square over the batch: `signal`, the pre-activations;
    `delta`, the derivative of the mean loss with respect to them, times the batch size, so that it
    is that of one image; `weight gradient`, that of the mean loss. The model keeps its weights.
    """
    layers = {n: m for n, m in model.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)}
    outputs: dict[str, torch.Tensor] = {}
    hooks = [
        layer.register_forward_hook(
            lambda _m, _i, output, name=name: outputs.update({name: output})
        )
        for name, layer in layers.items()
    ]
    loss = F.cross_entropy(model(x), y)
    for hook in hooks:
        hook.remove()
    weights = [layer.weight for layer in layers.values()]
    gradients = torch.autograd.grad(loss, [*outputs.values(), *weights])
    deltas, of_weights = gradients[: len(outputs)], gradients[len(outputs) :]
    return pd.DataFrame(
        {
            "signal": [_rms(output) for output in outputs.values()],
            "delta": [len(y) * _rms(delta) for delta in deltas],
            "weight gradient": [_rms(gradient) for gradient in of_weights],
        },
        index=list(layers),
    )


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


def saved_bytes(model: nn.Module, x: torch.Tensor) -> int:
    """Bytes that one forward pass of `model` on the batch `x` keeps for the backward pass.

    Each storage counts once, however many layers keep it, and the model's parameters and buffers
    do not count: they are there anyway. `x` itself counts where the first layer keeps it, and so
    do the indices of max-pooling and the masks of dropout. The model runs in its present mode.
    """
    own = {_address(t) for t in (*model.parameters(), *model.buffers())}
    kept: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        if _address(tensor) not in own:
            kept[_address(tensor)] = tensor.untyped_storage().nbytes()
        return tensor.detach()  # the tensor itself would hold the graph that holds it, for ever

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = model(x)
    del output  # only now: while the graph lives, no address is given away twice
    return sum(kept.values())


def peak_bytes(function: Callable[..., object], *arguments: object) -> int:
    """The most bytes of tensors, alive at the same time, that `function(*arguments)` has made.

    Looks after every PyTorch operation. Tensors that existed before do not count, nor does the
    workspace that an operation uses inside itself and gives back.
    """
    watch = _Watch()
    with watch:
        function(*arguments)
    return watch.peak


class _Watch(TorchDispatchMode):
    """Sees every operation, and adds up the storages that are still alive after it."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self.peak = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        given = {_address(t) for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)}
        output = operation(*args, **(kwargs or {}))
        for tensor in tree_leaves(output):
            if isinstance(tensor, torch.Tensor) and _address(tensor) not in given:
                storage = tensor.untyped_storage()
                self.alive[_address(tensor)] = StorageWeakRef(storage), storage.nbytes()
        self.alive = {k: (ref, n) for k, (ref, n) in self.alive.items() if not ref.expired()}
        self.peak = max(self.peak, sum(n for _, n in self.alive.values()))
        return output


def _address(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _rms(tensor: torch.Tensor) -> float:
    return tensor.detach().double().square().mean().sqrt().item()


@torch.no_grad()
def gains(model: nn.Sequential, x: torch.Tensor) -> dict[str, torch.Tensor]:
    """What each LRN layer of `model` multiplies its positive inputs by, for a batch x: (count,)."""
    found = {}
    for name, layer in model.named_children():
        y = layer(x)
        if isinstance(layer, nn.LocalResponseNorm):
            found[name] = (y / x)[x > 0]
        x = y
    return found


def named_layers(net: torch.nn.Module) -> list[tuple[str, torch.nn.Module]]:
    """The layers of the network in their order, flattened before fc6; dropout does nothing here."""
    classifier = dict(net.classifier.named_children())
    classifier["fc6"] = torch.nn.Sequential(net.flatten, classifier["fc6"])
    named = {**dict(net.features.named_children()), **classifier}
    return [(name, layer) for name, layer in named.items() if not name.startswith("drop")]
