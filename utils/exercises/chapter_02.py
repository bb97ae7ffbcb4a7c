"""The exercises of chapter 2, LeNet and AlexNet."""

import torch
from torch import nn

from utils.exercises.functions import Function
from utils.exercises.kinds import Choice, Number, Parts
from utils.nets import AlexNet, LeNet


def exercise_1() -> Choice:
    """The same LeNet for larger images: which layers get more parameters?"""
    return Choice("c", {
        "a": "A convolution's kernel does not know how large the image is.",
        "b": "That is true of their MACs. A kernel of 5×5 stays one of 5×5.",
        "d": "The flattened map is larger: somebody has to weigh its numbers.",
        "e": "fc4 still reads the 120 outputs of fc3.",
    })  # fmt: skip


def exercise_2() -> Parts:
    """LeNet for images of 56 px: parameters of fc3, MACs of conv2."""
    net = LeNet(image_size=56)
    fc3, conv2 = net.classifier.fc3, net.features.conv2
    side = (56 // 2) - 4  # conv2's map: 28 px after pooling, a kernel of 5 without padding
    weights = conv2.weight.numel()
    return Parts({
        "parameters of fc3": Number(fc3.weight.numel() + 120, {
            fc3.weight.numel(): "These are the weights alone: every unit has a bias, too.",
            (16 * 10 * 10 + 1) * 120: "10 px is where conv2's map ends at 28 px. Go through it "
            "again from 56: the last map is larger.",
            (16 * 14 * 14 + 1) * 120: "conv2 has no padding: it costs 4 px before the pooling.",
            4 * 48_120: "Not exactly four times: the unpadded conv2 costs 4 px at every size.",
        }),
        "MACs of conv2": Number(weights * side**2, {
            weights * 28**2: "28 px is what comes into conv2. It has no padding.",
            weights * 10**2: "This is the number at 28 px.",
            (weights + 16) * side**2: "Biases are additions: they are not counted as MACs.",
            weights: "These are the weights. Each is used once for every position of the map.",
            16 * 25 * side**2: "Each of the 16 kernels sees 6 maps.",
        }),
    })  # fmt: skip


def overlapping(net: nn.Sequential) -> nn.Sequential:
    """Every average over 2×2 replaced by a maximum over 3×3 in steps of 2; the maps stay."""
    return nn.Sequential(*(
        nn.MaxPool2d(3, stride=2, ceil_mode=True) if isinstance(layer, nn.AvgPool2d) else layer
        for layer in net
    ))  # fmt: skip


def exercise_3() -> Function:
    """Overlapping pooling that leaves the maps as large as they were."""

    def replaced(**settings):
        def change(net):
            return nn.Sequential(*(
                nn.MaxPool2d(**settings) if isinstance(layer, nn.AvgPool2d) else layer
                for layer in net
            ))  # fmt: skip

        return change

    def outputs(function, net, side):
        changed = function(net)
        x = torch.arange(float(side * side)).sin().view(1, 1, side, side)
        return changed(x)

    def features():
        torch.manual_seed(1)
        return nn.Sequential(
            nn.Conv2d(1, 2, 5, padding=2), nn.ReLU(), nn.AvgPool2d(2),
            nn.Conv2d(2, 3, 5), nn.ReLU(), nn.AvgPool2d(2),
        )  # fmt: skip

    return Function(
        overlapping,
        "answer(features)",
        {
            "LeNet's layers on 28 px": lambda: (features(), 28),
            "the same on 32 px": lambda: (features(), 32),
        },
        {
            replaced(kernel_size=3, stride=2): "Rounded down, a window of 3 does not fit as often "
            "as one of 2: the maps shrink.",
            replaced(kernel_size=2): "Windows of 2 in steps of 2 do not overlap.",
            replaced(kernel_size=3): "PyTorch's default stride is the window: 3.",
            lambda net: net: "Nothing has changed: averages over 2×2.",
        },
        call=outputs,
    )


def exercise_4() -> Number:
    """How many times LeNet's weights has AlexNet's conv2?"""
    with torch.device("meta"):
        ours, theirs = LeNet().features.conv2.weight, AlexNet().features.conv2.weight
    ratio = theirs.numel() / ours.numel()
    return Number(ratio, {
        16: "A kernel also has a depth, and there are more channels to read, too.",
        256: "That would be without groups: each kernel of AlexNet reads half of the 96 channels.",
        8: "The kernels are deeper. But there are also more of them.",
        1376 / 22: "That is the ratio of all channels. Weights are kernels times what each reads.",
    }, tolerance=0.01)  # fmt: skip


def exercise_5() -> Choice:
    """Design: does depth help at equal cost?"""
    return Choice("ace", {
        "a": "What would a wider, shallow network have done with the same time?",
        "b": "What a network cannot learn at one's rate it may learn at its own.",
        "c": "One seed is one draw: look at the spread in the figures above.",
        "d": "Whoever chooses by the test images has no test left.",
        "e": "A rate that suits five layers need not suit eight.",
    })  # fmt: skip


def exercise_6() -> Choice:
    """Criticise: AlexNet's architecture brings two points over LeNet."""
    return Choice("abd", {
        "a": "Count what differs between the two besides the layers.",
        "b": "What does a second training of each give?",
        "c": "Fashion-MNIST's test images are the same 10,000 for everyone.",
        "d": "How large is the image that each of them reads, and how long did each train?",
        "e": "Accuracies of 88 % leave room for 12 points.",
    })  # fmt: skip
