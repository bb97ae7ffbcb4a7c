"""A network that the page has trained, saved there and loaded in PyTorch; in both browsers.

Files of other kinds are for tests/unit/nets/test_laboratory.py, how chapter 11 shows such a network
for test_live_net.py.
"""

import base64

import pytest
import torch

from tests.browser.test_engine import IN_PAGE, MODULES, images, program, unpacked
from utils.nets import laboratory_net, load_laboratory
from utils.page_files import HERE, script
from utils.widgets.laboratory import described

TRAIN_AND_SAVE = """async ([program, description, about, labels]) => {
  const engine = await start(program), size = description.input.reduce((a, b) => a * b);
  await engine.call("build", description);
  const given = (first) => images(labels, labels.map((_, i) => first + i), size, 0.9);
  for (let step = 0; step < 3; step++) {
    await engine.call("step", given(labels.length * step), Uint8Array.from(labels));
  }
  const weights = await engine.call("weights");
  const [last] = description.layers.at(-1);
  const logits = await engine.call("outputs", given(0), [last]);
  engine.end();
  const file = laboratoryFile({ weights, about });
  const again = readLaboratoryFile(file);
  const same = Object.entries(weights).every(([name, { data }]) =>
    again.weights[name].data.every((value, i) => value === data[i]));
  return { file: text(file), same, logits: mapped(logits, text) };
}"""


@pytest.fixture
def page(engine_page, tmp_path):
    modules = (*MODULES, "laboratory_file.js")
    code = "".join(script(HERE / "widgets", name) for name in modules)
    (tmp_path / "page.html").write_text(f"<script>{code}{IN_PAGE}</script>", encoding="utf-8")
    engine_page.goto((tmp_path / "page.html").as_uri())
    return engine_page


@pytest.mark.parametrize(
    "combination",
    [
        ("LeNet", "tanh", "batch norm", 0.5),
        ("LeNet", "sigmoid", "constant", 0),
        ("quarter-width AlexNet", "ReLU", "LRN", 0.5),
    ],
    ids=lambda combination: combination[2],
)
def test_pytorch_computes_what_the_page_did(page, tmp_path, combination):
    with torch.device("meta"):
        about = described(laboratory_net(*combination))
    optimiser = {"kind": "adam", "lr": 0.01}
    description = {**about, "batchSize": 16, "optimiser": optimiser, "initialisation": "xavier"}
    names = ("network", "activation", "norm", "dropout")
    about |= {"settings": dict(zip(names, combination, strict=True)), "window": 28}
    about |= {"mean": 0.3, "std": 0.4}
    labels = torch.arange(16) % 10
    given = [program(), description, about, labels.tolist()]
    found = page.evaluate(TRAIN_AND_SAVE, given)
    assert found["same"]
    file = tmp_path / "network.safetensors"
    file.write_bytes(base64.b64decode(found["file"]))
    net, known = load_laboratory(file)
    assert known == about
    with torch.no_grad():
        theirs = net(images(labels, 0, tuple(about["input"]), 0.9))
    (ours,) = unpacked(found["logits"]).values()
    assert theirs.std() > 0.1
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-4)
