"""One style for every figure, and the one way to show it: `show(fig, alt=...)`."""

import io
from collections.abc import Sequence

import matplotlib
from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

# Okabe & Ito's palette: eight colours that stay apart under every common colour blindness.
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
YELLOW, SKY, AMBER, GREY = "#F0E442", "#56B4E9", "#E69F00", "#555555"
PALETTE = [BLUE, ORANGE, GREEN, PURPLE, AMBER, SKY, GREY, YELLOW]

plt.rcParams.update({
    "axes.prop_cycle": matplotlib.cycler(color=PALETTE), "axes.titlesize": 12,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "axes.grid": True, "grid.color": "#dddddd", "lines.linewidth": 2, "image.cmap": "cividis",
    "figure.constrained_layout.use": True, "figure.facecolor": "white",
    "font.size": 12, "legend.frameon": False,
})  # fmt: skip
Values = Sequence[float]


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
    form, buffer, options = "jpeg" if photo else "png", io.BytesIO(), {"optimize": True}
    options |= {"quality": 80} if photo else {}
    metadata = None if photo else {"Software": None}
    fig.savefig(buffer, format=form, dpi=130, pil_kwargs=options, metadata=metadata)
    plt.close(fig)
    return {f"image/{form}": buffer.getvalue()}, {f"image/{form}": {"alt": alt}}
