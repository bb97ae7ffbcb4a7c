"""The control of `filters_from_photographs`: the same crops and weight decay, but random labels.

What the filters become here, weight decay and photographs alone have made of them: which turn a
crop has is drawn at random, so that there is nothing to learn but the crops themselves.
"""

import torch
import torch.nn.functional as F

from utils.experiments.filters_from_photographs import (
    DECAY,
    RATE,
    crops,
    frame,
    network,
    photographs,
    turned,
)
from utils.system import keep_freed_memory


def run(seed: int, steps: int = 300) -> dict:
    """Train at the constant rate that the longer training has so far; returns {"96 filters": …}.

    "frames": the filters at the start and the end, packed as there; "loss" of the last 100 steps.
    """
    keep_freed_memory()
    draw = torch.Generator().manual_seed(seed)
    net, sheets = network(draw), photographs()
    rest = [p for name, p in net.named_parameters() if name != "conv1.weight"]
    groups = [{"params": rest}, {"params": [net.conv1.weight], "weight_decay": DECAY}]
    optimiser = torch.optim.AdamW(groups, lr=RATE)
    frames, losses = [{"step": 0, **frame(net.conv1.weight)}], []
    for _ in range(steps):
        x, y = turned(crops(sheets, draw))
        loss = F.cross_entropy(net(x), y[torch.randperm(len(y), generator=draw)])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    frames.append({"step": steps, **frame(net.conv1.weight)})
    last = losses[-100:]
    return {"96 filters": {"frames": frames, "loss": round(sum(last) / len(last), 4)}}
