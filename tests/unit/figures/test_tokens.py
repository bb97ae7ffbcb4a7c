"""The design's colours: readable, apart for every kind of colour vision, and one for all."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_hex, to_rgb
from skimage.color import deltaE_ciede2000, rgb2lab

from utils.figures import PALETTE, colours

WORDS = (
    "ink",
    "faint",
    "link",
    "first",
    "second",
    "true",
    "false",
    "misleading",
    "opinion",
    "unresolved",
)
ARMS = ("blue", "orange", "green", "purple", "amber", "sky")
# What is seen of linear red, green and blue without one kind of cones (Machado 2009, severity 1).
VISION = {
    "all cones": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def linear(colour: str) -> np.ndarray:
    value = np.array(to_rgb(colour))
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """As WCAG 2 defines it."""
    dark, light = sorted(linear(c) @ [0.2126, 0.7152, 0.0722] for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


def seen(colour: str, vision: str) -> np.ndarray:
    """In the space CIELAB."""
    value = np.clip(VISION[vision] @ linear(colour), 0, 1)
    return rgb2lab(np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("dark", [False, True])
def test_words_have_contrast_on_every_surface(dark):
    colour = colours(dark)
    for word in WORDS:
        for surface in ("page", "panel", "paper"):
            assert contrast(colour[word], colour[surface]) >= 4.5, (word, surface)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("dark", [False, True])
def test_arms_stay_apart_for_every_kind_of_colour_vision(dark, vision):
    colour = colours(dark)
    for one, other in combinations(ARMS, 2):
        far = deltaE_ciede2000(seen(colour[one], vision), seen(colour[other], vision))
        assert far > 8, (one, other, far)


def test_both_modes_have_the_same_names():
    assert colours().keys() == colours(dark=True).keys()


def test_figures_have_the_colours_of_the_design():
    """Matplotlib drops an entry that it cannot read, without an error."""
    cycle = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    assert [to_hex(colour) for colour in cycle] == PALETTE
