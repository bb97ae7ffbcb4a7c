import pytest
import torch
from torch import nn

from utils.initialisation import initialise
from utils.models import AlexNet, D2LAlexNet, LeNet, LeNet5, OneTowerAlexNet

LAYERS = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6", "fc7", "fc8")


def fresh(scheme: str, seed: int = 0) -> dict[str, nn.Module]:
    """The eight layers of a quarter-width AlexNet, initialised."""
    model = AlexNet(num_classes=100, width=0.25)
    initialise(model, scheme, torch.Generator().manual_seed(seed))
    return {**dict(model.features.named_children()), **dict(model.classifier.named_children())}


def close(value: float, expected: float, count: int) -> bool:
    """Within five standard errors of a standard deviation measured on `count` numbers."""
    return abs(value / expected - 1) < 5 / (2 * count) ** 0.5


@pytest.mark.parametrize("scheme", ["paper", "program"])
def test_the_paper_s_and_the_program_s_numbers(scheme):
    layers = fresh(scheme)
    for name in LAYERS:
        weight, bias = layers[name].weight, layers[name].bias
        wide = scheme == "program" and name in ("conv3", "conv4", "conv5")
        assert close(weight.std().item(), 0.03 if wide else 0.01, weight.numel())
        ones = name in ("conv2", "conv4", "conv5", "fc6", "fc7")
        assert torch.equal(bias, torch.full_like(bias, float(ones)))


def test_he_has_variance_two_over_fan_in():
    for name, layer in fresh("he").items():
        if name in LAYERS:
            weight = layer.weight
            assert close(weight.std().item(), (2 / weight[0].numel()) ** 0.5, weight.numel())
            assert not layer.bias.any()


def test_xavier_is_uniform_with_variance_two_over_both_fans():
    layer = fresh("xavier")["fc7"]
    bound = (6 / (layer.in_features + layer.out_features)) ** 0.5
    assert layer.weight.abs().max() <= bound
    assert close(layer.weight.std().item(), bound / 3**0.5, layer.weight.numel())
    assert not layer.bias.any()


def test_the_generator_fixes_the_numbers():
    first, again, other = (fresh("paper", seed)["conv3"].weight for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_models_without_layer_names_are_initialised_too():
    for model in (OneTowerAlexNet(width=1 / 16), D2LAlexNet(width=1 / 16)):
        initialise(model, "paper")
        convs = [m for m in model.modules() if isinstance(m, nn.Conv2d)]
        assert [bool(c.bias.all()) for c in convs] == [False, True, False, True, True]
        hidden, _, last = (m for m in model.modules() if isinstance(m, nn.Linear))
        assert hidden.bias.all()
        assert not last.bias.any()


def test_wrong_schemes_give_one_sentence():
    with pytest.raises(ValueError, match="use one of paper, program, xavier, he"):
        initialise(LeNet(), "zeros")
    with pytest.raises(ValueError, match='this model has 2 convolutions: use "xavier" or "he"'):
        initialise(LeNet(), "paper")
    with pytest.raises(ValueError, match="LeNet5 keeps the first weights that it was built with"):
        initialise(LeNet5(), "he")


def test_a_number_is_the_spread_of_every_layer():
    model = nn.Sequential(nn.Conv2d(8, 64, 5), nn.Flatten(), nn.Linear(400, 100))
    initialise(model, 0.05, torch.Generator().manual_seed(0))
    for layer in (model[0], model[2]):
        assert close(layer.weight.std().item(), 0.05, layer.weight.numel())
        assert not layer.bias.any()
