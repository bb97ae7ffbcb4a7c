"""The two Keras networks, run by Keras itself on PyTorch."""

import importlib
import math
import shutil
import sys
from types import SimpleNamespace

import pytest

from tests.support.networks import GOLDEN
from utils.analysis import accepted_sizes, cost
from utils.nets import keras_models
from utils.nets.keras_models import batchnorm_alexnet, d2l_alexnet


@pytest.mark.parametrize(
    ("build", "name", "counts", "sizes"),
    [
        (d2l_alexnet, "d2l", (46_764_746, 938_146_176), (195, 226)),
        (batchnorm_alexnet, "keras_batchnorm", (62_383_848, 1_135_256_096), (227, 258)),
    ],
)
def test_layers_counts_and_sizes_are_the_printed_ones(build, name, counts, sizes):
    """Each layer returns what PyTorch's does; chapter 9 compares the stages, with their norms."""
    golden = GOLDEN[name]
    _, *image = golden["input"]
    with keras_models.keras.device("meta"):  # its numbers are not looked at
        model = build()
    layers = [layer for layer in model.layers if type(layer).__name__ != "Activation"]
    shapes = [[1, *layer.output.shape[-1:], *layer.output.shape[1:-1]] for layer in layers]
    assert shapes == [s for kind, s in golden["shapes"] if kind not in ("ReLU", "Softmax")]
    trained = sum(math.prod(weight.shape) for weight in model.trainable_weights)
    assert trained == golden["params"]
    assert tuple(cost(model, image).values()) == counts
    assert accepted_sizes(model, image[-1]) == sizes


@pytest.mark.skipif(not shutil.which("dot"), reason="needs Graphviz: apt install graphviz")
def test_a_drawing_has_its_alternative_text(monkeypatch):
    shown = []
    monkeypatch.setattr(keras_models, "display", lambda *args, **kw: shown.append((args, kw)))
    with keras_models.keras.device("meta"):
        keras_models.draw(d2l_alexnet(), "Fourteen boxes")
    ((data,), keywords) = shown[0]
    assert data["image/png"].startswith(b"\x89PNG")
    assert keywords["metadata"] == {"image/png": {"alt": "Fourteen boxes"}}


def test_without_graphviz_one_sentence_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    keras_models.draw(None, "Fourteen boxes")
    said = capsys.readouterr().out
    assert said.count("\n") == 1 and "install Graphviz" in said


def test_another_backend_is_refused_in_one_sentence(monkeypatch):
    """As if Keras had been imported before, with TensorFlow, which is not installed here."""
    other = SimpleNamespace(backend=lambda: "tensorflow")
    monkeypatch.setitem(sys.modules, "keras", SimpleNamespace(layers=None, backend=other))
    monkeypatch.delitem(sys.modules, "utils.nets.keras_models")
    with pytest.raises(RuntimeError, match="restart the kernel") as caught:
        importlib.import_module("utils.nets.keras_models")
    assert str(caught.value).startswith("Keras already runs on tensorflow here")
