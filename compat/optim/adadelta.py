"""Adadelta (`torch.optim.Adadelta`)."""

from typing import Any

from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer, State, begun, count_up, counter, update
from compat.optim.optimizer import (
    Group,
    ParamsT,
    check_capturable,
    check_nonnegative,
    check_tensor_lr,
    to_scalar,
)
from funcgrad.optim.adadelta import adadelta_step
from funcgrad.typing import Array


def _adadelta(params: list[Array], **rest: Any) -> tuple[list[Any], ...]:
    return adadelta_step(params, steps=[], **rest)[:-1]


class Adadelta(FusedOptimizer):
    r"""Adadelta: steps along the gradient, scaled by the root mean squares of past steps and of past gradients.

    .. math::
       v \leftarrow \rho v + (1 - \rho) g^2, \quad \Delta = \sqrt{\frac{u + \epsilon}{v + \epsilon}}\, g, \quad
       u \leftarrow \rho u + (1 - \rho) \Delta^2, \quad p \leftarrow p - \gamma \Delta

    Args:
      params: Tensors, named tensors, or groups.
      lr: Factor :math:`\gamma` of the step.
      rho: Decay :math:`\rho` of the two means.
      eps: :math:`\epsilon`, added to the means.
      weight_decay: Share of the parameter that is added to its gradient.
      foreach: Accepted; every step is one operation.
      capturable: Accepted on accelerators, refused on the CPU as by PyTorch.
      maximize: Climb instead of descend.
      differentiable: Record the step itself for backward.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> import compat as torch
      >>> w = torch.tensor([1.0], requires_grad=True)
      >>> opt = torch.optim.Adadelta([w], lr=0.5, rho=0.0, eps=0.25)
      >>> (w * 2).sum().backward()
      >>> opt.step()
      >>> w
      tensor([0.7575], requires_grad=True)

    Source:
      PyTorch, `torch.optim.Adadelta`; Zeiler 2012.
    """

    _later_options = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(self, params: ParamsT, lr: float | Tensor = 1.0, rho: float = 0.9, eps: float = 1e-6,
                 weight_decay: float = 0, foreach: bool | None = None, *, capturable: bool = False,
                 maximize: bool = False, differentiable: bool = False) -> None:
        check_tensor_lr(lr)
        check_nonnegative(lr=lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_nonnegative(epsilon=eps, weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable})

    def _begin(self, group: Group, param: Tensor, state: State) -> None:
        state["step"] = counter()
        state["square_avg"] = begun(param)
        state["acc_delta"] = begun(param)

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        if group["capturable"]:
            check_capturable(params, xla=False)
        states = self._states(group, params)
        count_up(states)  # Adadelta corrects no bias: the count is only kept
        lists = {"params": params, "grads": grads, "square_avgs": [s["square_avg"] for s in states],
                 "acc_deltas": [s["acc_delta"] for s in states]}
        numbers = {"lr": to_scalar(group["lr"]), "rho": group["rho"], "eps": group["eps"]}
        if group["weight_decay"] != 0:
            numbers["weight_decay"] = group["weight_decay"]
        update(_adadelta, lists, numbers, {"maximize": group["maximize"]}, ("params", "square_avgs", "acc_deltas"),
               group["differentiable"])
