"""Where training starts: the paper's initial weights, the 2012 program's, Xavier's and He's."""

import torch
from torch import nn

SCHEMES = ("paper", "program", "xavier", "he")


@torch.no_grad()
def initialise(
    model: nn.Module, scheme: str | float, generator: torch.Generator | None = None
) -> nn.Module:
    """Give every convolution and linear layer of `model` new weights; returns the model.

    - "paper" (Krizhevsky 2012, section 5): weights N(0, 0.01²) in each layer; biases 1 in conv2,
      conv4, conv5 and the hidden fully connected layers, 0 elsewhere.
    - "program" (the 2012 program's `layers-145.cfg`): the same, but N(0, 0.03²) in conv3 to conv5.
    - "xavier" (Glorot and Bengio 2010): uniform, variance 2 / (fan-in + fan-out); biases 0.
    - "he" (He et al. 2015): normal, variance 2 / fan-in, made for ReLU; biases 0.
    - a number: normal with this standard deviation in each layer; biases 0.

    `generator` fixes the numbers and must be on the model's device. Raises ValueError for an
    unknown scheme, for the first two if the model has not AlexNet's five convolutions, and for
    LeNet5, whose sparse convolution has a fan-in of its own.
    """
    if isinstance(scheme, str) and scheme not in SCHEMES:
        raise ValueError(f'The scheme "{scheme}" is unknown: use one of {", ".join(SCHEMES)}.')
    convs = [layer for layer in model.modules() if isinstance(layer, nn.Conv2d)]
    linears = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    of_alexnet = scheme in ("paper", "program")
    if of_alexnet and len(convs) != 5:
        raise ValueError(
            f'The scheme "{scheme}" names conv1 to conv5, but this model has {len(convs)} '
            'convolutions: use "xavier" or "he".'
        )
    if any(layer.weight.ndim != 4 for layer in convs):
        name = type(model).__name__
        raise ValueError(f"{name} keeps the initial weights that it was built with.")
    for layer in (*convs, *linears):
        if scheme == "xavier":
            nn.init.xavier_uniform_(layer.weight, generator=generator)
        elif scheme == "he":
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
        else:
            std = 0.01 if of_alexnet else scheme
            if scheme == "program" and layer in convs[2:]:
                std = 0.03
            nn.init.normal_(layer.weight, std=std, generator=generator)
        nn.init.zeros_(layer.bias)
    if of_alexnet:
        for layer in (convs[1], convs[3], convs[4], *linears[:-1]):
            nn.init.ones_(layer.bias)
    return model
