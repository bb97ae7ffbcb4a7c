"""The engine of the page against PyTorch: layers, gradients, whole trainings; in both browsers."""

import base64
from functools import cache

import numpy as np
import pytest
import torch
from torch import nn

from utils.nets import AlexNet, LeNet, initialise
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


@pytest.fixture
def page(engine_page, tmp_path):
    """A page from the disk with what a widget needs to train, in each of the browsers."""
    code = "".join(script(HERE / "widgets", name) for name in MODULES)
    (tmp_path / "page.html").write_text(f"<script>{code}{IN_PAGE}</script>", encoding="utf-8")
    engine_page.goto((tmp_path / "page.html").as_uri())
    return engine_page


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
