"""Rprop (`torch.optim.Rprop`)."""

from typing import Any

from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer, State, begun, count_up, counter, update
from compat.optim.optimizer import (
    Group,
    ParamsT,
    check_capturable,
    check_nonnegative,
    check_tensor_lr,
)
from funcgrad.optim.rprop import rprop_step
from funcgrad.typing import Array


def _rprop(params: list[Array], **rest: Any) -> tuple[list[Any], ...]:
    return rprop_step(params, steps=[], **rest)[:-1]


class Rprop(FusedOptimizer):
    r"""Rprop: steps by the signs of the gradient alone, each element's as large as it has proved right to be.

    .. math:: p \leftarrow p - s\, \mathrm{sign}(g), \qquad s \leftarrow \text{clip}(s\, \eta_\pm)

    with :math:`\eta_+` where the gradient kept its sign, :math:`\eta_-` (and no step) where it changed.

    Args:
      params: Tensors, named tensors, or groups.
      lr: What the step sizes begin as.
      etas: Factors :math:`\eta_-, \eta_+` of the step sizes.
      step_sizes: The least and the largest step size.
      capturable: Accepted on accelerators, refused on the CPU as by PyTorch.
      foreach: Accepted; every step is one operation.
      maximize: Climb instead of descend.
      differentiable: Record the step itself for backward.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> import compat as torch
      >>> w = torch.tensor([1.0], requires_grad=True)
      >>> opt = torch.optim.Rprop([w], lr=0.5)
      >>> (w * 2).sum().backward()
      >>> opt.step()
      >>> w
      tensor([0.5000], requires_grad=True)

    Source:
      PyTorch, `torch.optim.Rprop`; Riedmiller and Braun 1993.
    """

    _later_options = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(self, params: ParamsT, lr: float | Tensor = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
                 step_sizes: tuple[float, float] = (1e-6, 50), *, capturable: bool = False,
                 foreach: bool | None = None, maximize: bool = False, differentiable: bool = False) -> None:
        check_tensor_lr(lr)
        check_nonnegative(lr=lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        super().__init__(params, {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable})

    def _begin(self, group: Group, param: Tensor, state: State) -> None:
        start = float(group["lr"])
        state["step"] = counter()
        state["prev"] = begun(param)
        state["step_size"] = begun(param, complex(start, start) if param.is_complex() else start)

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        if group["capturable"]:
            check_capturable(params)
        states = self._states(group, params)
        count_up(states)  # Rprop does not depend on the count: it is only kept
        (etaminus, etaplus), (least, largest) = group["etas"], group["step_sizes"]
        lists = {"params": params, "grads": grads, "prevs": [s["prev"] for s in states],
                 "step_sizes": [s["step_size"] for s in states]}
        numbers = {"etaminus": etaminus, "etaplus": etaplus, "step_size_min": least, "step_size_max": largest}
        update(_rprop, lists, numbers, {"maximize": group["maximize"]}, ("params", "prevs", "step_sizes"),
               group["differentiable"])
