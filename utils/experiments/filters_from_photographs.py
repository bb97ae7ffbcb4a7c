"""The 96 filters of an AlexNet's first layer, learned from seven photographs without labels.

The task (Gidaris, Singh and Komodakis 2018): a crop is turned by 0, 90, 180 or 270 degrees, and a
network has to say by how much. Its first layer is the paper's, 96 filters of 11×11 px with stride
4, without biases; behind it stands less than in AlexNet. The filters begin as N(0, 0.01²), the
paper's, and have a strong weight decay: what the task does not need fades.
"""

from statistics import mean

import torch
import torch.nn.functional as F
from torch import nn

from utils import records
from utils.data import PHOTOGRAPHS, photograph
from utils.experiments.common import generator
from utils.nets import chain, initialise
from utils.system import keep_freed_memory

SCALES = (1.0, 0.7, 0.5)  # of each photograph
SIDE, BATCH = 64, 128  # px of a crop; crops in a step
RATE, DECAY = 0.001, 1.5  # of Adam; decoupled weight decay of the filters
FRAMES = (0, 100, 300, 1_000, 2_000)


def run(seed: int, steps: int = 2_000) -> dict:
    """Train once; returns {"96 filters": measurements}.

    "frames": the filters after the steps in FRAMES and at the end, packed int8, of which 127 stand
    for "largest"; "loss" and "accuracy" (0 to 1): means over 100 steps each. The rate is constant
    for half of the steps, then falls to 0.
    """
    rates = [RATE * min(1, 2 * (steps - step) / steps) for step in range(steps)]
    frames, losses, right = learn(seed, rates)
    measured = {"frames": frames, "loss": hundreds(losses), "accuracy": hundreds(right)}
    return {"96 filters": measured}


def learn(seed: int, rates: list[float], random_labels: bool = False) -> tuple[list, list, list]:
    """A step at each of the learning rates: frames, and the loss and accuracy of every step."""
    keep_freed_memory()
    rng = generator(seed)
    net, pictures = network(rng), sheets()
    rest = [p for name, p in net.named_parameters() if name != "conv1.weight"]
    groups = [{"params": rest}, {"params": [net.conv1.weight], "weight_decay": DECAY}]
    optimiser = torch.optim.AdamW(groups, lr=RATE)
    frames, losses, right = [], [], []

    def take_frame(step: int) -> None:
        filters, largest = records.pack_filters(net.conv1.weight)
        frames.append({"step": step, "filters": filters, "largest": largest})

    for step, rate in enumerate(rates):
        if step in FRAMES:
            take_frame(step)
        for group in optimiser.param_groups:
            group["lr"] = rate
        x, y = turned(crops(pictures, rng))
        if random_labels:
            y = y[torch.randperm(len(y), generator=rng)]
        logits = net(x)
        loss = F.cross_entropy(logits, y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        right.append((logits.argmax(1) == y).float().mean().item())
    take_frame(len(rates))
    return frames, losses, right


def network(rng: torch.Generator) -> nn.Sequential:
    """Crops (N, 3, 64, 64) to scores of the four turns (N, 4)."""
    net = chain(
        conv1=nn.Conv2d(3, 96, 11, stride=4), relu1=nn.ReLU(), pool1=nn.MaxPool2d(3, 2),
        conv2=nn.Conv2d(96, 128, 3, padding=1), relu2=nn.ReLU(), pool2=nn.MaxPool2d(3, 2),
        flatten=nn.Flatten(), fc3=nn.Linear(512, 128), relu3=nn.ReLU(), fc4=nn.Linear(128, 4),
    )  # fmt: skip
    initialise(net, "he", rng)
    nn.init.normal_(net.conv1.weight, std=0.01, generator=rng)
    net.conv1.bias = None
    return net.to(memory_format=torch.channels_last)


def sheets() -> list[torch.Tensor]:
    """Each photograph at each scale, normalised by its mean colour and spread: (3, H, W)."""
    sheets = []
    for name in PHOTOGRAPHS:
        pixels = photograph(name)
        pixels = (pixels - pixels.mean((1, 2), keepdim=True)) / pixels.std()
        for scale in SCALES:
            sheets.append(F.interpolate(pixels[None], scale_factor=scale, mode="area")[0])
    return [sheet for sheet in sheets if min(sheet.shape[1:]) >= SIDE]


def crops(sheets: list[torch.Tensor], rng: torch.Generator) -> torch.Tensor:
    """Random crops (BATCH, 3, SIDE, SIDE), half of them mirrored, with random contrast and tint."""
    which = torch.randint(len(sheets), (BATCH,), generator=rng).tolist()
    places = torch.rand(BATCH, 2, generator=rng).tolist()
    examples = []
    for i, place in zip(which, places, strict=True):
        height, width = sheets[i].shape[1:]
        top, left = int(place[0] * (height - SIDE + 1)), int(place[1] * (width - SIDE + 1))
        examples.append(sheets[i][:, top : top + SIDE, left : left + SIDE])
    x = torch.stack(examples)
    x[::2] = x[::2].flip(3)
    x = x[torch.randperm(BATCH, generator=rng)]
    contrast = 1 + 0.2 * torch.randn(BATCH, 1, 1, 1, generator=rng)
    return x * contrast + 0.2 * torch.randn(BATCH, 3, 1, 1, generator=rng)


def turned(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A quarter of the crops each turned by 0, 90, 180 and 270 degrees, and by which."""
    parts = [part.rot90(turns, (2, 3)) for turns, part in enumerate(x.chunk(4))]
    return torch.cat(parts), torch.arange(4).repeat_interleave(len(x) // 4)


def hundreds(values: list[float]) -> list[float]:
    """Means over 100 values each."""
    return [round(mean(values[i : i + 100]), 4) for i in range(0, len(values), 100)]
