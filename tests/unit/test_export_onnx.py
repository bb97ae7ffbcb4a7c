"""One command exports a trained network, and onnxruntime computes what PyTorch does."""

import json
from dataclasses import asdict

import onnxruntime
import pytest
import safetensors.torch
import torch

from tools import export_onnx
from utils.train import Settings

PAPER = Settings(network="paper", width=0.05, image_size=64, data="imagefolder:somewhere")


@pytest.mark.slow  # half a minute, most of it spent in importing
def test_exported_and_compared(tmp_path, monkeypatch, capsys):
    """A folder as a training leaves it; the network has LRN, groups and pooling by ceil."""
    folder = tmp_path
    state = PAPER.model(torch.Generator().manual_seed(0), classes=7).state_dict()
    about = {"settings": json.dumps(asdict(PAPER))}
    safetensors.torch.save_file(state, folder / "weights.safetensors", about)
    monkeypatch.setattr("sys.argv", ["export_onnx", str(folder)])
    export_onnx.main()
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith(f"{folder / 'model.onnx'}: differs from PyTorch by ")
    assert float(said.split()[5]) < export_onnx.TOLERANCE
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    (scores,) = session.run(None, {"images": torch.zeros(5, 3, 64, 64).numpy()})
    assert scores.shape == (5, 7)
    monkeypatch.setattr(export_onnx, "compare", lambda *arguments: 0.5)
    monkeypatch.setattr(torch.onnx, "export", lambda *arguments, **options: None)
    with pytest.raises(SystemExit, match=r"differs from PyTorch by 5.0e-01 of the largest score"):
        export_onnx.main()


def test_a_folder_without_weights_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["export_onnx", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"weights.safetensors holds no weights that fit: name"):
        export_onnx.main()
