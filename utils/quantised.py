"""Weights with few bits, and the trained network of chapter 11, which runs in its page.

Two files in `utils/live_net` have the network; `tools/make_live_net.py` makes both anew:

    half.safetensors    the trained weights in 16 bits, for comparison
    page.safetensors    the weights in 8 bits with their scales, and images: what the page reads
"""

import copy
import json
from importlib.resources import files

import safetensors.torch
import torch
from torch import nn

from utils.models import AlexNet

FOLDER = files("utils") / "live_net"
SIDE, WIDTH = 99, 0.25  # px; of the full network's channels
PHOTOGRAPHS = ("cat", "astronaut", "coffee", "rocket")  # free of conditions; grey and 28 px here


def quantise(
    weight: torch.Tensor, bits: int = 8, per_channel: bool = True
) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole numbers and the scale by which they are multiplied: codes * scale is almost `weight`.

    `weight` (outputs, …), float32. The codes, int8 of the same shape, go from -(2^(bits-1) - 1) to
    2^(bits-1) - 1; the largest weight gets the largest code, of each output's weights or, without
    `per_channel`, of all. The scale has as many axes and one number for each output, or one in all.

    Raises ValueError unless `bits` are from 2 to 8.
    """
    if not 2 <= bits <= 8:
        raise ValueError(f"{bits} bits: whole numbers here have from 2 to 8.")
    axes = tuple(range(1 if per_channel else 0, weight.ndim))
    scale = weight.abs().amax(axes, keepdim=True) / (2 ** (bits - 1) - 1)
    scale = scale.clamp(min=torch.finfo(torch.float32).tiny)  # a channel of zeros stays one
    return (weight / scale).round().to(torch.int8), scale


@torch.no_grad()
def rounded(net: nn.Module, bits: int = 8, per_channel: bool = True) -> nn.Module:
    """A copy of `net` whose weights are codes of so many bits times their scale. Biases stay."""
    net = copy.deepcopy(net)
    for name, parameter in net.named_parameters():
        if name.endswith("weight"):
            codes, scale = quantise(parameter, bits, per_channel)
            parameter.copy_(codes * scale)
    return net


def empty_net() -> AlexNet:
    """The network of chapter 11 before it has its weights. Input (N, 1, 99, 99), normalised."""
    return AlexNet(10, in_channels=1, image_size=SIDE, width=WIDTH, lrn=None).eval()


def trained_net() -> AlexNet:
    """The trained network; its weights are stored in 16 bits."""
    net = empty_net()
    half = safetensors.torch.load((FOLDER / "half.safetensors").read_bytes())
    net.load_state_dict({name: value.float() for name, value in half.items()})
    return net


def page_file() -> bytes:
    """The file that the page reads."""
    return (FOLDER / "page.safetensors").read_bytes()


def page_tensors() -> dict[str, torch.Tensor]:
    """What is in that file: codes and scales, `images` and `labels` of 200 test images, and
    `photographs`; images uint8 (N, 28, 28)."""
    return safetensors.torch.load(page_file())


def page_net() -> AlexNet:
    """The network that the page runs: 8-bit codes times their scales, computed with in float32."""
    found, net = page_tensors(), empty_net()
    net.load_state_dict(
        {
            name: found[name] * found[f"{name.removesuffix('.weight')}.scale"]
            if name.endswith(".weight")
            else found[name]
            for name in net.state_dict()
        }
    )
    return net


def pack(net: AlexNet, extra: dict[str, torch.Tensor], about: dict) -> bytes:
    """The page's file for a trained network; `extra` are tensors that travel with it."""
    tensors = dict(extra)
    for name, value in net.state_dict().items():
        if name.endswith(".weight"):
            tensors[name], scale = quantise(value)
            tensors[f"{name.removesuffix('.weight')}.scale"] = scale
        else:
            tensors[name] = value
    return safetensors.torch.save(tensors, {"about": json.dumps(about)})


def about() -> dict:
    """How the network was trained, and what it reached, as `tools/make_live_net.py` found it."""
    header = page_file()
    length = int.from_bytes(header[:8], "little")
    return json.loads(json.loads(header[8 : 8 + length])["__metadata__"]["about"])
