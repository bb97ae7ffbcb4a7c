"""Two networks of tutorials as real Keras models, on Keras's PyTorch backend."""

import os
import shutil
import tempfile
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


def d2l_alexnet() -> keras.Sequential:
    """The AlexNet of "Dive into Deep Learning" as its TensorFlow edition builds it.

    Input (N, 224, 224, 1), channels last; 46,764,746 parameters.
    """
    return keras.Sequential(
        [
            keras.Input((224, 224, 1)),
            layers.Conv2D(96, kernel_size=11, strides=4, activation="relu"),
            layers.MaxPooling2D(pool_size=3, strides=2),
            layers.Conv2D(256, kernel_size=5, padding="same", activation="relu"),
            layers.MaxPooling2D(pool_size=3, strides=2),
            layers.Conv2D(384, kernel_size=3, padding="same", activation="relu"),
            layers.Conv2D(384, kernel_size=3, padding="same", activation="relu"),
            layers.Conv2D(256, kernel_size=3, padding="same", activation="relu"),
            layers.MaxPooling2D(pool_size=3, strides=2),
            layers.Flatten(),
            layers.Dense(4096, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(4096, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10),
        ],
        name="d2l_alexnet",
    )


def batchnorm_alexnet(num_classes: int = 1000) -> keras.Sequential:
    """A tutorial's "AlexNet" with batch normalisation, which is three years younger.

    Input (N, 227, 227, 3), channels last; 62,383,848 parameters, 2,752 of them not trained.
    Batch normalisation stands behind the first two poolings, and before the third. Every kernel
    of a convolution has Keras's l2(0.0005).
    """

    def conv(filters: int, kernel_size: int, strides: int = 1, padding: str = "same") -> list:
        decay = keras.regularizers.l2(0.0005)
        kernel = {"strides": strides, "padding": padding, "kernel_regularizer": decay}
        return [layers.Conv2D(filters, kernel_size, **kernel), layers.Activation("relu")]

    pool = {"pool_size": 3, "strides": 2}
    return keras.Sequential(
        [
            keras.Input((227, 227, 3)),
            *conv(96, 11, strides=4, padding="valid"),
            layers.MaxPooling2D(**pool),
            layers.BatchNormalization(),
            *conv(256, 5),
            layers.MaxPooling2D(**pool),
            layers.BatchNormalization(),
            *conv(384, 3),
            layers.BatchNormalization(),
            *conv(384, 3),
            layers.BatchNormalization(),
            *conv(256, 3),
            layers.BatchNormalization(),
            layers.MaxPooling2D(**pool),
            layers.Flatten(),
            layers.Dense(4096, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(4096, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(num_classes, activation="softmax"),
        ],
        name="batchnorm_alexnet",
    )


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
