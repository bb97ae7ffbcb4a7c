"""The networks between LeNet and a small AlexNet: each change changes what it says."""

import pytest
import torch

from utils.nets import AblationNet, LeNet
from utils.nets.ablation import RandomView


def kinds(*changes):
    return [type(layer).__name__ for layer in AblationNet(*changes).modules()]


def test_without_changes_it_is_lenet():
    ours, theirs = AblationNet(), LeNet()
    with torch.no_grad():
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            mine.copy_(other)
    x = torch.rand(2, 1, 28, 28)
    assert torch.equal(ours(x), theirs(x))


def test_each_change_changes_what_it_says():
    assert "Sigmoid" in kinds() and "ReLU" not in kinds()
    assert "ReLU" in kinds("ReLU") and "Sigmoid" not in kinds("ReLU")
    assert kinds("max").count("MaxPool2d") == 2
    assert AblationNet("overlap").features.pool1.kernel_size == 3
    assert kinds("deep").count("Conv2d") == 5
    assert list(dict(AblationNet("deep", middle=2).features.named_children()))[-2:] == [
        "conv4",
        "act4",
    ]
    assert kinds("dropout").count("Dropout") == 2
    assert kinds("augment").count("RandomView") == 1
    with pytest.raises(ValueError, match="deeper is unknown: use some of ReLU, max"):
        AblationNet("deeper")


def test_a_view_is_a_shifted_or_mirrored_image_in_training_only():
    torch.manual_seed(0)
    image = torch.rand(1, 1, 28, 28) + 1
    view = RandomView().train()
    seen = view(image.expand(64, -1, -1, -1))
    background = torch.nn.functional.pad(image, (2, 2, 2, 2), value=-0.2860406 / 0.3530242)
    crops = [background[0, 0, r : r + 28, c : c + 28] for r in range(5) for c in range(5)]
    allowed = [*crops, *(crop.flip(1) for crop in crops)]
    seen_crops = {next(i for i, a in enumerate(allowed) if torch.equal(a, x[0])) for x in seen}
    assert len(seen_crops) > 20
    assert view.eval()(image) is image
