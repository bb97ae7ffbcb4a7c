"""Networks at full size: their golden layers, and PyTorch's `meta` device, which has no memory."""

import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

# Layers, shapes and counts of the networks that tutorials print.
GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text(encoding="utf-8"))


def on_meta(build: Callable[..., nn.Module], **settings) -> nn.Module:
    with torch.device("meta"):
        return build(**settings)
