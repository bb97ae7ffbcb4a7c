"""Nearest neighbours: by pixels, by the last hidden layer of AlexNet, and of an untrained AlexNet.

The paper shows images whose 4,096 values in the last hidden layer are close (Figure 4). Here they
are counted, on Fashion-MNIST, with a quarter-width AlexNet: test images look for their neighbours
among training images that the network has not seen.
"""

import torch
from sklearn.neighbors import KNeighborsClassifier

from utils.data import Labelled, batches, fashion_mnist
from utils.initialisation import initialise
from utils.models import AlexNet
from utils.settings import Profile
from utils.training import Recipe, evaluate, train

SIZE, K = 64, 5  # px of an image; neighbours
WHERE = Profile("quick", torch.device("cpu"), torch.float32)


def run(seed: int, images: int = 10_000, epochs: int = 3, others: int = 5_000) -> dict:
    """Neighbours of 2,000 test images among `others` training images that were not trained on.

    Returns {"network": its accuracy, space: {"accuracy", "same class", "also by pixels"}}: of the
    majority of K neighbours; and the shares of the K neighbours that have the image's class, and
    that are among its K neighbours by pixels.
    """
    rest, some, tests = parts(seed, images, others)
    untrained, net = network(seed), network(seed)
    recipe = Recipe(epochs, batch_size=64, lr=0.02, image_size=SIZE, seed=seed)
    train(net, rest, (tests[0][:10], tests[1][:10]), recipe, WHERE)
    spaces = {"pixels": None, "untrained": untrained, "trained": net}
    by = {name: nearest(space, some, tests) for name, space in spaces.items()}
    found = {name: counted(near, by["pixels"][0], tests[1]) for name, near in by.items()}
    return {"network": round(evaluate(net, tests, recipe, WHERE)[1], 4)} | found


def parts(seed: int, images: int, others: int) -> tuple[Labelled, Labelled, Labelled]:
    """Images to train on, others to find neighbours among, and 2,000 test images."""
    data = fashion_mnist(quiet=True)
    order = torch.randperm(len(data.train_labels), generator=torch.Generator().manual_seed(seed))
    chosen = order[:images], order[images : images + others]
    rest, some = ((data.train_images[c], data.train_labels[c]) for c in chosen)
    return rest, some, (data.test_images[:2_000], data.test_labels[:2_000])


def network(seed: int) -> AlexNet:
    """A quarter-width AlexNet without response normalisation: He's first weights."""
    net = AlexNet(10, in_channels=1, image_size=SIZE, width=0.25, lrn=None)
    return initialise(net, "he", torch.Generator().manual_seed(seed))


@torch.no_grad()
def described(net: AlexNet | None, images: torch.Tensor) -> torch.Tensor:
    """What fc7 gives after its ReLU, (N, 1024); without a network the pixels, (N, 784)."""
    if net is None:
        return images.flatten(1).float()
    net.eval()
    labels = torch.zeros(len(images), dtype=torch.long)
    until_fc7 = net.classifier[:5]  # fc6, relu6, drop6, fc7, relu7
    return torch.cat(
        [
            until_fc7(net.features(x).flatten(1))
            for x, _ in batches(images, labels, 500, image_size=SIZE)
        ]
    )


def nearest(net: AlexNet | None, some: Labelled, tests: Labelled) -> tuple:
    """For each test image the places of its K nearest, (N, K), and their majority's class, (N,)."""
    search = KNeighborsClassifier(K, algorithm="brute").fit(described(net, some[0]), some[1])
    x = described(net, tests[0])
    places = torch.from_numpy(search.kneighbors(x, return_distance=False))
    return places, torch.from_numpy(search.predict(x)), some[1][places]


def counted(near: tuple, by_pixels: torch.Tensor, labels: torch.Tensor) -> dict:
    """The three shares of `run`, 0 to 1."""
    places, majority, classes = near
    shares = {
        "accuracy": majority == labels,
        "same class": classes == labels[:, None],
        "also by pixels": (places[:, :, None] == by_pixels[:, None, :]).any(2),
    }
    return {name: round(share.float().mean().item(), 4) for name, share in shares.items()}
