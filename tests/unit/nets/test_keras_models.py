"""The two Keras networks, run by Keras itself on PyTorch."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
import torch

from utils import keras_models
from utils.compare import accepted_sizes, cost, stages


@pytest.fixture(scope="module")
def d2l():
    return keras_models.d2l_alexnet()


@pytest.fixture(scope="module")
def batchnorm():
    return keras_models.batchnorm_alexnet()


def test_keras_runs_on_pytorch(d2l):
    assert isinstance(d2l.layers[0].kernel.value, torch.Tensor)
    logits = d2l(np.zeros((2, 224, 224, 1), "float32"))
    assert isinstance(logits, torch.Tensor)
    assert tuple(logits.shape) == (2, 10)


def test_cost_and_sizes(d2l, batchnorm):
    assert cost(d2l, (1, 224, 224)) == {"parameters": 46_764_746, "MACs": 938_146_176}
    assert cost(batchnorm, (3, 227, 227)) == {"parameters": 62_383_848, "MACs": 1_135_256_096}
    assert accepted_sizes(d2l, 224) == (195, 226)
    assert accepted_sizes(batchnorm, 227) == (227, 258)


def test_stages(batchnorm):
    found = stages(batchnorm)
    assert found["conv2"] == "256 of 5×5×96, padding 2"
    assert found["after conv2"] == "ReLU → max 3/2 → BatchNorm"
    assert found["after conv5"] == "ReLU → BatchNorm → max 3/2"
    assert found["after fc8"] == "softmax"


def test_only_the_convolutions_are_regularised(batchnorm):
    regularised = [
        layer.name for layer in batchnorm.layers if getattr(layer, "kernel_regularizer", None)
    ]
    assert len(regularised) == 5
    assert all(name.startswith("conv2d") for name in regularised)


@pytest.mark.skipif(not shutil.which("dot"), reason="needs Graphviz: apt install graphviz")
def test_a_drawing_has_its_alternative_text(d2l, monkeypatch):
    shown = []
    monkeypatch.setattr(keras_models, "display", lambda *args, **kw: shown.append((args, kw)))
    keras_models.draw(d2l, "Fourteen boxes")
    ((data,), keywords) = shown[0]
    assert data["image/png"].startswith(b"\x89PNG")
    assert keywords["metadata"] == {"image/png": {"alt": "Fourteen boxes"}}


def test_without_graphviz_one_sentence_says_what_to_do(d2l, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    keras_models.draw(d2l, "Fourteen boxes")
    said = capsys.readouterr().out
    assert said.count("\n") == 1
    assert "install Graphviz" in said


def test_another_backend_is_refused_in_one_sentence():
    """Keras was imported before, with TensorFlow behind it, which is not installed here."""
    program = (
        "import sys, types; keras = sys.modules['keras'] = types.ModuleType('keras')\n"
        "keras.layers = None; keras.backend = types.SimpleNamespace(backend=lambda: 'tensorflow')\n"
        "import utils.keras_models"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    said = done.stderr.splitlines()[-1]
    assert said.startswith("RuntimeError: Keras already runs on tensorflow here")
    assert "restart the kernel" in said
