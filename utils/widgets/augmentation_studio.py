"""Augmentation studio: crop, mirror and relight a photograph, in training and at test time."""

import torch
import traitlets as t

from utils.data import PHOTOGRAPHS, colour_axes, photograph
from utils.figures import image_grid
from utils.widgets.base import Still, Widget, levels, module

SIDE, CROP = 256, 224  # px, as in the paper


class AugmentationStudio(Widget):
    """A photograph of 256 px (stored at half of them), its crop of 224 px, and colour noise.

    The noise of factors `a1`, `a2`, `a3`, in hundredths, goes along the principal components of
    six photographs' pixels. `unit` says what a factor is multiplied by: the root of the eigenvalue
    ("root"), or the eigenvalue of pixels from 0 to 255 ("levels") or from 0 to 1 ("unit").
    """

    ANALYSED = tuple(name for name in PHOTOGRAPHS if name != "motorcycle")  # whose colours

    _esm = module("augmentation_studio.js")
    caption = (
        "A photograph (astronaut, NASA) as the network of 2012 saw it: crop, reflection and colour "
        "noise in training, ten crops at test time."
    )
    heights = (845, 1575)
    photograph = t.Bytes(help="uint8 (128, 128, 3): every second pixel").tag(sync=True)
    cloud = t.Bytes(help="uint8 (900, 3): pixels of six photographs").tag(sync=True)
    values = t.List(t.Float(), help="three eigenvalues, for pixels from 0 to 1").tag(sync=True)
    vectors = t.List(t.Float(), help="3 x 3, a component in each column").tag(sync=True)
    middle = t.List(t.Float(), help="mean colour, 0 to 255").tag(sync=True)
    top, left = (t.Int(16, min=0, max=SIDE - CROP).tag(sync=True) for _ in range(2))
    mirrored = t.Enum([0, 1], 0).tag(sync=True)
    a1, a2, a3 = (t.Int(0, min=-30, max=30).tag(sync=True) for _ in range(3))
    unit = t.Enum(["root", "levels", "unit"], "root").tag(sync=True)
    view = t.Enum(["one", "ten"], "one").tag(sync=True)
    turn = t.Int(3, min=0, max=35).tag(sync=True)

    def __init__(self, **settings):
        pixels = torch.cat([photograph(name, 64).flatten(1).T for name in self.ANALYSED])
        values, vectors = colour_axes(pixels.T[None, :, :, None])
        small = photograph("astronaut", SIDE // 2).permute(1, 2, 0)
        super().__init__(
            photograph=levels(small).numpy().tobytes(),
            cloud=levels(pixels[:: -(-len(pixels) // 900)]).numpy().tobytes(),
            values=values.tolist(),
            vectors=vectors.flatten().tolist(),
            middle=(255 * pixels.mean(0)).tolist(),
            **settings,
        )

    def shift(self) -> torch.Tensor:
        """What is added to red, green and blue, in levels of 0 to 255."""
        values = torch.tensor(self.values, dtype=torch.double)
        lengths = {"root": 255 * values.sqrt(), "levels": 255**2 * values, "unit": 255 * values}
        factors = torch.tensor([self.a1, self.a2, self.a3]) / 100
        vectors = torch.tensor(self.vectors, dtype=torch.double).view(3, 3)
        return vectors @ (factors * lengths[self.unit])

    def crop(self) -> torch.Tensor:
        """The crop (3, 224, 224) with mirror and noise, in 0..1."""
        image = photograph("astronaut", SIDE) + (self.shift() / 255).float()[:, None, None]
        image = image.clamp(0, 1)[:, self.top : self.top + CROP, self.left : self.left + CROP]
        return image.flip(-1) if self.mirrored else image

    def still(self) -> Still:
        panels = {"photograph, 256 px": photograph("astronaut", SIDE), "crop, 224 px": self.crop()}
        red, green, blue = (f"{value:+.0f}" for value in self.shift().tolist())
        alt = (
            f"An astronaut, and the crop of 224 px that begins {self.top} px down and {self.left} "
            f"px across{', mirrored' if self.mirrored else ''}, with {red} levels of red, {green} "
            f"of green and {blue} of blue."
        )
        return image_grid(panels, columns=2), alt, True
