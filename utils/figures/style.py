"""One style for every figure, and the one way to show it: `show(fig, alt=...)`."""

import io
from collections.abc import Sequence
from importlib.resources import files

from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from utils.figures.tokens import ARMS, colours

COLOURS = colours()
BLUE, ORANGE, GREY = (COLOURS[name] for name in ("blue", "orange", "grey"))
PALETTE = [COLOURS[name] for name in ARMS]
plt.style.use(files("utils.figures") / "book.mplstyle")
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
    about = {"alt": alt}
    if not photo and not any(ax.images for ax in fig.axes):
        about["chart"] = True  # without pictures in it, a page in the dark may show it dark
        chart = Image.open(buffer).convert("RGB").quantize(dither=Image.Dither.NONE)
        buffer = io.BytesIO()
        chart.save(buffer, "png", optimize=True)  # 256 colours: less than half the bytes
    return {f"image/{form}": buffer.getvalue()}, {f"image/{form}": about}
