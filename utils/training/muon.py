"""Muon (Jordan 2024): momentum whose step moves every direction of a kernel alike."""

from collections.abc import Iterable

import torch

# How much larger a kernel's rate is than Adam's: an orthogonal matrix has small entries.
KERNEL_RATE = 30


class Muon(torch.optim.Adam):
    """Muon for the kernels of convolutions (K, C, k, k), Adam for everything else.

    The rate of a kernel is KERNEL_RATE times `lr`, and kernels do not decay: `weight_decay` is that
    of Adam, as `torch.optim.Adam` has it. `momentum` is also the first beta of Adam.
    `dtype` is the precision in which kernels are orthogonalised.
    """

    def __init__(
        self, params: Iterable[torch.nn.Parameter], lr: float, momentum: float,
        weight_decay: float, dtype: torch.dtype,
    ):  # fmt: skip
        kernels: list[torch.nn.Parameter] = []
        others: list[torch.nn.Parameter] = []
        for p in params:
            (kernels if p.ndim == 4 else others).append(p)
        groups = [{"params": others}, {"params": kernels}]
        betas = (momentum, 0.999)
        super().__init__(groups, lr, betas, weight_decay=weight_decay, fused=True)
        self.momentum, self.dtype = momentum, dtype

    @torch.no_grad()
    def step(self) -> None:
        group = self.param_groups[1]
        for kernel in group["params"]:
            memory = self.state[kernel]
            if not memory:  # the step only because Adam looks for it in a state that it loads
                memory |= {"step": torch.zeros(()), "velocity": torch.zeros_like(kernel)}
            velocity = memory["velocity"].lerp_(kernel.grad, 1 - self.momentum)
            ahead = kernel.grad.lerp(velocity, self.momentum)  # Nesterov's
            # One row for each filter, in the order of channels_last: no copy.
            rows = ahead.movedim(1, -1)
            step = orthogonalised(rows.flatten(1).to(self.dtype)).view(rows.shape).movedim(-1, 1)
            kernel.add_(step, alpha=-KERNEL_RATE * group["lr"])
            kernel.grad = None  # so that Adam passes it over
        super().step()


def orthogonalised(matrix: torch.Tensor, steps: int = 5) -> torch.Tensor:
    """Nearly U Vᵀ for `matrix` = U S Vᵀ, by Newton and Schulz: its singular values become about 1.

    Each step puts them through x → 3.4445 x - 4.775 x³ + 2.0315 x⁵, which takes whatever lies
    between 0.01 and 1 to about 0.7 to 1.2, and multiplies smaller ones by up to 480. Of a matrix
    (K, F) with K > F, all times √(K/F).
    """
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        gram = x @ x.T
        x = 3.4445 * x + (2.0315 * gram @ gram - 4.775 * gram) @ x
    return x.T * (matrix.shape[0] / matrix.shape[1]) ** 0.5 if tall else x
