"""AlexNet's two columns in two processes, as on the two GPUs of 2012 (Krizhevsky 2012, §3.2).

Model parallelism: each process has half of every layer and sees all images. What the other half
has computed is needed before conv3 and before each fully connected layer, and is exchanged there;
on the way back so are the gradients. Data parallelism (`utils.system.distributed`) exchanges
gradients of the weights instead, once a step. Both are counted here, in bytes that one process
sends to the other.
"""

import copy

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn
from torch.distributed.algorithms.ddp_comm_hooks.default_hooks import allreduce_hook
from torch.distributed.nn.functional import all_gather
from torch.nn.parallel import DistributedDataParallel

from utils.nets import AlexNet, ColumnResponseNorm
from utils.system import ProcessGroup

SEES_BOTH = ("conv3", "fc6", "fc7", "fc8")  # Figure 2 of the paper


class ModelParallelHalf(nn.Module):
    """Half of the grouped AlexNet `whole`: the column that this rank, of two, works on.

    Input (N, 3, 224, 224), the same on both ranks; output (N, num_classes), the scores of the whole
    network, on both. The weights are copies of the whole network's: rank 0 has the first half of
    each layer's outputs, rank 1 the second. `sent` counts the bytes that go to the other rank, in
    both directions of a step.

    Raises ValueError if there are not two ranks, or if `whole` has not two columns.
    """

    def __init__(self, whole: AlexNet, group: ProcessGroup):
        super().__init__()
        if group.world_size != 2:
            raise ValueError(f"Two columns need two processes, not {group.world_size}.")
        layers = dict([*whole.features.named_children(), *whole.classifier.named_children()])
        norms = [layer for layer in layers.values() if isinstance(layer, nn.LocalResponseNorm)]
        in_columns = all(isinstance(norm, ColumnResponseNorm) for norm in norms)
        if layers["conv2"].groups != 2 or not in_columns:
            raise ValueError('Build the network with groups=2 and lrn="columns" (or None).')
        self.layers = nn.ModuleDict({name: _half(layers[name], group.rank) for name in layers})
        self.rank, self.sent = group.rank, 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for name, layer in self.layers.items():
            if name in SEES_BOTH:
                x = self._exchange(x)
            x = layer(x.flatten(1) if name == "fc6" else x)
        return self._exchange(x)

    def _exchange(self, mine: torch.Tensor) -> torch.Tensor:
        """Both columns' maps (N, channels, height, width) or units (N, units), joined in order."""
        both = all_gather(mine.contiguous())
        self.sent += mine.nbytes
        theirs = both[1 - self.rank]
        if theirs.requires_grad:
            theirs.register_hook(self._count)  # its gradient is sent back to the other rank
        return torch.cat(both, dim=1)

    def _count(self, gradient: torch.Tensor) -> None:
        self.sent += gradient.nbytes


def _half(layer: nn.Module, rank: int) -> nn.Module:
    """One column's part of a layer: half of its outputs, with copies of their weights."""
    if isinstance(layer, ColumnResponseNorm):  # what is left is one column already
        return nn.LocalResponseNorm(layer.size, layer.alpha, layer.beta, layer.k)
    half = copy.deepcopy(layer)
    if isinstance(layer, nn.Conv2d | nn.Linear):
        weight, bias = (part.detach().chunk(2)[rank].clone() for part in layer.parameters())
        half.weight, half.bias = nn.Parameter(weight), nn.Parameter(bias)
    if isinstance(layer, nn.Conv2d):
        half.groups, half.in_channels, half.out_channels = 1, weight.shape[1], weight.shape[0]
    elif isinstance(layer, nn.Linear):
        half.out_features = len(weight)
    return half


def backward(half: ModelParallelHalf, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Leave the gradients of the mean loss of a batch in `half`, and return the loss.

    Both ranks compute the loss from all scores, and each exchange adds their gradients up: halves
    of the loss make the whole.
    """
    loss = F.cross_entropy(half(images), labels)
    (loss / 2).backward()
    return loss.item()


def count_gradients(model: DistributedDataParallel) -> list[int]:
    """The bytes of each message that `model` averages between its ranks; filled as it learns.

    Of two ranks each sends its own gradients once: in a ring of N, 2 (N - 1) / N times.
    """
    sizes: list[int] = []

    def hook(sizes: list[int], bucket: dist.GradBucket) -> torch.futures.Future[torch.Tensor]:
        sizes.append(bucket.buffer().nbytes)
        return allreduce_hook(None, bucket)

    model.register_comm_hook(sizes, hook)
    return sizes
