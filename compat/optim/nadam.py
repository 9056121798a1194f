"""NAdam (`torch.optim.NAdam`)."""

from typing import Any

import numpy as np

from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer, State, advance, begun, counter, each, hosted, update
from compat.optim.optimizer import (
    Group,
    ParamsT,
    check_betas,
    check_capturable,
    check_nonnegative,
    check_tensor_lr,
    to_scalar,
)
from funcgrad.optim.nadam import nadam_momentum, nadam_step
from funcgrad.typing import Array


def _nadam(params: list[Array], mu_products: list[Array], steps: list[Array], **rest: Any) -> tuple[list[Any], ...]:
    # Products and counts are kept on the host: the kernel's new ones are not asked for.
    return nadam_step(params, mu_products=each(mu_products, params), steps=each(steps, params), **rest)[:3]


def _following(step: Any, product: Any, *, beta1: Any, momentum_decay: Any) -> tuple[Any, Any]:
    momentum = nadam_momentum(step.astype(np.float64) + 1.0, beta1, momentum_decay)
    return step + 1, product * momentum.astype(product.dtype)  # rounded before, as where it meets a tensor


class NAdam(FusedOptimizer):
    r"""NAdam: Adam with Nesterov's momentum, which grows with the steps.

    .. math::
       \mu_t = \beta_1 \left(1 - \tfrac{1}{2}\, 0.96^{t\psi}\right), \quad
       p \leftarrow p - \gamma \left(\frac{(1 - \mu_t)\, g}{1 - \prod_{i \le t} \mu_i}
       + \frac{\mu_{t+1}\, m}{1 - \prod_{i \le t + 1} \mu_i}\right) \Big/
       \left(\sqrt{v / (1 - \beta_2^t)} + \epsilon\right)

    with Adam's means :math:`m` and :math:`v`.

    Args:
      params: Tensors, named tensors, or groups.
      lr: Learning rate :math:`\gamma`.
      betas: Decay :math:`\beta_1, \beta_2` of the two means.
      eps: :math:`\epsilon`, added to the root.
      weight_decay: Share of the parameter that is added to its gradient.
      momentum_decay: How fast :math:`\psi` the momentum grows.
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
      >>> opt = torch.optim.NAdam([w], lr=0.5)
      >>> (w * 2).sum().backward()
      >>> opt.step()
      >>> w
      tensor([0.4718], requires_grad=True)

    Source:
      PyTorch, `torch.optim.NAdam`; Dozat 2016.
    """

    _later_options = {"maximize": False, "foreach": None, "capturable": False, "differentiable": False,
                      "decoupled_weight_decay": False}
    _hosted = ("step", "mu_product")

    def __init__(self, params: ParamsT, lr: float | Tensor = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0, momentum_decay: float = 4e-3,
                 decoupled_weight_decay: bool = False, *, foreach: bool | None = None, maximize: bool = False,
                 capturable: bool = False, differentiable: bool = False) -> None:
        check_tensor_lr(lr)
        check_nonnegative(lr=lr, epsilon=eps)
        check_betas(betas)
        check_nonnegative(weight_decay=weight_decay, momentum_decay=momentum_decay)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable})

    def _begin(self, group: Group, param: Tensor, state: State) -> None:
        state["step"] = counter()
        state["mu_product"] = hosted(1.0)
        state["exp_avg"] = begun(param)
        state["exp_avg_sq"] = begun(param)

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        if group["capturable"]:
            comma = "," if group["foreach"] else ""
            check_capturable(params, f"params, mu_products{comma} and state_steps", xla=not group["foreach"])
        states = self._states(group, params)
        (beta1, beta2), momentum_decay = group["betas"], group["momentum_decay"]
        options = {"beta1": beta1, "momentum_decay": momentum_decay}
        steps, products = advance(states, ("step", "mu_product"), _following, options)
        lists = {"params": params, "grads": grads, "exp_avgs": [s["exp_avg"] for s in states],
                 "exp_avg_sqs": [s["exp_avg_sq"] for s in states], "mu_products": products, "steps": steps}
        numbers = {"lr": to_scalar(group["lr"]), "beta1": beta1, "beta2": beta2, "eps": group["eps"],
                   "momentum_decay": momentum_decay}
        static = {"maximize": group["maximize"]}
        if group["weight_decay"] != 0:
            numbers["weight_decay"] = group["weight_decay"]
            static["decoupled"] = group["decoupled_weight_decay"]
        update(_nadam, lists, numbers, static, ("params", "exp_avgs", "exp_avg_sqs"), group["differentiable"])
