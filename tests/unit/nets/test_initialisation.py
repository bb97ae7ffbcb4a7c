import pytest
import torch
from torch import nn

from utils.nets import SCHEMES, AlexNet, D2LAlexNet, LeNet, LeNet5, OneTowerAlexNet, initialise

LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")


def fresh(scheme: str | float, seed: int = 0) -> dict[str, nn.Module]:
    """The eight layers of a quarter-width AlexNet, initialised."""
    model = AlexNet(num_classes=100, width=0.25)
    initialise(model, scheme, torch.Generator().manual_seed(seed))
    layers = dict((*model.features.named_children(), *model.classifier.named_children()))
    return {name: layers[name] for name in LAYERS}


@pytest.mark.parametrize("scheme", [*SCHEMES, 0.05])
def test_each_scheme_has_its_spread_its_shape_its_biases_and_its_seed(scheme):
    layers, again, other = (fresh(scheme, seed) for seed in (0, 0, 1))
    assert torch.equal(layers["conv3"].weight, again["conv3"].weight)
    assert not torch.equal(layers["conv3"].weight, other["conv3"].weight)
    for name, layer in layers.items():
        weight, bias = layer.weight, layer.bias
        fan_in, fan_out = weight[0].numel(), weight[:, 0].numel()
        spread = {
            "paper": 0.01,
            "program": 0.03 if name in ("conv3", "conv4", "conv5") else 0.01,
            "xavier": (2 / (fan_in + fan_out)) ** 0.5,
            "he": (2 / fan_in) ** 0.5,
        }.get(scheme, scheme)
        standard_error = spread / (2 * weight.numel()) ** 0.5
        assert abs(weight.std().item() - spread) < 5 * standard_error, name
        uniform = weight.abs().max() <= 3**0.5 * spread
        assert uniform == (scheme == "xavier"), name
        ones = name in ("conv2", "conv4", "conv5", "fc6", "fc7")
        expected = float(ones and scheme in ("paper", "program"))
        assert torch.equal(bias, torch.full_like(bias, expected)), name


def test_models_without_layer_names_are_initialised_too():
    for model in (OneTowerAlexNet(width=1 / 16), D2LAlexNet(width=1 / 16)):
        initialise(model, "paper")
        convs = [m for m in model.modules() if isinstance(m, nn.Conv2d)]
        assert [bool(c.bias.all()) for c in convs] == [False, True, False, True, True]
        hidden, _, last = (m for m in model.modules() if isinstance(m, nn.Linear))
        assert hidden.bias.all() and not last.bias.any()
    assert not initialise(LeNet(), 0.05).features.conv1.bias.any()


def test_lenet5_keeps_the_initial_weights_of_its_paper():
    with pytest.raises(ValueError, match="LeNet5 keeps the initial weights that it was built with"):
        initialise(LeNet5(), "he")
