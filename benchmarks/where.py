"""Where the time of a training step goes: by layer, and by kind of work, beside the roofline."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch.autograd.profiler_util import FunctionEvent
from torch.profiler import ProfilerActivity, profile, record_function

from utils.data import Labelled
from utils.nets import D2LAlexNet, window
from utils.nets.shapes import conv_out
from utils.training import History

PRODUCTS = {
    "aten::mkldnn_convolution", "aten::convolution_backward", "aten::addmm", "aten::mm",
}  # fmt: skip
LABEL = "layer "
IMAGES = "preparation of images"


def multiply_adds(net: D2LAlexNet, side: int) -> dict[str, int]:
    """Of each layer's products with its weights, for one image of `side` px, forward.

    Products with the zeros of the padding do not count: whoever leaves them out does not compute
    faster, but less.
    """
    found = {}
    for name, layer in [*net.features.named_children(), *net.classifier.named_children()]:
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            kernel_size, stride, padding, _ = window(layer)
            out = conv_out(side, kernel_size, stride, padding)
            if isinstance(layer, nn.Conv2d):
                starts = [place * stride - padding for place in range(out)]
                taps = sum(0 <= start + i < side for start in starts for i in range(kernel_size))
                found[name] = taps**2 * layer.weight.numel() // kernel_size**2
            side = out
        elif isinstance(layer, nn.Linear):
            found[name] = layer.weight.numel()
    return found


def training_operations(side: int) -> dict[str, int]:
    """Of each layer of d2l's network, for one image: two for each multiply-add."""
    with torch.device("meta"):
        forward = multiply_adds(D2LAlexNet(image_size=side), side)
    return {name: 2 * _products(name) * count for name, count in forward.items()}


def _products(name: str) -> int:
    """Outputs, the gradient of the weights, and that of the inputs: nobody needs the images'."""
    return 2 if name == "conv1" else 3


def bytes_moved(side: int, batch_size: int, element: int) -> dict[str, int]:
    """Of each layer's products: each reads two of inputs, weights, outputs and writes one."""
    with torch.device("meta"):
        net, values = D2LAlexNet(image_size=side), {}
        for name, layer in net.named_modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                layer.register_forward_hook(_count(values, name.rpartition(".")[2]))
        net(torch.empty(batch_size, 1, side, side))
    return {name: _products(name) * element * count for name, count in values.items()}


def _count(values: dict[str, int], name: str) -> Callable:
    def hook(layer: nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
        values[name] = inputs[0].numel() + layer.weight.numel() + output.numel()

    return hook


class Enough(Exception):
    """As many steps as were wanted."""


class Watched(Labelled):
    """Images whose preparation has a name in the profile."""

    def batches(self, *args, **options) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        batches = super().batches(*args, **options)
        while True:
            with record_function(IMAGES):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch


class StepProfile:
    """A callback of `train` that profiles five steps, after the first three, and ends the training.

    `found` is then the milliseconds of one step: of each layer's products ("layers"), and by kind
    of work ("kinds").
    """

    WARM_UP, STEPS = 3, 5

    def __init__(self, net: nn.Module):
        for name, layer in net.named_modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                _label(layer, name.rpartition(".")[2])
        self.found: dict[str, dict[str, float]] = {}
        self._profile = profile(activities=[ProfilerActivity.CPU])
        self._calls, self._start = 0, 0.0  # `train` calls it before the first step, too

    def __call__(self, history: History, net: nn.Module) -> None:
        if self._calls == self.WARM_UP:
            self._profile.start()
            self._start = time.perf_counter()
        if self._calls == self.WARM_UP + self.STEPS:
            seconds = time.perf_counter() - self._start
            self._profile.stop()
            self.found = self._sorted(1000 * seconds / self.STEPS)
            raise Enough
        self._calls += 1

    def _sorted(self, milliseconds: float) -> dict[str, dict[str, float]]:
        """What the profiler saw, of a step of so many milliseconds."""
        events = [(event, _above(event)) for event in self._profile.events()]
        # A backward operation has the number of the forward operation that it belongs to.
        layer_of = {event.sequence_nr: _name(above) for event, above in events if _name(above)}
        layers: dict[str, float] = defaultdict(float)
        kinds: dict[str, float] = defaultdict(float)
        for event, above in events:
            kind = _kind(event, above)
            took = event.self_cpu_time_total / 1000 / self.STEPS
            kinds[kind] += took
            if kind == "products":
                backward = (layer_of.get(one.sequence_nr) for one in above if one.sequence_nr >= 0)
                layers[_name(above) or next(filter(None, backward), "none")] += took
        kinds["between the operations"] = max(0.0, milliseconds - sum(kinds.values()))
        return {"layers": dict(layers), "kinds": dict(kinds)}


def _label(layer: nn.Module, name: str) -> None:
    """Let the profiler know when the layer computes."""
    labels: list[record_function] = []

    def begin(*_: object) -> None:
        labels.append(record_function(LABEL + name))
        labels[-1].__enter__()

    def end(*_: object) -> None:
        labels.pop().__exit__(None, None, None)

    layer.register_forward_pre_hook(begin)
    layer.register_forward_hook(end)


def _above(event: FunctionEvent) -> list[FunctionEvent]:
    """The event and those that it happened in, from the inside out."""
    found = [event]
    while found[-1].cpu_parent is not None:
        found.append(found[-1].cpu_parent)
    return found


def _name(above: list[FunctionEvent]) -> str:
    """The layer whose forward pass this was, or ""."""
    names = (one.name.removeprefix(LABEL) for one in above if one.name.startswith(LABEL))
    return next(names, "")


def _kind(event: FunctionEvent, above: list[FunctionEvent]) -> str:
    names = [one.name for one in above]
    if IMAGES in names:
        return IMAGES
    if any(name.startswith("Optimizer.step") for name in names):
        return "update"
    if event.name in PRODUCTS:
        return "products"
    if "aten::_to_copy" in names:
        return "casts"
    return "pooling, ReLU, dropout, loss, copies"
