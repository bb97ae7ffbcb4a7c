"""The trained network of chapter 11, which runs in its page.

`tools/make_live_net.py` makes both files anew:

    half.safetensors    the trained weights in 16 bits, for comparison
    page.safetensors    the weights in 8 bits with their scales, and images: what the page reads
"""

import json
from importlib.resources import files

import safetensors.torch
import torch
from torch import nn

from utils.nets.alexnet import AlexNet
from utils.nets.quantisation import quantise

FOLDER = files("utils.nets.live_net")
SIDE, WIDTH = 99, 0.25  # px; of the full network's channels
PHOTOGRAPHS = ("cat", "astronaut", "coffee", "rocket")  # free of conditions; grey and 28 px here


def empty_net() -> AlexNet:
    """The network of chapter 11 before it has its weights. Input (N, 1, 99, 99), normalised."""
    return AlexNet(10, in_channels=1, image_size=SIDE, width=WIDTH, lrn=None).eval()


def trained_net() -> AlexNet:
    """The trained network; its weights are stored in 16 bits."""
    net = empty_net()
    net.load_state_dict(safetensors.torch.load((FOLDER / "half.safetensors").read_bytes()))
    return net


def named_layers(net: AlexNet) -> list[tuple[str, nn.Module]]:
    """The layers of the network in their order, flattened before fc6; dropout does nothing here."""
    named = dict((*net.features.named_children(), *net.classifier.named_children()))
    named["fc6"] = nn.Sequential(net.flatten, named["fc6"])
    return [(name, layer) for name, layer in named.items() if not name.startswith("drop")]


def page_file() -> bytes:
    """The file that the page reads."""
    return (FOLDER / "page.safetensors").read_bytes()


def page_tensors() -> dict[str, torch.Tensor]:
    """In it: codes, scales, 200 test `images`, `labels`, and `photographs`, uint8 (N, 28, 28)."""
    return safetensors.torch.load(page_file())


def page_net() -> AlexNet:
    """The network that the page runs: 8-bit codes times their scales, computed with in float32."""
    tensors, net = page_tensors(), empty_net()
    for name in net.state_dict():
        if name.endswith(".weight"):
            tensors[name] = tensors[name] * tensors[name.replace("weight", "scale")]
    net.load_state_dict({name: tensors[name] for name in net.state_dict()})
    return net


def pack(net: AlexNet, extra: dict[str, torch.Tensor], about: dict) -> bytes:
    """The page's file for a trained network; `extra` are tensors that travel with it."""
    tensors = extra | net.state_dict()
    for name, value in net.state_dict().items():
        if name.endswith(".weight"):
            tensors[name], tensors[name.replace("weight", "scale")] = quantise(value)
    return safetensors.torch.save(tensors, {"about": json.dumps(about)})


def about() -> dict:
    """How the network was trained, and what it reached, as `tools/make_live_net.py` found it."""
    header = page_file()
    length = int.from_bytes(header[:8], "little")
    return json.loads(json.loads(header[8 : 8 + length])["__metadata__"]["about"])
