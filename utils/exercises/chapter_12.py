"""The exercises of chapter 12, from laptop to ImageNet."""

from utils.exercises.kinds import Choice, Number


def exercise_1() -> Number:
    """Bytes of half of pool2's maps for one image, which one column sends before conv3."""
    numbers = 128 * 13 * 13
    return Number(4 * numbers, {
        numbers: "These are numbers. How many bytes has one of 32 bits?",
        2 * 4 * numbers: "That is all of pool2: one column has half of its maps.",
        4 * 128 * 27 * 27: "conv3 reads what comes out of the second pooling, not what goes in.",
        4 * 192 * 13 * 13: "These are conv3's own outputs: it is its input that is exchanged.",
    }, unit="bytes")  # fmt: skip


def exercise_2() -> Number:
    """The smallest whole batch at which the columns send more bytes than data parallelism."""
    return Number(989, {
        988: "Close: with 988 images the columns still send a little less.",
        1977: "Count both directions: gradients come back over the same lines.",
        494: "Two processes that average send their gradients once each, not half of them.",
        128: "That is the paper's batch: which of the two sends more there?",
    }, unit="images")  # fmt: skip


def exercise_3() -> Choice:
    """What can go wrong when a training is shared."""
    return Choice("bd", {
        "a": "The mean of equal shares' means is the mean of all. And if shares differ in size?",
        "b": "Two processes go on from one checkpoint: whose random numbers does it need?",
        "d": "The last batch may not be divisible: what fills up the shorter share?",
        "c": "Every process must draw the same order; then each takes other images from it.",
        "e": "One writer is enough: all have the same weights.",
    })  # fmt: skip


def exercise_4() -> Number:
    """MB that each of eight processes in a ring sends when they average all gradients once."""
    gradients = 4 * 60_965_224 / 1e6
    return Number(2 * 7 / 8 * gradients, {
        gradients: "So much each of two sends: what is 2 (N − 1)/N for eight?",
        7 * gradients: "A ring sends no whole network to every other process.",
        2 * gradients: "Close: nobody sends to itself, so N − 1 of N parts travel.",
        2 * 7 / 8 * gradients / 4: "One gradient has 4 bytes.",
    }, tolerance=0.01, unit="MB")  # fmt: skip
