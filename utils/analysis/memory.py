"""Bytes in memory: what a forward pass keeps, and how much is alive at the same time."""

from collections.abc import Callable

import torch
from torch import nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


def saved_bytes(model: nn.Module, x: torch.Tensor) -> int:
    """Bytes that one forward pass of `model` on the batch `x` keeps for the backward pass.

    Each storage counts once, and the model's parameters and buffers do not: they are there anyway.
    `x` itself counts where the first layer keeps it, and so do the indices of max-pooling and the
    masks of dropout. The model runs in its present mode.
    """
    own = {_address(t) for t in (*model.parameters(), *model.buffers())}
    sizes: dict[int, int] = {}

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        if _address(tensor) not in own:
            sizes[_address(tensor)] = tensor.untyped_storage().nbytes()
        return tensor.detach()  # the tensor itself would hold the graph that holds it, for ever

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        output = model(x)
    del output  # only now: while the graph lives, no address is given away twice
    return sum(sizes.values())


def peak_bytes(function: Callable[..., object], *arguments: object) -> int:
    """The most bytes of tensors, alive at the same time, that `function(*arguments)` has made.

    Looks after every PyTorch operation. Tensors that existed before do not count, nor does the
    workspace that an operation uses inside itself and gives back.
    """
    with _Watch() as watch:
        function(*arguments)
    return watch.peak


class _Watch(TorchDispatchMode):
    """Sees every operation, and adds up the storages that are still alive after it."""

    def __init__(self) -> None:
        super().__init__()
        self.alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self.peak = 0

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        given = {_address(t) for t in _tensors((args, kwargs))}
        output = operation(*args, **(kwargs or {}))
        for tensor in _tensors(output):
            if _address(tensor) not in given:
                storage = tensor.untyped_storage()
                self.alive[_address(tensor)] = StorageWeakRef(storage), storage.nbytes()
        self.alive = {k: (ref, n) for k, (ref, n) in self.alive.items() if not ref.expired()}
        self.peak = max(self.peak, sum(n for _, n in self.alive.values()))
        return output


def _tensors(tree: object) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def _address(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
