"""The engine of the page against PyTorch: layers, gradients, whole trainings; in both browsers."""

import base64
import copy
import gzip
from collections import OrderedDict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.conftest import missing
from tools import make_engine
from utils.nets import AlexNet, CeilConv2d, Constant, LeNet, initialise
from utils.page_files import HERE, page_file, script
from utils.widgets.base import uniforms

KINDS = {
    nn.Conv2d: ("conv2d", {"out_channels": "channels"}, "kernel_size stride padding groups"),
    nn.Linear: ("linear", {"out_features": "features"}, ""),
    nn.MaxPool2d: ("max_pool2d", {}, "kernel_size stride ceil_mode"),
    nn.AvgPool2d: ("avg_pool2d", {}, "kernel_size stride"),
    nn.LocalResponseNorm: ("lrn", {}, "size alpha beta k"),
    nn.BatchNorm2d: ("batch_norm", {}, ""),
    nn.BatchNorm1d: ("batch_norm", {}, ""),
    nn.Dropout: ("dropout", {}, "p"),
    Constant: ("constant", {}, "factor"),
    nn.ReLU: ("relu", {}, ""),
    nn.Tanh: ("tanh", {}, ""),
    nn.Sigmoid: ("sigmoid", {}, ""),
}
MODULES = ("files.js", "random.js", "engine/client.js", "engine/clothes.js")
# Tensors travel as base64. Images are `weight` of their class's pattern and the rest noise.
IN_PAGE = """
const floats = text => new Float32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
function text(array) {
  let letters = "";
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  for (let i = 0; i < bytes.length; i += 30000) {
    letters += String.fromCharCode(...bytes.subarray(i, i + 30000));
  }
  return btoa(letters);
}
const mapped = (tensors, change) => Object.fromEntries(Object.entries(tensors).map(
  ([name, { shape, data }]) => [name, { shape, data: change(data) }]));
function images(labels, numbers, size, weight) {
  const all = new Float32Array(labels.length * size);
  labels.forEach((label, n) => {
    for (let i = 0; i < size; i++) {
      const part = weight * uniform(label, i) + (1 - weight) * uniform(100 + numbers[n], i);
      all[n * size + i] = 4 * part - 2;
    }
  });
  return all;
}
async function start(program) {
  const bytes = Uint8Array.from(atob(program), c => c.charCodeAt(0));
  return startEngine(await unpacked(bytes));
}
"""
TRAIN = """async ([program, description, weights, labels, weight]) => {
  const engine = await start(program);
  await engine.call("build", description);
  await engine.call("load", mapped(weights, floats));
  const losses = [], size = description.input.reduce((a, b) => a * b);
  let gradients;
  for (let step = 0; step * description.batchSize < labels.length; step++) {
    const from = step * description.batchSize;
    const now = labels.slice(from, from + description.batchSize);
    const batch = images(now, now.map((_, i) => from + i), size, weight);
    losses.push((await engine.call("step", batch, Uint8Array.from(now))).loss);
    gradients ??= mapped(await engine.call("gradients"), text);
  }
  const after = mapped(await engine.call("weights"), text);
  engine.end();
  return { losses, gradients, after };
}"""


def open_page(browser, folder: Path):
    """A new page from the disk with what a widget needs to train."""
    return filled(browser.new_page(), folder)


def filled(page, folder: Path):
    code = "".join(script(HERE / "widgets", name) for name in MODULES)
    (folder / "page.html").write_text(f"<script>{code}{IN_PAGE}</script>", encoding="utf-8")
    page.goto((folder / "page.html").as_uri())
    return page


@pytest.fixture
def page(engine_page, tmp_path):
    """Such a page in each of the browsers."""
    return filled(engine_page, tmp_path)


@cache
def program() -> str:
    return base64.b64encode(page_file("engine")).decode()


def described(net: nn.Module) -> list:
    """The layers of a network as the engine wants them."""
    layers = []
    for name, layer in net.named_modules():
        for kind, (named, renamed, same) in KINDS.items():
            if not isinstance(layer, kind):
                continue
            settings = {new: getattr(layer, old) for old, new in renamed.items()}
            settings |= {key: getattr(layer, key) for key in same.split()}
            settings |= {"ceil_mode": True} if getattr(layer, "ceil_mode", False) else {}
            flat = {k: v[0] if isinstance(v, tuple) else v for k, v in settings.items()}
            layers.append([name.split(".")[-1], named, flat])
    return layers


def short(name: str) -> str:
    return ".".join(name.split(".")[-2:])


def tensors(net: nn.Module) -> dict[str, torch.Tensor]:
    state = {short(name): value.clone() for name, value in net.state_dict().items()}
    return {name: value for name, value in state.items() if "num_batches" not in name}


def packed(found: dict[str, torch.Tensor]) -> dict:
    def text(value):
        return base64.b64encode(value.numpy().tobytes()).decode()

    return {name: {"shape": [*v.shape], "data": text(v)} for name, v in found.items()}


def unpacked(found: dict) -> dict[str, torch.Tensor]:
    def tensor(shape, data):
        return torch.from_numpy(np.frombuffer(base64.b64decode(data), np.float32).copy()).view(
            shape
        )

    return {name: tensor(**value) for name, value in found.items()}


def images(labels: torch.Tensor, first: int, shape: tuple[int, ...], weight: float) -> torch.Tensor:
    """The images that `images` makes in the page."""
    size = int(np.prod(shape))
    patterns = np.stack([uniforms(label, size) for label in range(10)])
    noise = np.stack([uniforms(100 + first + n, size) for n in range(len(labels))])
    mixed = 4 * (weight * patterns[labels.numpy()] + (1 - weight) * noise) - 2
    return torch.from_numpy(mixed.astype(np.float32)).view(-1, *shape)


def trained(net, shape, optimiser, steps, weight, batch=64):
    """What PyTorch makes of it: labels, losses, gradients of the first step, weights afterwards."""
    labels = torch.randint(10, (steps, batch), generator=torch.Generator().manual_seed(1))
    losses, gradients = [], None
    for step, y in enumerate(labels):
        x = images(y, step * batch, shape, weight)
        optimiser.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        gradients = gradients or {short(k): p.grad.clone() for k, p in net.named_parameters()}
        optimiser.step()
        losses.append(loss.item())
    return labels.flatten().tolist(), losses, gradients, tensors(net)


def distance(ours: torch.Tensor, theirs: torch.Tensor) -> float:
    """How far apart, as a part of the norm."""
    return ((ours - theirs).norm() / theirs.norm().clamp_min(1e-12)).item()


def start_near(net: nn.Module) -> nn.Module:
    """He's weights, the last layer's a tenth of them: the loss begins at ln 10 and falls at once.

    At larger steps two builds of PyTorch part as well: a window whose winner changes by the last
    digit of a sum sends its gradient elsewhere.
    """
    initialise(net, "he", torch.Generator().manual_seed(1))
    with torch.no_grad():
        [*net.parameters()][-2].mul_(0.1)
    return net


SGD = {"lr": 0.0003, "momentum": 0.9, "weight_decay": 5e-4}
NETWORKS = {
    "LeNet": (
        lambda: start_near(LeNet(activation=nn.ReLU, pool=nn.MaxPool2d)), 28, SGD | {"lr": 0.001},
    ),
    "AlexNet": (lambda: start_near(AlexNet(10, 1, 64, 0.25, lrn=None, dropout=0)), 64, SGD),
    "AlexNet with LRN": (
        lambda: start_near(AlexNet(10, 1, 64, 0.25, dropout=0)), 64, SGD | {"lr": 0.0015},
    ),
}  # fmt: skip


@cache
def reference(name: str, kind: str):
    make, side, settings = NETWORKS[name]
    net = make()
    before, shape = tensors(net), (1, side, side)
    if kind == "sgd":
        optimiser = torch.optim.SGD(net.parameters(), **settings)
    else:
        settings, optimiser = {"lr": 2e-4}, torch.optim.Adam(net.parameters(), lr=2e-4)
    result = trained(net, shape, optimiser, 50 if kind == "sgd" else 10, weight=0.9)
    description = {
        "input": shape, "batchSize": 64, "layers": described(net),
        "optimiser": {"kind": kind, **settings},
    }  # fmt: skip
    return description, before, *result


# --- layers

LAYERS = {
    "stride, padding, groups": nn.Conv2d(6, 14, 4, stride=3, padding=2, groups=2),
    "groups of three maps": nn.Conv2d(6, 9, 3, padding=1, groups=3),
    "no padding": nn.Conv2d(6, 5, 5),
    "one place": nn.Conv2d(6, 8, 21),
    "stride beyond the kernel": nn.Conv2d(6, 4, 1, stride=3),
    "rounded up": CeilConv2d(6, 8, kernel_size=11, stride=4),
    "max pooling": nn.MaxPool2d(3, 2),
    "max pooling, rounded up": nn.MaxPool2d(2, 2, ceil_mode=True),
    "average pooling": nn.AvgPool2d(2),
    "average pooling, overlapping": nn.AvgPool2d(3, 2),
    "ReLU": nn.ReLU(), "tanh": nn.Tanh(), "sigmoid": nn.Sigmoid(),
    "LRN": nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=2),
    "LRN, even and strong": nn.LocalResponseNorm(4, alpha=2, beta=0.5, k=1),
    "batch norm": nn.BatchNorm2d(6),
    "constant": Constant(),
}  # fmt: skip
LOOK = """async ([program, cases]) => {
  const engine = await start(program), found = [];
  for (const [description, weights, labels, shape] of cases) {
    await engine.call("build", description);
    await engine.call("load", mapped(weights, floats));
    const x = images(labels, labels.map((_, i) => i), shape, 0.5);
    const outputs = mapped(await engine.call("outputs", x), text);
    const { loss } = await engine.call("step", x, Uint8Array.from(labels));
    const gradients = mapped(await engine.call("gradients"), text);
    const after = mapped(await engine.call("weights"), text);
    await engine.call("build", { ...description, batchSize: 1 });
    await engine.call("load", mapped(weights, floats));
    const single = mapped(await engine.call("outputs", x.slice(0, shape)), text);
    found.push({ outputs, single, loss, gradients, after });
  }
  engine.end();
  return found;
}"""


@cache
def small_networks() -> dict[str, nn.Module]:
    """Each layer between a convolution and a linear layer: its input's gradient counts too."""
    torch.manual_seed(0)
    networks = {}
    for name, layer in LAYERS.items():
        first, last = nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.LazyLinear(10)
        parts = {"conv1": first, "layer": layer, "flat": nn.Flatten(), "fc": last}
        networks[name] = nn.Sequential(OrderedDict(parts))
        networks[name](torch.zeros(2, 3, 42, 42))
    return networks


def test_each_layer_and_its_gradients_are_pytorch_s(page):
    labels, shape = torch.arange(16) % 10, (3, 42, 42)
    optimiser = {"kind": "sgd", "lr": 0.1}
    cases = [
        [{"input": shape, "batchSize": 16, "layers": described(net), "optimiser": optimiser},
         packed(tensors(net)), labels.tolist(), 3 * 42 * 42]
        for net in small_networks().values()
    ]  # fmt: skip
    results = page.evaluate(LOOK, [program(), cases])
    x = images(labels, 0, shape, 0.5)
    for (name, original), found in zip(small_networks().items(), results, strict=True):
        net = copy.deepcopy(original)
        for given, ours in ((x, found["outputs"]), (x[:1], found["single"])):
            y = given
            for key, layer in net.eval().named_children():
                y = layer(y)
                if key != "flat":
                    assert distance(unpacked(ours)[key].flatten(), y.flatten()) < 1e-5, (name, key)
        loss = nn.functional.cross_entropy(net.train()(x), labels)
        loss.backward()
        assert found["loss"] == pytest.approx(loss.item(), rel=1e-5), name
        gradients = unpacked(found["gradients"])
        for key, parameter in net.named_parameters():
            if (name, key) == (
                "batch norm",
                "conv1.bias",
            ):  # its gradient is 0, and a rounding error
                assert gradients[key].norm() < 1e-5
            else:
                assert distance(gradients[key], parameter.grad) < 1e-4, (name, key)
        for key, value in tensors(net).items():
            if "running" in key:
                assert distance(unpacked(found["after"])[key], value) < 1e-5, (name, key)


# --- trainings


@pytest.mark.parametrize("kind", ["sgd", "adam"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_training_is_pytorch_s(page, name, kind):
    description, before, labels, losses, gradients, after = reference(name, kind)
    found = page.evaluate(TRAIN, [program(), description, packed(before), labels, 0.9])
    assert found["losses"] == pytest.approx(losses, rel=1e-3)
    first, last = unpacked(found["gradients"]), unpacked(found["after"])
    for key, gradient in gradients.items():
        assert distance(first[key], gradient) < 1e-4, key
    for key, weights in after.items():
        moved, ours = ((w - before[key]).norm() / w.norm() for w in (weights, last[key]))
        assert ours.item() == pytest.approx(moved.item(), rel=1e-3), key
    if kind == "sgd":
        assert losses[-1] < losses[0] / 2


# --- one seed, the same bits

BITS = """async ([program, file]) => {
  const engine = await start(program);
  const bytes = Uint8Array.from(atob(file), c => c.charCodeAt(0));
  await engine.call("data", { ...clothes(await unpacked(bytes)), side: 28, mean: 0.3, std: 0.4 });
  const conv = { channels: 6, kernel_size: 5, padding: 2 }, kinds = ["relu", "tanh", "sigmoid"];
  const normal = { size: 5, alpha: 1, beta: 0.75, k: 2 }, said = [];
  for (const initialisation of ["he", "xavier", 0.1]) for (const kind of ["sgd", "adam"]) {
    const layers = [
      ["conv1", "conv2d", conv], ["one", kinds[0]], ["norm1", "lrn", normal],
      ["pool", "max_pool2d", { kernel_size: 3, stride: 2, ceil_mode: true }],
      ["norm2", "batch_norm"], ["two", kinds[1]], ["drop", "dropout", { p: 0.5 }],
      ["fc2", "linear", { features: 30 }], ["three", kinds[2]], ["fc3", "linear", { features: 10 }],
    ];
    const optimiser = { kind, lr: 0.01 };
    const about = { input: [1, 40, 40], batchSize: 32, layers, seed: 7, initialisation, optimiser };
    await engine.call("build", about);
    await engine.call("train", { steps: 20, images: 1000 });
    const { accuracy } = await engine.call("evaluate");
    said.push([accuracy, mapped(await engine.call("weights"), text)]);
  }
  engine.end();
  return said;
}"""


def test_one_seed_gives_the_same_bits_in_both_browsers(browser, firefox, tmp_path):
    given = [program(), base64.b64encode(page_file("clothes")).decode()]
    found = [open_page(one, tmp_path).evaluate(BITS, given) for one in (browser, firefox)]
    for (accuracy, weights), (other, others) in zip(*found, strict=True):
        assert [name for name in weights if weights[name] != others[name]] == []
        assert accuracy == other
    assert len({accuracy for accuracy, _ in found[0]}) > 3


# --- crops and reflections

VIEWS = """async ([program, file, steps, how]) => {
  const engine = await start(program);
  const bytes = Uint8Array.from(atob(file), c => c.charCodeAt(0));
  await engine.call("data", { ...clothes(await unpacked(bytes)), side: 28, mean: 0, std: 1 });
  const layers = [["fc", "linear", { features: 10 }]], optimiser = { kind: "sgd", lr: 0 };
  await engine.call("build", { input: [1, 28, 28], batchSize: 8, layers, optimiser });
  const zeros = { "fc.weight": { data: new Float32Array(7840) } }, found = [];
  zeros["fc.bias"] = { data: new Float32Array(10) };
  for (let step = 0; step < steps; step++) {
    await engine.call("load", zeros);
    const news = await engine.call("train", { steps: 1, images: 8, ...how });
    found.push([text((await engine.call("gradients"))["fc.weight"].data), news.gradients[0][1]]);
  }
  engine.end();
  return found;
}"""


def gradients_of_views(page, steps, **how):
    """Of a layer whose weights are zero, (steps, 10, 28, 28): `views_seen` says what that is."""
    file = base64.b64encode(page_file("clothes")).decode()
    found = page.evaluate(VIEWS, [program(), file, steps, how])
    gradients = [np.frombuffer(base64.b64decode(text), np.float32) for text, _ in found]
    for gradient, (_, size) in zip(gradients, found, strict=True):
        assert size == pytest.approx(np.sqrt(np.mean(gradient**2)), rel=1e-5)
    return torch.from_numpy(np.stack(gradients)).view(steps, 10, 28, 28)


@cache
def first_images() -> torch.Tensor:
    """The first eight training images of the page, 0 to 1; their classes are 0 to 7."""
    content = gzip.decompress(page_file("clothes"))
    labels = content[8000 * 784 : 8000 * 784 + 8]
    assert sorted(labels) == [*range(8)]
    pixels = torch.frombuffer(bytearray(content[: 8 * 784]), dtype=torch.uint8).view(8, 28, 28)
    return pixels[np.argsort([*labels])] / 255


def views_seen(gradients: torch.Tensor) -> torch.Tensor:
    """The eight images of each step, by class.

    All logits are 0, so the gradient of row c is the mean of (0.1 - [label is c]) x: a tenth of
    the images' sum for class 9, which is not among them, and less an eighth of image c for c.
    """
    return 8 * (gradients[:, 9:] - gradients[:, :8])


def test_crops_and_reflections_are_those_of_pytorch(page):
    seen = views_seen(gradients_of_views(page, 40, window=24, flip=True))
    places = [(top, left, flip) for top in range(5) for left in range(5) for flip in (False, True)]
    windows = torch.stack([first_images()[:, t : t + 24, w : w + 24] for t, w, _ in places], 1)
    large = nn.functional.interpolate(windows, size=28, mode="bilinear")
    mirrored = torch.tensor([flip for *_, flip in places])
    large[:, mirrored] = large[:, mirrored].flip(3)
    distances = (seen[:, :, None] - large).abs().amax((3, 4))
    assert distances.amin(2).max() < 1e-4
    chosen = [places[i] for i in distances.argmin(2).flatten()]
    assert len(set(chosen)) == 50  # of 320 drawn, each place and side comes


def test_without_them_an_image_is_itself_and_one_seed_gives_one_order_of_views(page):
    assert (views_seen(gradients_of_views(page, 1)) - first_images()).abs().max() < 1e-4
    flips = views_seen(gradients_of_views(page, 20, flip=True))
    same = (flips - first_images()).abs().amax((2, 3)) < 1e-4
    mirrored = (flips - first_images().flip(2)).abs().amax((2, 3)) < 1e-4
    assert (same | mirrored).all()
    assert 0.3 < mirrored.float().mean() < 0.7


TESTED = """async ([program, file, net]) => {
  const engine = await start(program);
  const bytes = Uint8Array.from(atob(file), c => c.charCodeAt(0));
  await engine.call("data", { ...clothes(await unpacked(bytes)), side: 28, mean: 0.3, std: 0.4 });
  await engine.call("build", net);
  const right = [];
  engine.onprogress = ({ correct }) => right.push(...correct);
  const { correct, filters } = await engine.call("train", { steps: 60, images: 2000, window: 24 });
  const { accuracy } = await engine.call("evaluate", { window: 24 });
  const weights = mapped(await engine.call("weights"), text);
  engine.end();
  right.push(...correct);
  return { accuracy, right, filters: [...filters.data], weights };
}"""


def test_a_test_takes_the_window_in_the_middle(page):
    net = LeNet(activation=nn.ReLU, pool=nn.MaxPool2d)
    optimiser = {"kind": "sgd", "lr": 0.02, "momentum": 0.9}
    about = {"input": (1, 28, 28), "batchSize": 32, "layers": described(net)}
    file = page_file("clothes")
    given = [program(), base64.b64encode(file).decode(), about | {"optimiser": optimiser}]
    found = page.evaluate(TESTED, given)
    weights = unpacked(found["weights"])
    net.load_state_dict({name: weights[short(name)] for name in net.state_dict()})
    content = gzip.decompress(file)[-2000 * 785 :]
    content = torch.frombuffer(bytearray(content), dtype=torch.uint8)
    images, labels = content[: 2000 * 784].view(-1, 1, 28, 28), content[2000 * 784 :]
    large = nn.functional.interpolate(images[..., 2:-2, 2:-2] / 255, size=28, mode="bilinear")
    right = net((large - 0.3) / 0.4).argmax(1) == labels
    assert found["accuracy"] == pytest.approx(right.float().mean().item(), abs=0.0011)
    assert found["accuracy"] > 0.5
    assert len(found["right"]) == 60
    assert np.mean(found["right"][30:]) > np.mean(found["right"][:10]) + 5
    assert found["filters"] == weights["conv1.weight"].flatten().tolist()


# --- what is refused

REFUSED = {
    "an unknown kind": (
        {"layers": [["a", "conv3d", {}]]},
        "a is of a kind that the engine does not know, “conv3d”: it knows conv2d, linear,",
    ),
    "a kernel that does not fit": (
        {"layers": [["a", "conv2d", {"channels": 4, "kernel_size": 9}]]},
        "a has a kernel of 9 px, but its input is only 8 px wide: take a smaller kernel, or larger",
    ),
    "groups that do not divide": (
        {"layers": [["a", "conv2d", {"channels": 4, "kernel_size": 3, "groups": 2}]]},
        "a cannot divide 1 channels and 4 maps into 2 groups.",
    ),
    "no logits": (
        {"layers": [["a", "relu", {}]]},
        "The last layer must give one logit for each class: let it be linear.",
    ),
    "an odd batch": (
        {"batchSize": 12},
        "The engine computes one image or a multiple of 8 at once, not 12.",
    ),
    "an unknown optimiser": (
        {"optimiser": {"kind": "sdg"}}, "The optimiser must be of the kind sgd or adam.",
    ),
    "too large a network": (
        {"layers": [["a", "linear", {"features": 10_000_000}]]},
        "The browser has no memory left for this training: close other pages, or choose a smaller",
    ),
}  # fmt: skip
REFUSE = """async ([program, description, calls]) => {
  const engine = await start(program), said = [];
  const heard = (work) => work.then(() => "nothing", (error) => error.message);
  if (description) said.push(await heard(engine.call("build", description)));
  for (const [method, ...given] of calls) {
    const plain = given.map((value) => Array.isArray(value) ? Float32Array.from(value) : value);
    said.push(await heard(engine.call(method, ...plain)));
  }
  engine.end();
  return said;
}"""
TINY = {
    "input": [1, 8, 8], "batchSize": 8, "layers": [["fc", "linear", {"features": 10}]],
    "optimiser": {"kind": "sgd", "lr": 0.1},
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_network_that_cannot_be_is_one_sentence(page, case):
    change, sentence = REFUSED[case]
    said = page.evaluate(REFUSE, [program(), TINY | change, [["weights"]]])
    assert said[0].startswith(sentence)
    assert said[1] == "There is no network yet: build one first."


def test_images_labels_and_weights_that_do_not_fit_are_one_sentence(page):
    calls = [
        ["step", [0] * 64, [0] * 8], ["step", [0] * 512, [0] * 7], ["outputs", [0] * 63],
        ["outputs", [0] * 64 * 9], ["load", {}], ["train", {"steps": 1, "images": 8}], ["evaluate"],
        ["step", [0] * 512, [0] * 8],
    ]  # fmt: skip
    images = "The network takes up to 8 images of 1 × 8 × 8 numbers, and {} numbers are given."
    assert page.evaluate(REFUSE, [program(), TINY, calls]) == [
        "nothing",
        "The network trains with batches of 8 images, and 1 images and 8 labels are given.",
        "The network trains with batches of 8 images, and 8 images and 7 labels are given.",
        images.format(63), images.format(576),
        "fc.weight has 640 numbers in this network, not 0: the weights are those of another one.",
        *["There are no images yet: give some first."] * 2,
        "nothing",
    ]  # fmt: skip


def test_a_network_for_one_image_does_not_train(page):
    calls = [["outputs", [0] * 64], ["step", [0] * 64, [0]]]
    said = page.evaluate(REFUSE, [program(), TINY | {"batchSize": 1}, calls])
    assert said[1:] == [
        "nothing",
        "A network that was built for one image cannot train: build it for a batch.",
    ]


# --- how it is compiled


@pytest.mark.slow
def test_the_module_is_what_its_source_compiles_to():
    try:
        made = make_engine.compiled()
    except ConnectionError as error:
        missing(str(error))
    assert made == (make_engine.ENGINE / "engine.wasm").read_bytes(), "run `make engine`"
