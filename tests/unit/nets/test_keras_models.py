"""The two Keras networks, run by Keras itself on PyTorch."""

import importlib
import math
import shutil
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from tests.support.networks import GOLDEN
from utils import keras_models
from utils.compare import accepted_sizes, cost, stages
from utils.data import fashion_mnist


@pytest.fixture(scope="module")
def d2l():
    return keras_models.d2l_alexnet()


@pytest.fixture(scope="module")
def batchnorm():
    with keras_models.keras.device("meta"):  # its numbers are not looked at
        return keras_models.batchnorm_alexnet()


def assert_shapes(model, golden: dict) -> None:
    """Each layer returns what PyTorch's does: batch, channels, height, width."""
    shapes = []
    for layer in model.layers:
        _, *shape = layer.output.shape
        if type(layer).__name__ != "Activation":
            shapes.append([1, *shape[-1:], *shape[:-1]])
    assert shapes == [s for kind, s in golden["shapes"] if kind not in ("ReLU", "Softmax")]


def test_the_course_s_network_is_the_printed_one(d2l):
    golden = GOLDEN["d2l"]
    assert_shapes(d2l, golden)
    assert cost(d2l, (1, 224, 224)) == {"parameters": golden["params"], "MACs": 938_146_176}
    counts = [layer.count_params() for layer in d2l.layers if layer.count_params()]
    assert counts == list(golden["per_layer"].values())
    assert accepted_sizes(d2l, 224) == (195, 226)


def test_the_network_with_batch_normalisation_is_the_printed_one(batchnorm):
    golden = GOLDEN["keras_batchnorm"]
    assert_shapes(batchnorm, golden)
    assert cost(batchnorm, (3, 227, 227)) == {"parameters": 62_383_848, "MACs": 1_135_256_096}
    trained = sum(math.prod(weight.shape) for weight in batchnorm.trainable_weights)
    assert trained == golden["params"] == 62_383_848 - 2_752
    assert accepted_sizes(batchnorm, 227) == (227, 258)
    found = stages(batchnorm)
    assert found["conv2"] == "256 of 5×5×96, padding 2"
    assert found["after conv2"] == "ReLU → max 3/2 → BatchNorm"
    assert found["after conv5"] == "ReLU → BatchNorm → max 3/2"
    assert found["after fc8"] == "softmax"
    layers = [layer for layer in batchnorm.layers if getattr(layer, "kernel_regularizer", None)]
    assert [type(layer).__name__ for layer in layers] == ["Conv2D"] * 5  # and no Dense


def test_the_course_s_network_trains_on_pytorch(d2l):
    assert isinstance(d2l.layers[0].kernel.value, torch.Tensor)
    logits = d2l(np.zeros((2, 224, 224, 1), "float32"))
    assert isinstance(logits, torch.Tensor) and logits.shape == (2, 10)
    images, labels = (part[:8] for part in fashion_mnist(quiet=True).train)
    x = F.interpolate(images[:, None].float() / 255, size=224).permute(0, 2, 3, 1).numpy()
    loss = keras_models.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    d2l.compile("sgd", loss, metrics=["accuracy"])
    history = d2l.fit(x, labels.numpy(), batch_size=4, epochs=1, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


@pytest.mark.skipif(not shutil.which("dot"), reason="needs Graphviz: apt install graphviz")
def test_a_drawing_has_its_alternative_text(d2l, monkeypatch):
    shown = []
    monkeypatch.setattr(keras_models, "display", lambda *args, **kw: shown.append((args, kw)))
    keras_models.draw(d2l, "Fourteen boxes")
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
    monkeypatch.delitem(sys.modules, "utils.keras_models")
    with pytest.raises(RuntimeError, match="restart the kernel") as caught:
        importlib.import_module("utils.keras_models")
    assert str(caught.value).startswith("Keras already runs on tensorflow here")
