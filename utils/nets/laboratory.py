"""The networks that the laboratory trains in a page, and the files in which it hands them out."""

import json
from functools import partial
from pathlib import Path

import safetensors
from torch import nn

from utils.nets.alexnet import AlexNet
from utils.nets.base import ConvNet, chain
from utils.nets.layers import Constant
from utils.nets.lenet import LeNet
from utils.nets.small import ACTIVATIONS

NETWORKS = {
    "LeNet": partial(LeNet, activation=nn.ReLU, pool=nn.MaxPool2d),
    "quarter-width AlexNet": partial(AlexNet, 10, 1, 64, 0.25, lrn=None, dropout=0),
}
# Behind the first two activations, where AlexNet has its response normalisation.
NORMS = {
    "none": None,
    "LRN": lambda channels: nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2.0),
    "constant": lambda channels: Constant(),
    "batch norm": nn.BatchNorm2d,
}


def laboratory_net(
    network: str, activation: str = "ReLU", norm: str = "none", dropout: float = 0
) -> ConvNet:
    """A network of the laboratory: input (N, 1, 28, 28), AlexNet's (N, 1, 64, 64); logits (N, 10).

    `norm` stands behind the first two activations; dropout with this `p` behind those of the hidden
    fully connected layers, if it is not 0. Raises KeyError for what NETWORKS, ACTIVATIONS or NORMS
    do not have.
    """
    net = NETWORKS[network]()
    features, classifier = {}, {}
    for name, layer in net.features.named_children():
        features[name] = ACTIVATIONS[activation]() if isinstance(layer, nn.ReLU) else layer
        if isinstance(layer, nn.Conv2d):
            channels = layer.out_channels
        elif isinstance(layer, nn.ReLU) and name[-1] in "12" and NORMS[norm]:
            features[f"norm{name[-1]}"] = NORMS[norm](channels)
    for name, layer in net.classifier.named_children():
        if isinstance(layer, nn.Linear):
            classifier[name] = layer
        elif isinstance(layer, nn.ReLU):
            classifier[name] = ACTIVATIONS[activation]()
            if dropout:
                classifier[f"drop{name[-1]}"] = nn.Dropout(dropout)
    net.features, net.classifier = chain(**features), chain(**classifier)
    return net


def load_laboratory(path: str | Path) -> tuple[ConvNet, dict]:
    """A network that a page has trained, from the file that it handed out, and what is known of it.

    That is `settings`, `mean` and `std` of the pixels, and the `window` of them (px of 28) that is
    enlarged to the network's size.

    Raises ValueError with one sentence if the file is another one.
    """
    problem = f"{path} is no network of the laboratory: take a file that it has saved."
    try:
        with safetensors.safe_open(path, "pt") as file:
            about = json.loads(file.metadata()["laboratory"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        settings = about["settings"]
        names = ("network", "activation", "norm", "dropout")
        net = laboratory_net(**{name: settings[name] for name in names})
        uncounted = {k: v for k, v in net.state_dict().items() if k.endswith("batches_tracked")}
        net.load_state_dict(uncounted | tensors)
    except (KeyError, TypeError, ValueError, RuntimeError, safetensors.SafetensorError) as error:
        raise ValueError(problem) from error
    return net.eval(), about
