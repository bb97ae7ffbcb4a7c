"""One style for every figure, and the one way to show it: `show(fig, alt=...)`."""

import io

import matplotlib
from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

# Okabe & Ito's palette: eight colours that stay apart under every common colour blindness.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
YELLOW, SKY, AMBER, GREY = "#F0E442", "#56B4E9", "#E69F00", "#555555"
PALETTE = [BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY, GREY, YELLOW]

STYLE = {
    "axes.prop_cycle": matplotlib.cycler(color=PALETTE),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "font.size": 12,
    "axes.titlesize": 12,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "image.cmap": "cividis",
}
plt.rcParams.update(STYLE)


def show(fig: Figure, alt: str, photo: bool = False) -> None:
    """Display `fig` as one picture that carries its own description, and close it.

    `alt` says what to see in this result; the built page reads it from the output's metadata.
    `photo` stores a JPEG instead of a PNG.
    """
    data, metadata = bundle(fig, alt, photo)
    display(data, metadata=metadata, raw=True)


def bundle(fig: Figure, alt: str, photo: bool = False) -> tuple[dict, dict]:
    """The picture of `fig` and its metadata, as Jupyter stores them; closes `fig`."""
    if not alt.strip():
        raise ValueError("A figure needs alt text: one sentence that says what to see in it.")
    mime = "image/png"
    options = {"metadata": {"Software": None}, "pil_kwargs": {"optimize": True}}
    if photo:
        mime, options = "image/jpeg", {"pil_kwargs": {"quality": 80, "optimize": True}}
    buffer = io.BytesIO()
    fig.savefig(buffer, format=mime.split("/")[1], dpi=130, **options)
    plt.close(fig)
    return {mime: buffer.getvalue()}, {mime: {"alt": alt}}
