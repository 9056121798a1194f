"""Adamax (`torch.optim.Adamax`)."""

from typing import Any

from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer, State, begun, count_up, counter, each, update
from compat.optim.optimizer import (
    Group,
    ParamsT,
    check_betas,
    check_capturable,
    check_nonnegative,
    check_tensor_lr,
    to_scalar,
)
from funcgrad.optim.adamax import adamax_step
from funcgrad.typing import Array


def _adamax(params: list[Array], steps: list[Array], **rest: Any) -> tuple[list[Any], ...]:
    return adamax_step(params, steps=each(steps, params), **rest)[:-1]


class Adamax(FusedOptimizer):
    r"""Adamax: steps along the mean gradient over its decaying maximum.

    .. math::
       m \leftarrow \beta_1 m + (1 - \beta_1) g, \quad u \leftarrow \max(\beta_2 u, |g| + \epsilon), \quad
       p \leftarrow p - \frac{\gamma}{1 - \beta_1^t}\, m / u

    Args:
      params: Tensors, named tensors, or groups.
      lr: Learning rate :math:`\gamma`.
      betas: Decay :math:`\beta_1, \beta_2` of the mean and of the maximum.
      eps: :math:`\epsilon`, added to the gradient's size.
      weight_decay: Share of the parameter that is added to its gradient.
      foreach: Accepted; every step is one operation.
      maximize: Climb instead of descend.
      differentiable: Record the step itself for backward.
      capturable: Accepted on accelerators, refused on the CPU as by PyTorch.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> import compat as torch
      >>> w = torch.tensor([1.0], requires_grad=True)
      >>> opt = torch.optim.Adamax([w], lr=0.5)
      >>> (w * 2).sum().backward()
      >>> opt.step()
      >>> w
      tensor([0.5000], requires_grad=True)

    Source:
      PyTorch, `torch.optim.Adamax`; Kingma and Ba 2015.
    """

    _later_options = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(self, params: ParamsT, lr: float | Tensor = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0, foreach: bool | None = None, *, maximize: bool = False,
                 differentiable: bool = False, capturable: bool = False) -> None:
        check_tensor_lr(lr)
        check_nonnegative(lr=lr, epsilon=eps)
        check_betas(betas)
        check_nonnegative(weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable})

    def _begin(self, group: Group, param: Tensor, state: State) -> None:
        state["step"] = counter()
        state["exp_avg"] = begun(param)
        state["exp_inf"] = begun(param)

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        if group["capturable"]:
            check_capturable(params, xla=not group["foreach"])
        states = self._states(group, params)
        beta1, beta2 = group["betas"]
        lists = {"params": params, "grads": grads, "exp_avgs": [s["exp_avg"] for s in states],
                 "exp_infs": [s["exp_inf"] for s in states], "steps": count_up(states)}
        numbers = {"lr": to_scalar(group["lr"]), "beta1": beta1, "beta2": beta2, "eps": group["eps"]}
        if group["weight_decay"] != 0:
            numbers["weight_decay"] = group["weight_decay"]
        update(_adamax, lists, numbers, {"maximize": group["maximize"]}, ("params", "exp_avgs", "exp_infs"),
               group["differentiable"])
