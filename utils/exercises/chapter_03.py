"""The exercises of chapter 3, layer shapes."""

from functools import cache

import pandas as pd
import torch
from torch import nn

from utils.exercises.functions import Function
from utils.exercises.kinds import Choice, Number, Parts
from utils.nets import AlexNet, conv_out, initialise, layer_table, receptive_field


@cache
def alexnet(stride: int = 4) -> pd.DataFrame:
    """The layers of AlexNet for 224 px, with any stride of conv1: its features, up to pool5."""
    with torch.device("meta"):
        features = AlexNet().features
        features.conv1.stride = (stride, stride)
        return layer_table(features, (3, 224, 224)).set_index("layer")


def exercise_1() -> Parts:
    """conv1 on 256 px under both rules, and how often the rules agree."""
    floor, ceil = conv_out(256, 11, 4), conv_out(256, 11, 4, rule="ceil")
    same = [n for n in range(224, 257) if conv_out(n, 11, 4) == conv_out(n, 11, 4, rule="ceil")]
    steps = "These are the steps: there is one position more than steps."
    kernel = "256 / 4 forgets the kernel: its first position already takes 11 pixels."
    between = "A window stands somewhere or not: round as the rule says."
    return Parts({
        "width under floor": Number(floor, {
            floor - 1: steps,
            ceil: "This is ceil: floor leaves out the last step, which does not fit.",
            256 // 4: kernel,
            245 / 4 + 1: between,
        }),
        "width under ceil": Number(ceil, {
            floor: "This is floor (or the 1 is missing): ceil takes a last step that does not fit.",
            256 // 4: kernel,
            245 / 4 + 1: between,
        }),
        "sizes that agree": Number(len(same), {
            33 - len(same): "So many disagree: the rules agree where the last step fits exactly.",
            9: "Every fourth size, but which comes first? 224 - 11 is no multiple of 4.",
            1: "227 is the first of them; there are more up to 256.",
            33: "Already at 224 they differ: 54 and 55.",
        }),
    })  # fmt: skip


def exercise_2() -> Parts:
    """conv3 in two groups."""
    with torch.device("meta"):
        conv3 = layer_table(nn.Conv2d(256, 384, 3, padding=1, groups=2), (256, 13, 13))
    parameters, macs = int(conv3["parameters"].sum()), int(conv3["MACs"].sum())
    weights, one_group = parameters - 384, 2 * (parameters - 384) + 384
    return Parts({
        "parameters": Number(parameters, {
            one_group: "This is conv3 as it is, in one group.",
            weights: "These are the weights alone: every kernel has a bias, too.",
            one_group // 2: "The biases are halved as well: a group has fewer kernels, each with "
            "its own bias, and there are two groups.",
            weights + 2 * 384: "The biases are counted twice: a kernel belongs to one group only.",
            192 * (9 * 128 + 1): "Only one of the two groups is counted: together they have 384 "
            "kernels.",
        }),
        "MACs": Number(macs, {
            2 * macs: "This is conv3 as it is, in one group (or products and sums, counted apart).",
            macs + 384 * 13**2: "The biases are counted: they are added, not multiplied.",
            weights: "Every weight once: it is used once at each position of the map.",
            weights * 12**2: "A map of 12×12 is PyTorch's floor; the network's has 13×13.",
            weights * 13: "Positions in one row: the map has 13 rows.",
        }),
    })  # fmt: skip


def exercise_3() -> Parts:
    """A stride of 2 in conv1."""
    before, after = alexnet(), alexnet(stride=2)
    factor = float(after["MACs"].sum() / before["MACs"].sum())
    channels, side, _ = after["output"]["pool5"]
    field = int(after["receptive field"]["pool5"])
    at_first = int(before["receptive field"]["pool5"])
    return Parts({
        "factor of the MACs": Number(factor, tolerance=0.01, wrong={
            2: "The stride is halved in both directions.",
            4: "Nearly: maps are not exactly twice as wide. Compute their sides with `conv_out`.",
            1: "The weights stay, but there are more positions to use them at.",
        }),
        "inputs of fc6": Number(channels * side**2, {
            256 * 12**2: "12 is floor, or 6 doubled; follow the ceil rule from conv1 on.",
            256 * 6**2: "So many as before: but pool5 has more positions now.",
            side**2: "So many positions; there are 256 maps of them.",
            256 * side: "So many in one row of every map.",
        }),
        "receptive field": Number(field, {
            at_first: "This is the field with stride 4: everything after conv1 now lies closer.",
            2 * at_first: "Smaller, not larger: the units of conv1 now lie closer together.",
            at_first / 2: "Not all of it is halved: conv1's own window stays as it is.",
            at_first // 2 + 1: "Not all of it is halved: conv1's own 11 pixels stay.",
            field - 11: "conv1's own window is missing.",
        }),
    })  # fmt: skip


def exercise_4() -> Parts:
    """A listing that pads nothing."""
    with torch.device("meta"):
        printed = nn.Sequential(
            nn.Conv2d(3, 96, 11, 4), nn.MaxPool2d(3, 2), nn.Conv2d(96, 256, 5), nn.MaxPool2d(3, 2),
            nn.Conv2d(256, 384, 3), nn.Conv2d(384, 384, 3), nn.Conv2d(384, 384, 3),
            nn.MaxPool2d(1, 2),
        )  # fmt: skip
        channels, side, _ = layer_table(printed, (3, 227, 227))["output"].iloc[-1]
    padding = "How many pixels does a convolution add if only `padding_mode` is given?"
    return Parts({
        "lines to change": Choice("bcdef", {
            "a": "Line a is as it should be: it makes 55 positions of 227 px.",
            "b": padding,
            "c": padding,
            "d": padding,
            "e": "How many maps does the fifth convolution of AlexNet have?",
            "f": "What is there to choose for a pooling with a window of one pixel?",
        }),
        "numbers that arrive": Number(channels * side**2, {
            256 * 6**2: "So many are expected; asked is how many arrive.",
            256 * side**2: "The last convolution of this listing has 384 maps.",
            384 * 7**2: "This would be right if `padding_mode` padded.",
            384 * 2**2: "For 224 px? 227 leave the last pooling 5 px, and it starts at 0, 2, 4.",
            side**2: "So many in one map.",
        }),
    })  # fmt: skip


def seen(layers: nn.Module, image: torch.Tensor, unit: int) -> tuple[int, int]:
    """First row of `image` that unit (unit, unit) depends on, and the row after the last."""
    x = image.clone().requires_grad_()
    layers(x)[..., unit, unit].sum().backward()
    rows = x.grad.abs().sum((0, 1, 3)).nonzero()
    return rows.min().item(), rows.max().item() + 1


def exercise_5() -> Function:
    """A receptive field, measured."""

    def chain(*windows: tuple[int, int, int]) -> nn.Sequential:
        """Convolutions of one channel that nothing can hide from: all weights are 1."""
        layers = [nn.Conv2d(1, 1, *window, bias=False) for window in windows]
        for layer in layers:
            nn.init.ones_(layer.weight)
        return nn.Sequential(*layers)

    def quarter() -> tuple:
        random = torch.Generator().manual_seed(0)
        net = initialise(AlexNet(width=0.25, lrn=None), "he", random)
        return net.features, torch.randn(1, 3, 224, 224, generator=random), 2

    def inclusive(layers, image, unit):
        first, stop = seen(layers, image, unit)
        return first, stop - 1

    def whole_map(layers, image, unit):
        x = image.clone().requires_grad_()
        layers(x).sum().backward()
        rows = x.grad.abs().sum((0, 1, 3)).nonzero()
        return rows.min().item(), rows.max().item() + 1

    def how_many(layers, image, unit):
        first, stop = seen(layers, image, unit)
        return stop - first

    return Function(
        seen,
        "answer(layers, image, unit)",
        {
            "one kernel of 3×3 on 9 px, unit 4": lambda: (
                chain((3, 1, 0)), torch.ones(1, 1, 9, 9), 4
            ),
            "11×11 in steps of 4, then 3×3 in steps of 2, on 63 px, unit 2": lambda: (
                chain((11, 4, 0), (3, 2, 0)), torch.ones(1, 1, 63, 63), 2
            ),
            "5×5 with padding 2 on 9 px, unit 0": lambda: (
                chain((5, 1, 2)), torch.ones(1, 1, 9, 9), 0
            ),
            "AlexNet's layers at a quarter of the width, 224 px, unit 2": quarter,
        },
        {
            inclusive: "Your second number is the last row; give the row after it, as slices do.",
            whole_map: "This is what the whole map sees: take the gradient of one position only.",
            how_many: "This is how many rows it sees: give the first, and the one after the last.",
            lambda layers, image, unit: receptive_field(layers).of_unit(unit): "This is the "
            "formula, which counts the padding as well: measure, with a gradient.",
        },
    )  # fmt: skip


def exercise_6() -> Parts:
    """The memory of training at batch size 128."""
    with torch.device("meta"):
        table = layer_table(AlexNet(), (3, 224, 224))
    asked = ["CeilConv2d", "Conv2d", "LocalResponseNorm", "MaxPool2d", "Linear"]
    stored = table[table["kind"].isin(asked)]
    weights = float(4 * table["parameters"].sum() / 1e9)
    image = float(stored["activations (kB)"].sum() / 1e6)
    everything = float(128 * table["activations (kB)"].sum() / 1e6)
    outputs = 128 * image
    total = 3 * weights + 2 * outputs
    settings = {"tolerance": 0.01, "unit": "GB"}
    return Parts({
        "for the weights": Number(3 * weights, **settings, wrong={
            weights: "The weights alone: their gradients and momentum are as large again, each.",
            2 * weights: "The weights and one more: gradients *and* momentum are as large again.",
            4 * weights: "Once too often: momentum is one number a weight (Adam has two).",
            3 * weights / 4: "A number of 32 bits has four bytes.",
        }),
        "outputs": Number(outputs, **settings, wrong={
            image: "This is one image; a batch has 128.",
            everything: "ReLU and dropout are counted as well: the question leaves them out.",
            outputs / 4: "A number of 32 bits has four bytes.",
        }),
        "sum": Number(total, **settings, wrong={
            total - outputs: "The gradients of the outputs are missing: they are as large again.",
            weights + 2 * outputs: "The gradients of the weights, and their momentum, are missing.",
            3 * weights + 2 * image: "The outputs of one image; a batch has 128.",
        }),
    })  # fmt: skip
