"""Do initial biases of 1 speed up the start, as the paper says? Against 0, and Caffe's 0.1.

An AlexNet a quarter as wide, for 67 px, on raw pixels (0 to 255, less their mean) and with the
paper's initial weights. Its layers have fewer inputs than the paper's; the spread is larger by the
root of that ratio, so that each layer passes on as much as the paper's does. The biases are those
of conv2, conv4, conv5, fc6 and fc7 (section 5); dropout is off, so that only the start is measured.
"""

from statistics import mean

import torch
import torch.nn.functional as F
from torch import nn

from utils.data import MEAN, Labelled, fashion_mnist
from utils.experiments.common import generator, small_alexnet
from utils.nets import AlexNet

BIASES = (0.0, 0.1, 1.0)
RATES = (0.001, 0.003, 0.01)
SIDE, BATCH, LAST = 67, 128, 20


def run(seed: int, steps: int = 150) -> dict:
    """Train from each initial bias at each rate; returns {"bias 1": {rate: measurements}}.

    Of each training the "loss" (mean of the last 20 steps; infinite losses end it, and count as
    that of guessing) and "steps to 1.0", after which the mean of 20 losses first is below 1.
    """
    train_set = fashion_mnist(quiet=True).train
    return {
        f"bias {bias:g}": {str(rate): measure(seed, bias, rate, train_set, steps) for rate in RATES}
        for bias in BIASES
    }


def measure(seed: int, bias: float, rate: float, train_set: Labelled, steps: int) -> dict:
    """One training: its last loss, and when the loss was first below 1."""
    net, losses, rng = network(seed, bias), [], generator(seed)
    optimiser = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9, weight_decay=5e-4)
    for _ in range(steps):
        images, labels = train_set.at(torch.randint(len(train_set.labels), (BATCH,), generator=rng))
        x = F.interpolate(images[:, None].float(), size=SIDE, mode="bilinear") - 255 * MEAN
        loss = F.cross_entropy(net(x), labels)
        if not loss.isfinite():
            return {"loss": 2.3026, "steps to 1.0": None}
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    means = [mean(losses[end - LAST : end]) for end in range(LAST, steps + 1)]
    below = (step for step, value in enumerate(means, start=LAST) if value < 1)
    return {"loss": round(means[-1], 4), "steps to 1.0": next(below, None)}


def network(seed: int, bias: float) -> AlexNet:
    """(N, 1, 67, 67) to (N, 10); the paper's initial weights, fitted to a quarter of the width."""
    net = small_alexnet(seed, "paper", image_size=SIDE, dropout=0.0)
    with torch.device("meta"):
        full = AlexNet(lrn=None)
    for layer, whole in zip(net.modules(), full.modules(), strict=True):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            inputs = whole.weight[0].numel() / layer.weight[0].numel()
            layer.weight.data *= inputs**0.5
            layer.bias.data *= bias  # 1 in five layers, 0 in the others
    return net
