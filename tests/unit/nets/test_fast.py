"""The rearranged network is the same function of the same parameters."""

import pytest
import torch

from utils.nets import CoinDropout, D2LAlexNet, FastAlexNet, UnshuffledConv2d


@pytest.mark.parametrize(("side", "images"), [(65, 4), (65, 1), (68, 3), (97, 2), (224, 2)])
def test_outputs_and_gradients_are_those_of_the_network_as_written(side, images):
    torch.manual_seed(0)
    written, fast = (kind(image_size=side, width=0.1).eval() for kind in (D2LAlexNet, FastAlexNet))
    fast.load_state_dict(written.state_dict())
    x = torch.rand(images, 1, side, side)
    torch.testing.assert_close(fast(x), written(x), rtol=1e-4, atol=1e-6)
    for net in (written, fast):
        net(x).square().sum().backward()
    for name, parameter in fast.named_parameters():
        expected = written.get_parameter(name).grad
        torch.testing.assert_close(parameter.grad, expected, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("kernel_size", "stride", "padding"), [(11, 4, 1), (7, 2, 3), (4, 4, 0)])
@pytest.mark.parametrize("sides", [(29, 40), (32, 33)])
def test_the_unshuffled_convolution_is_the_convolution(kernel_size, stride, padding, sides):
    torch.manual_seed(0)
    layer = UnshuffledConv2d(3, 8, kernel_size, stride, padding)
    x = torch.rand(2, 3, *sides)
    plain = torch.nn.functional.conv2d(x, layer.weight, layer.bias, stride, padding)
    torch.testing.assert_close(layer(x), plain, rtol=1e-4, atol=1e-5)


def test_with_the_images_inside_the_maps_are_the_same_and_on_a_gpu_they_stay_outside():
    torch.manual_seed(0)
    features = FastAlexNet(image_size=65, width=0.1).features
    x = torch.rand(6, *(features.conv2.in_channels, 7, 7))
    inside = features.inside(x)
    assert inside.shape == (2, x.shape[1], 7, 7, 3)
    for image in range(6):
        assert torch.equal(inside[image // 3, ..., image % 3], x[image])
    for layers in (features[4:5], features[4:6], features[4:]):
        expected = layers(x)  # four axes: PyTorch's own convolutions and poolings
        found = layers(inside).movedim(-1, 1).flatten(0, 1)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert features.inside(x[:5]).shape == (1, x.shape[1], 7, 7, 5)
    elsewhere = x.to("meta")
    assert features.inside(elsewhere) is elsewhere


def test_coins_drop_half_independently_double_the_rest_repeat_with_the_seed_and_rest_outside():
    layer, x = CoinDropout(), torch.full((1001, 1023), 3.0)
    torch.manual_seed(0)
    once = layer(x)
    torch.manual_seed(0)
    assert torch.equal(layer(x), once)
    assert not torch.equal(layer(x), once)
    assert once.unique().tolist() == [0.0, 6.0]
    assert once.mean().item() == pytest.approx(3, rel=0.01)  # ten standard errors are 0.01
    alive = (once > 0).float().flatten()
    for shift in (1, 2, 8, 64, 1023):
        assert (alive[shift:] * alive[:-shift]).mean().item() == pytest.approx(0.25, abs=0.005)
    assert layer.eval()(x) is x
