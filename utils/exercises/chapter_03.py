"""The exercises of chapter 3, layer shapes. How they are written: `kinds`."""

import torch
from torch import nn

from utils.exercises.kinds import Choice, Exercise, Function, Number
from utils.nets import AlexNet, conv_out, initialise, layer_table, receptive_field


def exercise_1() -> Exercise:
    """conv1 on 256 px under both rules, and how often the rules agree."""
    floor, ceil = conv_out(256, 11, 4), conv_out(256, 11, 4, rule="ceil")
    same = [n for n in range(224, 257) if conv_out(n, 11, 4) == conv_out(n, 11, 4, rule="ceil")]
    kernel = 256 // 4, "256 / 4 forgets the kernel: its first position already takes 11 pixels."
    between = 245 / 4 + 1, "A window stands somewhere or not: round as the rule says."
    yield "width under floor", Number(floor)
    yield floor - 1, "These are the steps: there is one position more than steps."
    yield ceil, "This is ceil: floor leaves out the last step, which does not fit."
    yield kernel
    yield between
    yield "width under ceil", Number(ceil)
    yield floor, "This is floor (or the 1 is missing): ceil takes a last step that does not fit."
    yield kernel
    yield between
    yield "sizes that agree", Number(len(same))
    yield 33 - len(same), "So many disagree: the rules agree where the last step fits exactly."
    yield 9, "Every fourth size, but which comes first? 224 - 11 is no multiple of 4."
    yield 1, "227 is the first of them; there are more up to 256."
    yield 33, "Already at 224 they differ: 54 and 55."


def exercise_2() -> Exercise:
    """conv3 in two groups."""
    with torch.device("meta"):
        conv3 = layer_table(nn.Conv2d(256, 384, 3, padding=1, groups=2), (256, 13, 13))
    parameters, macs = int(conv3["parameters"].sum()), int(conv3["MACs"].sum())
    weights, one_group = parameters - 384, 2 * (parameters - 384) + 384
    yield "parameters", Number(parameters)
    yield one_group, "This is conv3 as it is, in one group."
    yield weights, "These are the weights alone: every kernel has a bias, too."
    yield (
        one_group // 2,
        "The biases are halved as well: a group has fewer kernels, each with its own bias, and "
        "there are two groups.",
    )
    yield weights + 2 * 384, "The biases are counted twice: a kernel belongs to one group only."
    half = 192 * (9 * 128 + 1)
    yield half, "Only one of the two groups is counted: together they have 384 kernels."
    yield "MACs", Number(macs)
    yield 2 * macs, "This is conv3 as it is, in one group (or products and sums, counted apart)."
    yield macs + 384 * 13**2, "The biases are counted: they are added, not multiplied."
    yield weights, "Every weight once: it is used once at each position of the map."
    yield weights * 12**2, "A map of 12×12 is PyTorch's floor; the network's has 13×13."
    yield weights * 13, "Positions in one row: the map has 13 rows."


def exercise_3() -> Exercise:
    """A stride of 2 in conv1."""
    with torch.device("meta"):
        features = AlexNet().features
        before = layer_table(features, (3, 224, 224))
        features.conv1.stride = (2, 2)
        after = layer_table(features, (3, 224, 224))
    channels, side, _ = after["output"].iloc[-1]
    field, at_first = (int(table["receptive field"].iloc[-1]) for table in (after, before))
    factor = float(after["MACs"].sum() / before["MACs"].sum())
    yield "factor of the MACs", Number(factor, tolerance=0.01)
    yield 2, "The stride is halved in both directions."
    yield 4, "Nearly: maps are not exactly twice as wide. Compute their sides with `conv_out`."
    yield 1, "The weights stay, but there are more positions to use them at."
    yield "inputs of fc6", Number(channels * side**2)
    yield 256 * 12**2, "12 is floor, or 6 doubled; follow the ceil rule from conv1 on."
    yield 256 * 6**2, "So many as before: but pool5 has more positions now."
    yield side**2, "So many positions; there are 256 maps of them."
    yield 256 * side, "So many in one row of every map."
    yield "receptive field", Number(field)
    yield at_first, "This is the field with stride 4: everything after conv1 now lies closer."
    yield 2 * at_first, "Smaller, not larger: the units of conv1 now lie closer together."
    yield at_first / 2, "Not all of it is halved: conv1's own window stays as it is."
    yield at_first // 2 + 1, "Not all of it is halved: conv1's own 11 pixels stay."
    yield field - 11, "conv1's own window is missing."


def exercise_4() -> Exercise:
    """A listing that pads nothing."""
    with torch.device("meta"):
        first = nn.Conv2d(3, 96, 11, 4), nn.MaxPool2d(3, 2)
        second = nn.Conv2d(96, 256, 5), nn.MaxPool2d(3, 2)
        others = nn.Conv2d(256, 384, 3), nn.Conv2d(384, 384, 3), nn.Conv2d(384, 384, 3)
        printed = nn.Sequential(*first, *second, *others, nn.MaxPool2d(1, 2))
        channels, side, _ = layer_table(printed, (3, 227, 227))["output"].iloc[-1]
    yield "lines to change", Choice("bcdef")
    yield "a", "Line a is as it should be: it makes 55 positions of 227 px."
    for letter in "bcd":
        yield letter, "How many pixels does a convolution add if only `padding_mode` is given?"
    yield "e", "How many maps does the fifth convolution of AlexNet have?"
    yield "f", "What is there to choose for a pooling with a window of one pixel?"
    yield "numbers that arrive", Number(channels * side**2)
    yield 256 * 6**2, "So many are expected; asked is how many arrive."
    yield 256 * side**2, "The last convolution of this listing has 384 maps."
    yield 384 * 7**2, "This would be right if `padding_mode` padded."
    yield 384 * 2**2, "For 224 px? 227 leave the last pooling 5 px, and it starts at 0, 2, 4."
    yield side**2, "So many in one map."


def seen(layers: nn.Module, image: torch.Tensor, unit: int | slice) -> tuple[int, int]:
    """First row of `image` that unit (unit, unit) depends on, and the row after the last."""
    x = image.clone().requires_grad_()
    layers(x)[..., unit, unit].sum().backward()
    rows = x.grad.abs().sum((0, 1, 3)).nonzero()
    return rows.min().item(), rows.max().item() + 1


def exercise_5() -> Exercise:
    """A receptive field, measured."""

    def chain(side: int, *windows: tuple[int, int, int]) -> tuple[nn.Sequential, torch.Tensor]:
        """Convolutions that nothing can hide from, for all weights are 1, and an image."""
        layers = [nn.Conv2d(1, 1, *window, bias=False) for window in windows]
        for layer in layers:
            nn.init.ones_(layer.weight)
        return nn.Sequential(*layers), torch.ones(1, 1, side, side)

    def quarter() -> tuple:
        rng = torch.Generator().manual_seed(0)
        net = initialise(AlexNet(width=0.25, lrn=None), "he", rng)
        return net.features, torch.randn(1, 3, 224, 224, generator=rng), 2

    def inclusive(layers, image, unit):
        first, stop = seen(layers, image, unit)
        return first, stop - 1

    steps = "11×11 in steps of 4, then 3×3 in steps of 2, on 63 px, unit 2"
    cases = {
        "one kernel of 3×3 on 9 px, unit 4": lambda: (*chain(9, (3, 1, 0)), 4),
        steps: lambda: (*chain(63, (11, 4, 0), (3, 2, 0)), 2),
        "5×5 with padding 2 on 9 px, unit 0": lambda: (*chain(9, (5, 1, 2)), 0),
        "AlexNet's layers at a quarter of the width, 224 px, unit 2": quarter,
    }
    yield Function(seen, "answer(layers, image, unit)", cases)
    yield inclusive, "Your second number is the last row; give the row after it, as slices do."
    words = "This is what the whole map sees: take the gradient of one position only."
    yield lambda layers, image, unit: seen(layers, image, slice(None)), words
    words = "This is how many rows it sees: give the first, and the one after the last."
    yield lambda layers, image, unit: len(range(*seen(layers, image, unit))), words
    words = "This is the formula, which counts the padding as well: measure, with a gradient."
    yield lambda layers, image, unit: receptive_field(layers).of_unit(unit), words


def exercise_6() -> Exercise:
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
    yield "for the weights", Number(3 * weights, tolerance=0.01, unit="GB")
    yield weights, "The weights alone: their gradients and momentum are as large again, each."
    yield 2 * weights, "The weights and one more: gradients *and* momentum are as large again."
    yield 4 * weights, "Once too often: momentum is one number a weight (Adam has two)."
    yield 3 * weights / 4, "A number of 32 bits has four bytes."
    yield "outputs", Number(outputs, tolerance=0.01, unit="GB")
    yield image, "This is one image; a batch has 128."
    yield everything, "ReLU and dropout are counted as well: the question leaves them out."
    yield outputs / 4, "A number of 32 bits has four bytes."
    yield "sum", Number(total, tolerance=0.01, unit="GB")
    yield total - outputs, "The gradients of the outputs are missing: they are as large again."
    yield weights + 2 * outputs, "The gradients of the weights, and their momentum, are missing."
    yield 3 * weights + 2 * image, "The outputs of one image; a batch has 128."
