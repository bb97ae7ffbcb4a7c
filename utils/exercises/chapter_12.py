"""The exercises of chapter 12, from laptop to ImageNet. How they are written: `kinds`."""

from utils.exercises.kinds import Choice, Exercise, Number


def exercise_1() -> Exercise:
    """Bytes of half of pool2's maps for one image, which one column sends before conv3."""
    numbers = 128 * 13 * 13
    yield Number(4 * numbers, unit="bytes")
    yield numbers, "These are numbers. How many bytes has one of 32 bits?"
    yield 2 * 4 * numbers, "That is all of pool2: one column has half of its maps."
    yield 4 * 128 * 27 * 27, "conv3 reads what comes out of the second pooling, not what goes in."
    yield 4 * 192 * 13 * 13, "These are conv3's own outputs: it is its input that is exchanged."


def exercise_2() -> Exercise:
    """The smallest whole batch at which the columns send more bytes than data parallelism."""
    yield Number(989, unit="images")
    yield 988, "Close: with 988 images the columns still send a little less."
    yield 1977, "Count both directions: gradients come back over the same lines."
    yield 494, "Two processes that average send their gradients once each, not half of them."
    yield 128, "That is the paper's batch: which of the two sends more there?"


def exercise_3() -> Exercise:
    """What can go wrong when a training is shared."""
    yield Choice("bd")
    yield "a", "The mean of equal shares' means is the mean of all. And if shares differ in size?"
    yield "b", "Two processes go on from one checkpoint: whose random numbers does it need?"
    yield "d", "The last batch may not be divisible: what fills up the shorter share?"
    yield "c", "Every process must draw the same order; then each takes other images from it."
    yield "e", "One writer is enough: all have the same weights."


def exercise_4() -> Exercise:
    """MB that each of eight processes in a ring sends when they average all gradients once."""
    gradients = 4 * 60_965_224 / 1e6
    yield Number(2 * 7 / 8 * gradients, tolerance=0.01, unit="MB")
    yield gradients, "So much each of two sends: what is 2 (N − 1)/N for eight?"
    yield 7 * gradients, "A ring sends no whole network to every other process."
    yield 2 * gradients, "Close: nobody sends to itself, so N − 1 of N parts travel."
    yield 2 * 7 / 8 * gradients / 4, "One gradient has 4 bytes."
