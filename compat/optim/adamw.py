"""AdamW (`torch.optim.AdamW`)."""

from typing import Any

from compat._tensor.tensor import Tensor
from compat.optim.adam import Adam
from compat.optim.optimizer import ParamsT


class AdamW(Adam):
    r"""Adam with decoupled weight decay: :math:`p \leftarrow (1 - \gamma\lambda) p`, then Adam's step.

    Args:
      params: Tensors, named tensors, or groups.
      lr: Learning rate :math:`\gamma`.
      betas: Decay of the means of the gradient and of its square.
      eps: Added to the root mean square.
      weight_decay: Weight decay :math:`\lambda`.
      amsgrad: Divide by the largest mean square so far.
      maximize: Climb instead of descend.
      foreach: Accepted; every step is one operation.
      capturable: Accepted on accelerators, refused on the CPU as by PyTorch.
      differentiable: Record the step itself for backward.
      fused: Accepted; every step is one operation.

    Raises:
      ValueError: if a number is out of its range.
      RuntimeError: if options exclude each other.

    Source:
      PyTorch, `torch.optim.AdamW`; Loshchilov and Hutter 2019.
    """

    def __init__(self, params: ParamsT, lr: float | Tensor = 1e-3,
                 betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False,
                 foreach: bool | None = None, capturable: bool = False, differentiable: bool = False,
                 fused: bool | None = None) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize,
                         capturable=capturable, differentiable=differentiable, fused=fused,
                         decoupled_weight_decay=True)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            group["decoupled_weight_decay"] = True
