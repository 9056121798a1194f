"""RAdam (`torch.optim.RAdam`)."""

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
from funcgrad.optim.radam import radam_step
from funcgrad.typing import Array


def _radam(params: list[Array], steps: list[Array], **rest: Any) -> tuple[list[Any], ...]:
    return radam_step(params, steps=each(steps, params), **rest)[:-1]


class RAdam(FusedOptimizer):
    r"""RAdam: Adam, whose mean square counts only once it rests on enough gradients, and then by degrees.

    .. math::
       \rho_\infty = \frac{2}{1 - \beta_2} - 1, \quad
       \rho_t = \rho_\infty - \frac{2 t \beta_2^t}{1 - \beta_2^t}, \quad
       r_t = \sqrt{\frac{(\rho_t - 4)(\rho_t - 2)\rho_\infty}{(\rho_\infty - 4)(\rho_\infty - 2)\rho_t}}

    .. math::
       p \leftarrow p - \gamma\, \frac{m}{1 - \beta_1^t} \cdot
       \begin{cases} r_t \sqrt{1 - \beta_2^t} / (\sqrt{v} + \epsilon) & \rho_t > 5 \\ 1 & \text{else} \end{cases}

    Args:
      params: Tensors, named tensors, or groups.
      lr: Learning rate :math:`\gamma`.
      betas: Decay :math:`\beta_1, \beta_2` of the two means.
      eps: :math:`\epsilon`, added to the root.
      weight_decay: Share of the parameter that is added to its gradient.
      decoupled_weight_decay: Shrink the parameter instead of changing its gradient.
      foreach: Accepted; every step is one operation.
      maximize: Climb instead of descend.
      capturable: Accepted on accelerators, refused on the CPU as by PyTorch.
      differentiable: Record the step itself for backward.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> import compat as torch
      >>> w = torch.tensor([1.0], requires_grad=True)
      >>> opt = torch.optim.RAdam([w], lr=0.25)
      >>> (w * 2).sum().backward()
      >>> opt.step()
      >>> w
      tensor([0.5000], requires_grad=True)

    Source:
      PyTorch, `torch.optim.RAdam`; Liu et al. 2020.
    """

    _later_options = {"foreach": None, "maximize": False, "differentiable": False, "decoupled_weight_decay": False,
                      "capturable": False}

    def __init__(self, params: ParamsT, lr: float | Tensor = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0, decoupled_weight_decay: bool = False, *,
                 foreach: bool | None = None, maximize: bool = False, capturable: bool = False,
                 differentiable: bool = False) -> None:
        check_tensor_lr(lr)
        check_nonnegative(lr=lr, epsilon=eps)
        check_betas(betas)
        check_nonnegative(weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable})

    def _begin(self, group: Group, param: Tensor, state: State) -> None:
        state["step"] = counter()
        state["exp_avg"] = begun(param)
        state["exp_avg_sq"] = begun(param)

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        if group["capturable"]:
            check_capturable(params, xla=not group["foreach"])
        states = self._states(group, params)
        beta1, beta2 = group["betas"]
        lists = {"params": params, "grads": grads, "exp_avgs": [s["exp_avg"] for s in states],
                 "exp_avg_sqs": [s["exp_avg_sq"] for s in states], "steps": count_up(states)}
        numbers = {"lr": to_scalar(group["lr"]), "beta1": beta1, "beta2": beta2, "eps": group["eps"]}
        static = {"maximize": group["maximize"]}
        if group["weight_decay"] != 0:
            numbers["weight_decay"] = group["weight_decay"]
            static["decoupled"] = group["decoupled_weight_decay"]
        update(_radam, lists, numbers, static, ("params", "exp_avgs", "exp_avg_sqs"), group["differentiable"])
