"""Make the network of chapter 11 anew: train it, round it, store it in `utils/nets/live_net`.

    .venv/bin/python -m tools.make_live_net FOLDER

The training is the book's own command, with the arguments in SETTINGS; FOLDER receives its
checkpoints, and the same command goes on where it was stopped. It takes about half an hour on one
processor core.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import safetensors.torch
import torch

from utils.data import Labelled, fashion_mnist
from utils.data.out_of_distribution import grey
from utils.nets import live_net

SETTINGS = (
    *("--network", "alexnet", "--width", str(live_net.WIDTH)),
    *("--image-size", str(live_net.SIDE), "--epochs", "16", "--seed", "0", "--threads", "1"),
)
PER_CLASS = 20


def answers(net: torch.nn.Module, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The class that `net` names for each image (N,)."""
    with torch.no_grad():
        parts = Labelled(images, labels).batches(500, image_size=live_net.SIDE)
        return torch.cat([net(x).argmax(1) for x, _ in parts])


def pictures(images: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
    """The first test images of every class, in the test set's order, and the photographs."""
    places = [(labels == c).nonzero().flatten()[:PER_CLASS] for c in range(10)]
    chosen = torch.cat(places).sort().values
    photographs = torch.stack([grey(name, 28) for name in live_net.PHOTOGRAPHS])
    return {
        "images": images[chosen],
        "labels": labels[chosen].to(torch.uint8),
        "photographs": (255 * photographs).round().to(torch.uint8),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("folder", type=Path, help="where the training's files go")
    folder = parser.parse_args().folder
    training = [sys.executable, "-m", "utils.train", str(folder), *SETTINGS]
    subprocess.run(training, check=True, cwd=Path(__file__).parents[1])
    weights = safetensors.torch.load_file(folder / "weights.safetensors")
    net = live_net.empty_net()
    net.load_state_dict(weights)
    data = fashion_mnist(quiet=True)
    if not data.complete:
        sys.exit("Only the book's subset of Fashion-MNIST was found: a shipped network needs all.")
    found = answers(net, *data.test)
    half = {name: value.half() for name, value in weights.items()}
    (live_net.FOLDER / "half.safetensors").write_bytes(safetensors.torch.save(half))
    net.load_state_dict({name: value.float() for name, value in half.items()})
    about = {
        "command": " ".join(("python -m utils.train FOLDER", *SETTINGS)),
        "test accuracy": (found == data.test.labels).float().mean().item(),
        "answers changed by 16 bits": int((found != answers(net, *data.test)).sum()),
    }
    extra = pictures(*data.test)
    (live_net.FOLDER / "page.safetensors").write_bytes(live_net.pack(net, extra, about))
    print(live_net.about())


if __name__ == "__main__":
    main()
