"""Export a trained network to ONNX, and compare it with PyTorch in onnxruntime.

    python -m tools.export_onnx runs/first

The folder is one of `python -m utils.train`; it receives model.onnx: input "images"
(N, channels, side, side), normalised as in the training, output "logits" (N, classes), any N.
"""

import argparse
import sys
from pathlib import Path

import onnxruntime
import torch
from torch import nn

from utils.data import DataError
from utils.evaluate import trained

TOLERANCE = 1e-4  # of the largest score


def export(folder: Path) -> tuple[Path, float]:
    """Write model.onnx; returns its path and the largest difference, relative to the scores.

    Raises DataError if the folder has no weights, or if the outputs differ.
    """
    model, settings = trained(folder / "weights.safetensors")
    channels = 3 if settings.tree else 1
    images = torch.randn(3, channels, settings.image_size, settings.image_size)
    path = folder / "model.onnx"
    torch.onnx.export(
        model.eval(),
        (images,),
        path,
        input_names=["images"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("N")},),
        external_data=False,
        verbose=False,
    )
    difference = max(compare(path, model, images[:count]) for count in (1, 3))
    if difference > TOLERANCE:
        raise DataError(f"{path} differs from PyTorch by {difference:.1e} of the largest score.")
    return path, difference


@torch.no_grad()
def compare(path: Path, model: nn.Module, images: torch.Tensor) -> float:
    """The largest difference between onnxruntime and PyTorch, as a part of the largest score."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(["logits"], {"images": images.numpy()})
    expected = model(images)
    return ((torch.from_numpy(found) - expected).abs().max() / expected.abs().max()).item()


def main() -> None:
    parser = argparse.ArgumentParser("python -m tools.export_onnx", description=__doc__)
    parser.add_argument("folder", type=Path, help="where weights.safetensors lies")
    try:
        path, difference = export(parser.parse_args().folder)
    except DataError as error:
        sys.exit(str(error))
    print(f"{path}: differs from PyTorch by {difference:.1e} of the largest score.")


if __name__ == "__main__":
    main()
