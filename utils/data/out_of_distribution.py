"""Images that are no clothes, as a network for Fashion-MNIST gets them: uint8 (N, 28, 28)."""

import torch
import torch.nn.functional as F
from torchvision.transforms.v2 import functional as transforms

from utils.data.photographs import PHOTOGRAPHS, photograph


def grey(name: str, size: int | None = None) -> torch.Tensor:
    """A photograph (`utils.data`) as grey values: float32 (H, W) in 0..1."""
    return transforms.rgb_to_grayscale(photograph(name, size))[0]


def crops(each: int, seed: int = 0) -> torch.Tensor:
    """Square pieces of seven photographs, `each` from every one, of at least 64 px."""
    rng, pieces = torch.Generator().manual_seed(seed), []
    for name in PHOTOGRAPHS:
        whole = grey(name)[None]
        height, width = whole.shape[1:]
        for _ in range(each):
            side, down, across = torch.rand(3, generator=rng).tolist()
            size = int(64 + side * (min(height, width) - 64))
            top, left = int(down * (height - size)), int(across * (width - size))
            piece = whole[:, top : top + size, left : left + size]
            pieces.append(transforms.resize(piece, [28, 28], antialias=True)[0])
    return _bytes(torch.stack(pieces))


def digits(count: int) -> torch.Tensor:
    """Handwritten digits, white on black, from scikit-learn: 8 × 8 px, enlarged to 20 × 20."""
    from sklearn.datasets import load_digits  # takes a second, which few chapters need

    images = torch.from_numpy(load_digits().images[:count]).float()[:, None] / 16
    return _bytes(F.pad(F.interpolate(images, (20, 20), mode="bilinear")[:, 0], (4, 4, 4, 4)))


def rectangles(count: int, seed: int = 0) -> torch.Tensor:
    """Grey rectangles on black, each of random size, place and brightness."""
    rng, images = torch.Generator().manual_seed(seed), torch.zeros(count, 28, 28)
    for image in images:
        high, wide, down, across, light = torch.rand(5, generator=rng).tolist()
        height, width = int(6 + 20 * high), int(6 + 20 * wide)
        top, left = int(down * (28 - height)), int(across * (28 - width))
        image[top : top + height, left : left + width] = 0.3 + 0.7 * light
    return _bytes(images)


def _bytes(images: torch.Tensor) -> torch.Tensor:
    return (255 * images.clamp(0, 1)).round().to(torch.uint8)
