"""Write what follows from the design: Matplotlib's style, and the drawings of AlexNet."""

from pathlib import Path

from utils.figures.drawing import drawings
from utils.figures.tokens import ARMS, colours

FIGURES = Path(__file__).parents[1] / "utils" / "figures"


def style() -> str:
    """The style file of the book's figures, as Matplotlib reads it."""
    colour = {name: value.removeprefix("#") for name, value in colours().items()}
    arms = ", ".join(f"'{colour[name]}'" for name in ARMS)
    ink, faint, hair = colour["ink"], colour["faint"], colour["hair"]
    return f"""\
# Written by `python -m tools.make_style` from tokens.css: change that.
axes.prop_cycle: cycler('color', [{arms}])
axes.edgecolor: {faint}
axes.labelcolor: {ink}
axes.titlecolor: {ink}
axes.titlesize: 12
axes.titleweight: bold
axes.spines.top: False
axes.spines.right: False
axes.axisbelow: True
axes.grid: True
figure.constrained_layout.use: True
figure.facecolor: white
font.size: 12
grid.color: {hair}
image.cmap: cividis
legend.frameon: False
lines.linewidth: 2
text.color: {ink}
xtick.color: {faint}
xtick.labelcolor: {ink}
ytick.color: {faint}
ytick.labelcolor: {ink}
"""


def written() -> dict[Path, str]:
    """The files that follow from the design, with their content."""
    contents = {"book.mplstyle": style()} | drawings()
    return {FIGURES / name: content for name, content in contents.items()}


if __name__ == "__main__":
    for file, content in written().items():
        file.write_text(content, encoding="utf-8")
