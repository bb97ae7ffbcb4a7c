"""Top-1 and top-5 errors on photographs, of the centre or of ten crops."""

import torch
from torch import nn
from torchvision.transforms.v2 import functional as transforms

from utils.data import PhotographFolder
from utils.system import PADDING, SINGLE, ProcessGroup, Profile


@torch.no_grad()
def top_k_errors(
    model: nn.Module,
    data: PhotographFolder,
    image_size: int,
    profile: Profile,
    ten: bool = False,
    group: ProcessGroup = SINGLE,
    batch_size: int = 64,
) -> tuple[float, float]:
    """Top-1 and top-5 error (0 to 1) of `model` on `data`: of the centre, or of `ten` crops.

    The ten are the corners and the centre with their reflections; their softmax is averaged (§4.1).
    """
    model.to(profile.device).eval()
    size, counts = [image_size, image_size], torch.zeros(3)
    with profile.autocast():
        for x, y in data.batches(batch_size, device=profile.device, group=group):
            crops = transforms.ten_crop(x, size) if ten else [transforms.center_crop(x, size)]
            scores = sum(model(crop).float().softmax(1) for crop in crops)
            best = scores.topk(min(5, scores.shape[1]), dim=1).indices
            right = best == y[:, None]
            hits = (right[:, 0].sum(), right.any(1).sum(), (y != PADDING).sum())
            counts += torch.stack(hits).cpu()
    first, five, count = group.total(*counts.tolist())
    return 1 - first / count, 1 - five / count


def report_top_k(
    model: nn.Module,
    data: PhotographFolder,
    image_size: int,
    profile: Profile,
    group: ProcessGroup = SINGLE,
) -> None:
    """Print the errors in per cent, of the centre crop and of ten."""
    for name, ten in (("Centre crop", False), ("Ten crops", True)):
        top1, top5 = top_k_errors(model, data, image_size, profile, ten, group)
        print(f"{name}: top-1 error {top1:.2%}, top-5 error {top5:.2%}.")
