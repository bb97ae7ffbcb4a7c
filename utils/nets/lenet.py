"""LeNet-5 of 1998, and the simplified network that tutorials call LeNet."""

import torch
import torch.nn.functional as F
from torch import nn

from utils.nets.base import ConvNet, chain

# Table I of the paper: which of the six maps of S2 each of the sixteen maps of C3 looks at.
C3_SEES = (
    *((i, (i + 1) % 6, (i + 2) % 6) for i in range(6)),
    *((i, (i + 1) % 6, (i + 2) % 6, (i + 3) % 6) for i in range(6)),
    *((i, i + 1, (i + 3) % 6, (i + 4) % 6) for i in range(3)),
    (0, 1, 2, 3, 4, 5),
)


class ScaledTanh(nn.Tanh):
    """1.7159 · tanh(2x/3): it passes through (1, 1) and (-1, -1)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 1.7159 * torch.tanh(2 / 3 * x)


class Subsampling(nn.AvgPool2d):
    """The sum of each 2×2 block, times a trainable coefficient, plus a trainable bias, per map."""

    def __init__(self, channels: int):
        super().__init__(kernel_size=2)
        self.coefficient = nn.Parameter(torch.full((channels, 1, 1), 1 / 4))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 4 * super().forward(x) * self.coefficient + self.bias


class SparseConv2d(nn.Conv2d):
    """A 5×5 convolution in which each output map sees only some input maps.

    `sees` lists them for each output map; `weight` (links, 5, 5) holds one kernel for each link.
    """

    def __init__(self, in_channels: int, sees: tuple[tuple[int, ...], ...]):
        super().__init__(in_channels, len(sees), kernel_size=5)
        links = [(j, i) for j, maps in enumerate(sees) for i in maps]
        self.weight = nn.Parameter(torch.empty(len(links), 5, 5))
        self.register_buffer("links", torch.tensor(links).T, persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        dense = self.weight.new_zeros(self.out_channels, self.in_channels, 5, 5)
        dense = dense.index_put(tuple(self.links), self.weight)
        return F.conv2d(x, dense, self.bias)


class RadialBasis(nn.Module):
    """Squared Euclidean distance to each class's fixed code of -1 and +1, with a minus sign.

    Negated, the largest output wins, as with logits. The paper's codes are drawings of the ten
    digits on a 7×12 grid; these are a fixed choice of random signs.
    """

    def __init__(self, features: int, num_classes: int):
        super().__init__()
        fixed = torch.Generator("cpu").manual_seed(0)
        signs = torch.randint(2, (num_classes, features), generator=fixed, device="cpu")
        self.register_buffer("codes", 2.0 * signs - 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return -(x[:, None] - self.codes).square().sum(2)


class LeNet5(ConvNet):
    """LeNet-5 as LeCun, Bottou, Bengio and Haffner describe it (Proc. IEEE 1998, section II-B).

    Input (N, 1, 32, 32), background -0.1 and ink 1.175: mean about 0, variance about 1. Returns
    (N, 10): negated distances, the largest for the recognised class. Exactly 60,000 trainable
    parameters, none in the output layer. Weights start uniformly within ±2.4 / fan-in, the paper's
    rule as re-implementations report it.
    """

    def __init__(self) -> None:
        super().__init__(in_channels=1, image_size=32)
        self.features = chain(
            c1=nn.Conv2d(1, 6, kernel_size=5), tanh1=ScaledTanh(),
            s2=Subsampling(6), tanh2=ScaledTanh(),
            c3=SparseConv2d(6, C3_SEES), tanh3=ScaledTanh(),
            s4=Subsampling(16), tanh4=ScaledTanh(),
            c5=nn.Conv2d(16, 120, kernel_size=5), tanh5=ScaledTanh(),
        )  # fmt: skip
        output = RadialBasis(84, num_classes=10)
        self.classifier = chain(f6=nn.Linear(120, 84), tanh6=ScaledTanh(), output=output)
        c3_fan_in = torch.tensor([[[25.0 * len(maps)]] for maps in C3_SEES for _ in maps])
        for layer in (self.features.c1, self.features.c3, self.features.c5, self.classifier.f6):
            fan_in = c3_fan_in if layer is self.features.c3 else layer.weight[0].numel()
            with torch.no_grad():
                layer.weight.uniform_(-2.4, 2.4).div_(fan_in)
                layer.bias.zero_()


class LeNet(ConvNet):
    """The network that tutorials call LeNet (d2l, section 7.6). Input (N, 1, 28, 28).

    It is not LeNet-5: sigmoid instead of a scaled tanh, pooling without parameters, a full second
    convolution, and a linear output; 61,706 parameters. `activation` and `pool` are module
    classes, to change one thing at a time: `LeNet(activation=nn.ReLU, pool=nn.MaxPool2d)`.
    """

    def __init__(
        self, num_classes: int = 10, in_channels: int = 1, image_size: int = 28, width: float = 1,
        activation: type[nn.Module] = nn.Sigmoid, pool: type[nn.Module] = nn.AvgPool2d,
    ):  # fmt: skip
        super().__init__(in_channels, image_size)
        c1, c2, f3, f4 = (max(1, round(n * width)) for n in (6, 16, 120, 84))
        self.features = chain(
            conv1=nn.Conv2d(in_channels, c1, kernel_size=5, padding=2),
            act1=activation(), pool1=pool(2),
            conv2=nn.Conv2d(c1, c2, kernel_size=5), act2=activation(), pool2=pool(2),
        )  # fmt: skip
        self.classifier = chain(
            fc3=nn.Linear(c2 * self.map_side() ** 2, f3), act3=activation(),
            fc4=nn.Linear(f3, f4), act4=activation(),
            fc5=nn.Linear(f4, num_classes),
        )  # fmt: skip
