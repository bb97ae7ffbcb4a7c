"""Draw the picture that messengers show beside a link to the book: book/_static/preview.png.

The maps of the convolutions: the higher, the more pixels; the wider, the more channels.
"""

import torch
from matplotlib import pyplot as plt
from matplotlib.patches import Rectangle

from tools.pages import ROOT
from utils.figures import BLUE, ORANGE
from utils.nets import AlexNet, layer_table

PICTURE = ROOT / "book/_static/preview.png"


def main() -> None:
    with torch.device("meta"):
        table = layer_table(AlexNet(), (3, 224, 224))
    convolutions = table["layer"].str.contains("conv")
    maps = [(3, 224, 224), *table[convolutions]["output"]]
    fig = plt.figure(figsize=(12, 6.3), dpi=100, layout="none")
    ax = fig.add_axes((0.06, 0.1, 0.88, 0.5))
    left = 0.0
    for i, (channels, height, _) in enumerate(maps):
        side, depth = height**0.5, channels / 24
        colour = ORANGE if i == 0 else BLUE
        ax.add_patch(Rectangle((left, -side / 2), depth + 0.3, side, color=colour, linewidth=0))
        left += depth + 2.5
    ax.set(xlim=(0, left - 2), ylim=(-8, 8))
    ax.axis("off")
    fig.text(0.06, 0.82, "AlexNet, measured", fontsize=44, weight="bold")
    words = "An interactive book on one network. Its claims can be run."
    fig.text(0.06, 0.71, words, fontsize=22, color="#444444")
    fig.savefig(PICTURE, dpi=100, facecolor="white")
    print(f"{PICTURE}: {PICTURE.stat().st_size / 1000:.0f} KB")


if __name__ == "__main__":
    main()
