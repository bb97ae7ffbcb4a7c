"""Every program that the tutorials print or imply, run: shapes, counts, errors and behaviour."""

import ast
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.transforms import v2

from tools.notebooks import NOTEBOOKS
from utils import keras_models
from utils.compare import difference, stages
from utils.data import batches, fashion_mnist, photograph
from utils.models import AlexNet, D2LAlexNet, LeNet, OneTowerLRNAlexNet, repaired_tutorial_alexnet
from utils.shapes import layer_table
from utils.training import Recipe, train
from utils.widgets.network_diff import NetworkDiff

GOLDEN = json.loads((Path(__file__).parents[2] / "support/golden.json").read_text(encoding="utf-8"))


def cell(beginning: str) -> str:
    """The code cell of chapter 9 that begins so: readers see what is tested here."""
    (path,) = (path for path in NOTEBOOKS if path.stem.startswith("09"))
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    (source,) = (
        source
        for source in map("".join, (c["source"] for c in cells if c["cell_type"] == "code"))
        if source.startswith(beginning)
    )
    return source


def defined(name: str, *sources: str):
    """What `name` is after running these sources on the meta device."""
    namespace = {"torch": torch, "nn": nn, "math": math, "ast": ast}
    with torch.device("meta"):
        for source in sources:
            exec(source, namespace)
    return namespace[name]


def keras_shapes(model) -> list[list[int]]:
    """The output of each layer as PyTorch counts: batch, channels, height, width."""
    shapes = []
    for layer in model.layers:
        _, *shape = layer.output.shape
        shapes.append([1, *shape[-1:], *shape[:-1]])
    return shapes


def without(kind: str, shapes: list) -> list[list[int]]:
    return [shape for name, shape in shapes if name != kind]


@pytest.fixture(scope="module")
def printed():
    """The listing as printed, in the chapter's words."""
    return defined("Printed", cell("class Printed"))


@pytest.fixture(scope="module")
def few():
    """Real images and labels, few of them."""
    images, labels = fashion_mnist().train
    return images[:64], labels[:64]


# --- the PyTorch network with response normalisation after each pooling


def test_the_listing_without_line_breaks_does_not_parse():
    listing = defined("listing", cell("listing ="))
    with pytest.raises(SyntaxError) as error:
        ast.parse(listing)
    assert error.value.lineno == 3


def test_the_listing_with_line_breaks_runs():
    listing, mending = cell("listing ="), cell("mended =").split("with torch.device")[0]
    net = defined("Net", listing, f"{mending}\nexec(mended)")
    with torch.device("meta"):
        model = net()
        table = layer_table(model, (3, 224, 224))
        assert [
            [name, [1, *shape]] for name, shape in zip(table["kind"], table["output"], strict=True)
        ] == [row for row in GOLDEN["t0_torch_lrn"]["shapes"] if row[0] != "Flatten"]
        assert difference(model, OneTowerLRNAlexNet()).empty
    assert sum(p.numel() for p in model.parameters()) == GOLDEN["t0_torch_lrn"]["params"]


# --- the course's network in Keras and in PyTorch


def test_the_keras_course_network_prints_its_shapes_and_counts():
    golden, model = GOLDEN["t1_keras_d2l"], keras_models.d2l_alexnet()
    assert keras_shapes(model) == without("ReLU", golden["shapes"])
    assert model.count_params() == golden["params"]
    counts = [layer.count_params() for layer in model.layers if layer.count_params()]
    assert counts == list(golden["per_layer"].values())


def test_the_keras_course_network_trains_on_fashion_mnist(few):
    images, labels = few
    x = F.interpolate(images[:8, None].float() / 255, size=224).permute(0, 2, 3, 1).numpy()
    model = keras_models.d2l_alexnet()
    loss = keras_models.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    sgd = keras_models.keras.optimizers.SGD(learning_rate=0.01)
    model.compile(optimizer=sgd, loss=loss, metrics=["accuracy"])
    history = model.fit(x, labels[:8].numpy(), batch_size=4, epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_the_pytorch_course_network_trains_on_fashion_mnist(few):
    net = D2LAlexNet(width=0.125)
    history = train(net, few, few, Recipe(epochs=1, lr=0.01, image_size=224))
    assert {"train loss", "train accuracy", "test accuracy"} <= history.epochs[0].keys()
    assert math.isfinite(history.epochs[0]["train loss"])


# --- the listing that fails, and its repair


@pytest.mark.parametrize("side", [224, 227])
def test_the_printed_listing_fails_as_printed(printed, side):
    golden = GOLDEN["t4_torch_as_written"]
    with torch.device("meta"):
        model = printed()
        table = layer_table(model.features, (3, side, side))
        with pytest.raises(RuntimeError) as error:
            model(torch.zeros(1, 3, side, side))
    assert str(error.value) == golden[f"error{side}"]
    found = [[k, [1, *s]] for k, s in zip(table["kind"], table["output"], strict=True)]
    assert found == golden[f"shapes{side}"]
    assert sum(p.numel() for p in model.parameters()) == golden["params"]


@pytest.mark.parametrize(("images", "side", "rows"), [(6, 224, 1), (8, 227, 3), (128, 227, 48)])
def test_the_printed_listing_mixes_images(printed, images, side, rows):
    with torch.device("meta"):
        assert printed()(torch.zeros(images, 3, side, side)).shape == (rows, 1000)


def test_the_loss_sees_what_the_network_hides():
    with pytest.raises(ValueError) as error:
        F.cross_entropy(torch.zeros(1, 1000), torch.zeros(6, dtype=torch.long))
    assert str(error.value) == "Expected input batch_size (1) to match target batch_size (6)."


def test_the_printed_first_weights():
    init_bias = defined("init_bias", cell("def init_bias").split("\n\n\ntorch.manual_seed")[0])
    torch.manual_seed(0)
    net = defined("Printed", cell("class Printed"))(10).to_empty(device="cpu")
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    init_bias(net)
    convolutions = [i for i, layer in enumerate(net.features) if isinstance(layer, nn.Conv2d)]
    ones = [i for i in convolutions if (net.features[i].bias == 1).all()]
    assert ones == [4, 10, 12]
    assert [(net.classifier[i].bias == 1).all().item() for i in (0, 3, 6)] == [True, True, False]
    assert net.features[8].weight.std().item() == pytest.approx(0.01, rel=0.02)
    assert net.classifier[0].weight.std().item() == pytest.approx(0.00601, rel=0.02)


def test_the_repaired_listing_runs_at_227_px():
    with torch.device("meta"):
        model = repaired_tutorial_alexnet()
        assert model(torch.zeros(6, 3, 227, 227)).shape == (6, 1000)
        with pytest.raises(ValueError, match="227 to 258 px"):
            model(torch.zeros(1, 3, 224, 224))
    assert sum(p.numel() for p in model.parameters()) == GOLDEN["paper_ungrouped"]["params"]


# --- the Keras network with batch normalisation


def test_the_keras_network_with_batch_normalisation(capsys):
    golden, model = GOLDEN["t4_keras_batchnorm"], keras_models.batchnorm_alexnet()
    activations = {"ReLU", "Softmax"}
    assert [shape for kind, shape in golden["shapes"] if kind not in activations] == [
        shape
        for layer, shape in zip(model.layers, keras_shapes(model), strict=True)
        if type(layer).__name__ != "Activation"
    ]
    trained = sum(math.prod(w.shape) for w in model.trainable_weights)
    assert (trained, model.count_params()) == (golden["params"], golden["keras_total"])
    model.summary(print_fn=print)
    said = capsys.readouterr().out
    assert "Total params: 62,383,848" in said
    assert "Non-trainable params: 2,752" in said


# --- what surrounds the networks


def test_a_layer_by_layer_printer():
    table = layer_table(LeNet(), (1, 28, 28))
    shapes = without("Flatten", GOLDEN["lenet_d2l"]["shapes"])
    assert [[1, *shape] for shape in table[table["kind"] != "Flatten"]["output"]] == shapes


def test_ten_crops_are_averaged():
    """The order of torchvision's crops, and that probabilities are averaged, not logits."""
    photo = v2.functional.resize(photograph("cat", 256), [40, 40])
    crops = torch.stack(v2.TenCrop(32)(photo))
    assert torch.equal(crops[0], photo[:, :32, :32])
    assert torch.equal(crops[4], photo[:, 4:36, 4:36])
    assert torch.equal(crops[5], photo.flip(-1)[:, :32, :32])  # the mirrored top right corner
    torch.manual_seed(0)
    net = LeNet(in_channels=3, image_size=32, activation=nn.ReLU, pool=nn.MaxPool2d).eval()
    with torch.no_grad():
        logits = net(crops)
    average = logits.softmax(1).mean(0)
    assert average.sum().item() == pytest.approx(1)
    assert not torch.equal(average, logits.mean(0).softmax(0))


def test_random_crop_and_flip():
    torch.manual_seed(0)
    photo = photograph("coffee", 256)
    augment = v2.Compose([v2.RandomCrop(224), v2.RandomHorizontalFlip()])
    views = torch.stack([augment(photo) for _ in range(8)])
    assert views.shape == (8, 3, 224, 224)
    assert len(views.flatten(1).unique(dim=0)) > 1
    assert torch.isin(views, photo).all()  # only moved and mirrored: no new colour


def test_colour_jitter_changes_colours_only():
    torch.manual_seed(0)
    photo = photograph("coffee", 64)
    jittered = v2.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4)(photo)
    assert jittered.shape == photo.shape
    assert not torch.equal(jittered, photo)
    assert jittered.min() >= 0
    assert jittered.max() <= 1


def test_torchvision_has_no_lighting_noise():
    names = [name.lower() for name in dir(v2)]
    assert "colorjitter" in names
    assert not any(word in name for name in names for word in ("light", "pca", "eigen"))


def test_lighting_noise_along_the_colours_of_photographs():
    """The paper's noise: 0.1 of an eigenvalue would drown a photograph, 0.1 of its root does not.

    The program's array is called `color_stdevs`, which says the root.
    """
    names = ("astronaut", "cat", "coffee", "rocket", "china", "flower")
    pixels = torch.cat([255 * photograph(name, 64).flatten(1).T for name in names])
    eigenvalues, components = torch.linalg.eigh(torch.cov(pixels.T))
    assert torch.allclose(components.T @ components, torch.eye(3), atol=1e-4)
    draw = 0.1 * torch.randn(1000, 3, generator=torch.Generator().manual_seed(0))
    as_printed = (draw * eigenvalues) @ components.T  # one colour shift an image
    with_roots = (draw * eigenvalues.sqrt()) @ components.T
    assert as_printed.norm(dim=1).mean() > 255
    assert 1 < with_roots.norm(dim=1).mean() < 30
    augmented = 255 * photograph("cat", 64) + with_roots[0][:, None, None]
    assert augmented.shape == (3, 64, 64)


def test_lenet_and_alexnet_in_one_figure():
    described = {
        name: {
            "stages": stages(net),
            "facts": {"parameters": sum(p.numel() for p in net.parameters())},
        }
        for name, net in {"LeNet": LeNet(), "AlexNet": AlexNet(width=1 / 16)}.items()
    }
    figure, alt, _ = NetworkDiff(described, "LeNet", "AlexNet").still()
    assert "conv2: 16 of 5×5×6 / 16 of 5×5×" in alt
    assert figure.axes


def test_response_normalisation_with_default_and_paper_constants():
    """Nine channels, one of them large: the formula as printed is PyTorch's with 5 times alpha."""
    a = torch.tensor([5.0, 5, 5, 5, 300, 5, 5, 5, 5]).view(1, 9, 1, 1)
    printed = nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)(a).flatten()
    assert printed[4].item() == pytest.approx(49.63417)
    assert printed[2].item() == pytest.approx(0.8272362)
    assert printed[1].item() == pytest.approx(2.9619174)
    far, near = nn.LocalResponseNorm(5)(a).flatten()[[0, 3]]
    assert far.item() == pytest.approx(5, rel=0.01)  # with k = 1 a small response is left alone
    assert near < far


def test_dropout_in_training_and_at_test():
    torch.manual_seed(0)
    x = torch.ones(100_000)
    dropout = nn.Dropout(0.5)
    dropped = dropout(x)
    assert set(dropped.unique().tolist()) == {0.0, 2.0}
    assert dropped.mean().item() == pytest.approx(1, abs=0.02)
    assert torch.equal(dropout.eval()(x), x)


def test_fashion_mnist_enlarged_in_batches(few):
    x, y = next(batches(*few, 16, image_size=224))
    assert x.shape == (16, 1, 224, 224)
    assert y.shape == (16,)
    assert x.float().mean().abs() < 1  # normalised
