"""Two networks of tutorials as real Keras models, on Keras's PyTorch backend."""

import os
import shutil
import tempfile
from functools import partial
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"  # read once, by the first import of Keras
import keras
from IPython.display import display
from keras import layers
from PIL import Image

if keras.backend.backend() != "torch":
    raise RuntimeError(
        f"Keras already runs on {keras.backend.backend()} here, and this book needs it on PyTorch: "
        "restart the kernel, and import utils.nets.keras_models before keras."
    )


pool = partial(layers.MaxPooling2D, pool_size=3, strides=2)
relu = partial(layers.Activation, "relu")


def _dense(classes: int, activation: str | None = None) -> list[layers.Layer]:
    """The fully connected layers, which both tutorials have alike."""
    hidden = partial(layers.Dense, 4096, activation="relu")
    return [
        layers.Flatten(), hidden(), layers.Dropout(0.5), hidden(), layers.Dropout(0.5),
        layers.Dense(classes, activation=activation),
    ]  # fmt: skip


def d2l_alexnet() -> keras.Sequential:
    """The AlexNet of "Dive into Deep Learning" as its TensorFlow edition builds it.

    Input (N, 224, 224, 1), channels last; 46,764,746 parameters.
    """
    conv = partial(layers.Conv2D, padding="same", activation="relu")
    stack = [
        conv(96, kernel_size=11, strides=4, padding="valid"), pool(),
        conv(256, kernel_size=5), pool(),
        conv(384, kernel_size=3), conv(384, kernel_size=3), conv(256, kernel_size=3), pool(),
    ]  # fmt: skip
    return keras.Sequential([keras.Input((224, 224, 1)), *stack, *_dense(10)], name="d2l_alexnet")


def batchnorm_alexnet(num_classes: int = 1000) -> keras.Sequential:
    """A tutorial's "AlexNet" with batch normalisation, which is three years younger.

    Input (N, 227, 227, 3), channels last; 62,383,848 parameters, 2,752 of them not trained.
    Batch normalisation stands behind the first two poolings, and before the third. Every kernel
    of a convolution has Keras's l2(0.0005).
    """
    decay, norm = keras.regularizers.l2(0.0005), layers.BatchNormalization
    conv = partial(layers.Conv2D, padding="same", kernel_regularizer=decay)
    stack = [
        conv(96, kernel_size=11, strides=4, padding="valid"), relu(), pool(), norm(),
        conv(256, kernel_size=5), relu(), pool(), norm(),
        conv(384, kernel_size=3), relu(), norm(),
        conv(384, kernel_size=3), relu(), norm(),
        conv(256, kernel_size=3), relu(), norm(), pool(),
    ]  # fmt: skip
    every = [keras.Input((227, 227, 3)), *stack, *_dense(num_classes, "softmax")]
    return keras.Sequential(every, name="batchnorm_alexnet")


def draw(model: keras.Model, alt: str) -> None:
    """Show Keras's own picture of the model, or say in one sentence why there is none."""
    if not shutil.which("dot"):
        print(
            "Keras draws models with Graphviz, whose program `dot` is not installed here: install "
            "Graphviz (`apt install graphviz`, `brew install graphviz`) and run this cell again."
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.png")
        keras.utils.plot_model(model, to_file=path, show_shapes=True, dpi=64)
        with Image.open(path) as drawing:
            picture = drawing.convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE, colors=16)
        picture.save(path, optimize=True)
        data = path.read_bytes()
    display({"image/png": data}, metadata={"image/png": {"alt": alt}}, raw=True)
