"""The ImageNet challenge and what came before it: results, data, dates, each with its source.

Nothing here is measured by the book. `place` and `source` say where a number was read.
"""

from typing import NamedTuple

LIST = "list of the results, 2011 to 2016 (second-hand)"
OFFICIAL = "official results of 2012, task 1"


class Entry(NamedTuple):
    """One result in classification: `error` is the top-5 error in per cent.

    `role` is its place in the challenge of its year, or why it has none; `networks` is how many
    were averaged, where that was looked up.
    """

    name: str
    year: int
    error: float
    role: str
    features: str
    networks: str
    data: str
    source: str
    key: str  # in references.bib


ENTRIES = (
    Entry("2010, best entry", 2010, 28.2, "winner", "by hand, with a learned code", "none",
          "not looked up",
          "Krizhevsky 2012, Table 1", "krizhevsky2012"),
    Entry("2011, best entry", 2011, 25.77, "winner", "not looked up", "not looked up",
          "not looked up", LIST, "ilsvrclist"),
    Entry("2011, second", 2011, 31.01, "second", "not looked up", "not looked up",
          "not looked up", LIST, "ilsvrclist"),
    Entry("2012, AlexNet, 7 networks", 2012, 15.315, "winner", "learned", "7",
          "supplied, and ImageNet Fall 2011", OFFICIAL, "ilsvrc2012"),
    Entry("2012, AlexNet, 5 networks", 2012, 16.422, "same team", "learned", "5", "supplied",
          OFFICIAL, "ilsvrc2012"),
    Entry("2012, AlexNet, 1 network", 2012, 18.21, "validation, no entry", "learned", "1",
          "supplied", "run notes of network 145", "chm2025"),
    Entry("2012, second (ISI)", 2012, 26.172, "second", "made by hand", "none", "not looked up",
          OFFICIAL, "ilsvrc2012"),
    Entry("2013, best, more data", 2013, 11.197, "winner", "learned", "not looked up",
          "supplied, and more", LIST, "ilsvrclist"),
    Entry("2013, best, supplied data", 2013, 11.7, "same team", "learned", "not looked up",
          "supplied", "Caffe's issue 32 (second-hand)", "caffe"),
    Entry("2013, second", 2013, 12.953, "second", "not looked up", "not looked up",
          "not looked up", LIST, "ilsvrclist"),
    Entry("2014, GoogLeNet", 2014, 6.656, "winner", "learned", "not looked up",
          "not looked up", LIST, "ilsvrclist"),
    Entry("2014, second (VGG)", 2014, 7.325, "second", "learned", "not looked up",
          "not looked up", LIST, "ilsvrclist"),
    Entry("2015, ResNet", 2015, 3.57, "winner", "learned", "several", "not looked up",
          "He 2016, abstract", "he2016"),
    Entry("2015, second", 2015, 3.581, "second", "not looked up", "not looked up",
          "not looked up", LIST, "ilsvrclist"),
    Entry("2016, best entry", 2016, 2.991, "winner", "not looked up", "not looked up",
          "not looked up", LIST, "ilsvrclist"),
    Entry("2016, second", 2016, 3.031, "second", "not looked up", "not looked up",
          "not looked up", LIST, "ilsvrclist"),
    Entry("2017, SENet", 2017, 2.251, "winner", "learned", "not looked up", "not looked up",
          "Hu 2018, abstract", "hu2018"),
)  # fmt: skip

# Files that the team "SuperVision" handed in (official results of 2012, task 1).
SUPERVISION = {
    "test-preds-131-137-145-135-145f.txt": 16.422,
    "test-preds-141-146.2009-131-137-145-146.2011-145f.": 15.315,
}


class Notes(NamedTuple):
    """What the comments of a file `layers/layer-params-….cfg` say of a training, as shares."""

    what: str
    top1: float
    top5: float
    test: str


# Ten views averaged, but for the second (released program, commit 2f8b81f).
RUN_NOTES = {
    "145-2010": Notes("the paper's network", 0.374727, 0.169987, "2010, test"),
    "145-2010, one view": Notes("the same, centre only", 0.390247, 0.182953, "2010, test"),
    "145-half": Notes("half of it, one GPU", 0.391680, 0.182287, "2010, test"),
    "145": Notes("the paper's network", 0.406640, 0.182100, "2012, validation"),
    "147": Notes("pooling without overlap", 0.410580, 0.185100, "2012, validation"),
    "148": Notes("no normalisation layers", 0.420340, 0.193620, "2012, validation"),
    "150": Notes("no links between the GPUs, wider", 0.418280, 0.193300, "2012, validation"),
    "146-2012-2011": Notes("pre-trained, sixth conv", 0.389900, 0.166220, "2012, validation"),
}


class ImageSet(NamedTuple):
    """A set of labelled images; `key` is in references.bib."""

    year: int
    images: int
    classes: int
    key: str


DATA_SETS = {
    "MNIST, for training": ImageSet(1998, 60_000, 10, "lecun1998"),
    "ImageNet, as published": ImageSet(2009, 3_200_000, 5_247, "deng2009"),
    "ILSVRC-2010, for training": ImageSet(2010, 1_200_000, 1_000, "krizhevsky2012"),
    "ILSVRC-2010, test": ImageSet(2010, 150_000, 1_000, "krizhevsky2012"),
    "ILSVRC-2012, test": ImageSet(2012, 100_000, 1_000, "russakovsky2015"),
    "Fashion-MNIST, for training": ImageSet(2017, 60_000, 10, "xiao2017"),
}


class Event(NamedTuple):
    """Something that was there before AlexNet, in a few words."""

    year: int
    who: str
    what: str
    key: str


TIMELINE = (
    Event(1969, "Fukushima", "units that let positive sums through and no others", "fukushima1969"),
    Event(1980, "Fukushima", "Neocognitron: layers of local features, shift tolerated; learned "
         "without a teacher", "fukushima1980"),
    Event(1989, "LeCun et al.", "a convolutional network trained by backpropagation, on zip codes",
         "lecun1989"),
    Event(1998, "LeCun et al.", "LeNet-5", "lecun1998"),
    Event(2006, "Chellapilla et al.", "a convolutional network on a graphics card, 3.1 to 4.1 "
         "times as fast as on the CPU", "chellapilla2006"),
    Event(2009, "Raina et al.", "unsupervised networks of 100 million parameters on graphics "
         "cards, up to 70 times as fast as on two cores", "raina2009"),
    Event(2009, "Jarrett et al.", "rectification as a stage of its own helps recognition",
         "jarrett2009"),
    Event(2009, "Deng et al.", "ImageNet", "deng2009"),
    Event(2010, "Nair and Hinton", "rectified linear units, under that name", "nair2010"),
    Event(2011, "Cireşan et al.", "deep convolutional networks on GPUs: records on MNIST, NORB "
         "and CIFAR-10", "ciresan2011"),
    Event(2012, "Cireşan et al.", "several such networks averaged, trained on GPUs", "ciresan2012"),
    Event(2012, "Le et al.", "features learned from 10 million images without labels, on 16,000 "
         "cores: the best result on 20,000 categories of ImageNet", "le2012"),
    Event(2012, "Hinton et al.", "dropout", "hinton2012dropout"),
    Event(2012, "Krizhevsky et al.", "AlexNet: 1.2 million images of 1,000 classes, two GPUs",
         "krizhevsky2012"),
)  # fmt: skip

# Test errors of Cireşan and others in 2011, in per cent, on images of at most 96 px.
RECORDS_OF_2011 = {"MNIST": 0.35, "NORB": 2.53, "CIFAR-10": 19.51}


def entry(name: str) -> Entry:
    """The entry called `name`; ValueError if there is none."""
    entries = {one.name: one for one in ENTRIES}
    if name not in entries:
        raise ValueError(f'No entry "{name}": there are {", ".join(entries)}.')
    return entries[name]


def gap(first: Entry, second: Entry) -> tuple[float, float]:
    """How much lower the error of `second` is: in points, and as a share of that of `first`."""
    return first.error - second.error, 1 - second.error / first.error
