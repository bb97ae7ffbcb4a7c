"""First-layer filters, and indices of what they look for."""

from pathlib import Path

import numpy as np
import torch
from torchvision.models import AlexNet_Weights

from utils import records
from utils.system import batch_mode


def stored_filters(packed: dict, largest: float = 127.0) -> torch.Tensor:
    """Filters (N, 3, k, k) of a record, float32; 127 stands for `largest`."""
    return torch.from_numpy(records.unpack(packed).astype(np.float32)) * (largest / 127)


def pretrained_filters() -> torch.Tensor | None:
    """The 64 filters (64, 3, 11, 11) of torchvision's pretrained AlexNet, or None with a sentence.

    The weights, 233 MB, come from PyTorch's cache, or else are fetched; in batch mode they are not.
    """
    url = AlexNet_Weights.IMAGENET1K_V1.url
    cached = Path(torch.hub.get_dir()) / "checkpoints" / Path(url).name
    try:
        if batch_mode() and not cached.is_file():
            raise OSError("not fetched by a program")
        weights = torch.hub.load_state_dict_from_url(url, progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:  # RuntimeError: it is another file
        print(f"torchvision's weights are not here ({error}):")
        print("only our own filters are shown.")
        return None
    return weights["features.0.weight"]


def colour_index(filters: torch.Tensor) -> torch.Tensor:
    """The share of each filter's squared weights that is not grey: (N, 3, k, k) to (N,), 0 to 1.

    Grey is what red, green and blue have in common, their mean. For random weights it is 2/3.
    """
    grey = filters.mean(1, keepdim=True).expand_as(filters)
    return 1 - grey.square().sum((1, 2, 3)) / filters.square().sum((1, 2, 3))


def concentration(filters: torch.Tensor, part: float = 0.1) -> torch.Tensor:
    """The share of each filter's energy in the strongest tenth of its frequencies: (N,), 0 to 1.

    Of the k×k frequencies of the two-dimensional Fourier transform, energies summed over the
    channels. An edge or a blob needs few of them; noise has about the same of all.
    """
    energy = torch.fft.fft2(filters).abs().square().sum(1).flatten(1)
    few = round(part * energy.shape[1])
    return energy.topk(few).values.sum(1) / energy.sum(1)


def orientation(filters: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Direction of each filter's edges, 0 to 180 degrees (90: vertical), and how clear it is.

    From the gradients g = gx + i gy between neighbouring pixels of all channels (the structure
    tensor): the angle of Σ g², and its length over Σ |g|², 0 to 1. An edge stands across its
    gradient. (Fourier's frequencies would not do: they see the jump from a filter's rim to the
    opposite one, which is level or upright in every filter.)
    """
    gx = filters[..., 1:-1, 2:] - filters[..., 1:-1, :-2]
    gy = filters[..., 2:, 1:-1] - filters[..., :-2, 1:-1]
    squares = torch.complex(gx, gy).square()
    total = squares.sum((1, 2, 3))
    edges = (90 - total.angle().rad2deg() / 2) % 180  # rows are counted downwards
    return edges, total.abs() / squares.abs().sum((1, 2, 3))


def column_difference(index: torch.Tensor, draws: int = 2_000) -> tuple[float, float]:
    """|mean of the first half − mean of the second|, and its p in random halves of the same values.

    p is the share of `draws` random halves, and of this one, whose difference is as large.
    """
    half, rng = len(index) // 2, torch.Generator().manual_seed(0)
    mixed = index[torch.rand(draws, len(index), generator=rng).argsort(1)]
    random = (mixed[:, :half].mean(1) - mixed[:, half:].mean(1)).abs()
    difference = (index[:half].mean() - index[half:].mean()).abs()
    as_large = (random >= difference - 1e-7).sum().item()
    return difference.item(), (as_large + 1) / (draws + 1)
