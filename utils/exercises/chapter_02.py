"""The exercises of chapter 2, LeNet and AlexNet. How they are written: `kinds`."""

from functools import partial

import torch
from torch import nn

from utils.exercises.kinds import Choice, Exercise, Function, Number
from utils.nets import AlexNet, LeNet


def exercise_1() -> Exercise:
    """The same LeNet for larger images: which layers get more parameters?"""
    yield Choice("c")
    yield "a", "A convolution's kernel does not know how large the image is."
    yield "b", "That is true of their MACs. A kernel of 5×5 stays one of 5×5."
    yield "d", "The flattened map is larger: somebody has to weigh its numbers."
    yield "e", "fc4 still reads the 120 outputs of fc3."


def exercise_2() -> Exercise:
    """LeNet for images of 56 px: parameters of fc3, MACs of conv2."""
    net = LeNet(image_size=56)
    fc3, conv2 = net.classifier.fc3.weight.numel(), net.features.conv2.weight.numel()
    side = (56 // 2) - 4  # conv2's map: 28 px after pooling, a kernel of 5 without padding
    yield "parameters of fc3", Number(fc3 + 120)
    yield fc3, "These are the weights alone: every unit has a bias, too."
    yield (
        (16 * 10 * 10 + 1) * 120,
        "10 px is where conv2's map ends at 28 px. Go through it again from 56: the last map is "
        "larger.",
    )
    yield (16 * 14 * 14 + 1) * 120, "conv2 has no padding: it costs 4 px before the pooling."
    yield 4 * 48_120, "Not exactly four times: the unpadded conv2 costs 4 px at every size."
    yield "MACs of conv2", Number(conv2 * side**2)
    yield conv2 * 28**2, "28 px is what comes into conv2. It has no padding."
    yield conv2 * 10**2, "This is the number at 28 px."
    yield (conv2 + 16) * side**2, "Biases are additions: they are not counted as MACs."
    yield conv2, "These are the weights. Each is used once for every position of the map."
    yield 16 * 25 * side**2, "Each of the 16 kernels sees 6 maps."


def repooled(net: nn.Sequential, **settings) -> nn.Sequential:
    """`net` with a maximum with these settings in place of every average over 2×2."""
    layers = (nn.MaxPool2d(**settings) if isinstance(x, nn.AvgPool2d) else x for x in net)
    return nn.Sequential(*layers)


def exercise_3() -> Exercise:
    """Overlapping pooling that leaves the maps as large as they were."""

    def outputs(function, net, side):
        return function(net)(torch.arange(float(side * side)).sin().view(1, 1, side, side))

    def features():
        torch.manual_seed(1)
        first = nn.Conv2d(1, 2, 5, padding=2), nn.ReLU(), nn.AvgPool2d(2)
        return nn.Sequential(*first, nn.Conv2d(2, 3, 5), nn.ReLU(), nn.AvgPool2d(2))

    cases = {
        "LeNet's layers on 28 px": lambda: (features(), 28),
        "the same on 32 px": lambda: (features(), 32),
    }
    overlapping = partial(repooled, kernel_size=3, stride=2, ceil_mode=True)
    yield Function(overlapping, "answer(features)", cases, call=outputs)
    words = "Rounded down, a window of 3 does not fit as often as one of 2: the maps shrink."
    yield partial(repooled, kernel_size=3, stride=2), words
    yield partial(repooled, kernel_size=2), "Windows of 2 in steps of 2 do not overlap."
    yield partial(repooled, kernel_size=3), "PyTorch's default stride is the window: 3."
    yield lambda net: net, "Nothing has changed: averages over 2×2."


def exercise_4() -> Exercise:
    """How many times LeNet's weights has AlexNet's conv2?"""
    with torch.device("meta"):
        ours, theirs = LeNet().features.conv2.weight, AlexNet().features.conv2.weight
    yield Number(theirs.numel() / ours.numel(), tolerance=0.01)
    yield 16, "A kernel also has a depth, and there are more channels to read, too."
    yield 256, "That would be without groups: each kernel of AlexNet reads half of the 96 channels."
    yield 8, "The kernels are deeper. But there are also more of them."
    yield 1376 / 22, "That is the ratio of all channels. Weights are kernels times what each reads."


def exercise_5() -> Exercise:
    """Design: does depth help at equal cost?"""
    yield Choice("ace")
    yield "a", "What would a wider, shallow network have done with the same time?"
    yield "b", "What a network cannot learn at one's rate it may learn at its own."
    yield "c", "One seed is one draw: look at the spread in the figures above."
    yield "d", "Whoever chooses by the test images has no test left."
    yield "e", "A rate that suits five layers need not suit eight."


def exercise_6() -> Exercise:
    """Criticise: AlexNet's architecture brings two points over LeNet."""
    yield Choice("abd")
    yield "a", "Count what differs between the two besides the layers."
    yield "b", "What does a second training of each give?"
    yield "c", "Fashion-MNIST's test images are the same 10,000 for everyone."
    yield "d", "How large is the image that each of them reads, and how long did each train?"
    yield "e", "Accuracies of 88 % leave room for 12 points."
