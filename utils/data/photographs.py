"""A few colour photographs that come inside scikit-image and scikit-learn."""

from collections.abc import Callable

import numpy as np
import skimage.data
import torch
from torchvision.transforms.v2 import functional as transforms


def _sample_image(name: str) -> np.ndarray:
    from sklearn.datasets import load_sample_image  # takes a second, which few chapters need

    return load_sample_image(name)


# All of them come inside the packages, none is fetched.
LOADERS: dict[str, Callable[[], np.ndarray]] = {
    "astronaut": skimage.data.astronaut,
    "cat": skimage.data.cat,
    "coffee": skimage.data.coffee,
    "rocket": skimage.data.rocket,
    "motorcycle": lambda: skimage.data.stereo_motorcycle()[0],
    "motorcycle, right eye": lambda: skimage.data.stereo_motorcycle()[1],
    "china": lambda: _sample_image("china.jpg"),
    "flower": lambda: _sample_image("flower.jpg"),
}
PHOTOGRAPHS = tuple(name for name in LOADERS if "right eye" not in name)  # different scenes


def photograph(name: str, size: int | None = None) -> torch.Tensor:
    """A colour photograph as a float32 tensor (3, H, W) in 0..1.

    With `size`, the shorter side is resized to that many pixels and the centre square is kept:
    (3, size, size).

    From scikit-image: astronaut (NASA, public domain), cat (Stefan van der Walt, CC0), coffee
    (Rachel Michetti, CC0), rocket (SpaceX, public domain), motorcycle (Middlebury stereo 2014,
    Scharstein et al.; the second one is the same scene from a little further right). From
    scikit-learn, both CC BY 2.0: china (danielbuechele on Flickr) and flower (vultilion on Flickr).

    Raises ValueError, with the names that exist, for an unknown `name`.
    """
    if name not in LOADERS:
        raise ValueError(f'No photograph "{name}": choose one of {", ".join(LOADERS)}.')
    pixels = torch.from_numpy(LOADERS[name]().copy()).permute(2, 0, 1).float() / 255
    if size:
        pixels = transforms.resize(pixels, [size], antialias=True).clamp(0, 1)
        pixels = transforms.center_crop(pixels, [size, size])
    return pixels.contiguous()
