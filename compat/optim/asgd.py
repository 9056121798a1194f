"""ASGD (`torch.optim.ASGD`)."""

from typing import Any

import numpy as np

from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer, State, advance, begun, each, hosted, update
from compat.optim.optimizer import (
    Group,
    ParamsT,
    check_capturable,
    check_nonnegative,
    check_tensor_lr,
)
from funcgrad.optim.asgd import asgd_rate, asgd_share, asgd_step
from funcgrad.typing import Array


def _asgd(params: list[Array], mus: list[Array], etas: list[Array], **rest: Any) -> tuple[list[Any], ...]:
    return asgd_step(params, mus=each(mus, params), etas=each(etas, params), **rest)


def _following(step: Any, eta: Any, mu: Any, *, lr: Any, lambd: Any, alpha: Any, t0: Any) -> tuple[Any, Any, Any]:
    count = step.astype(np.float64) + 1.0
    return count, asgd_rate(count, lr, lambd, alpha), asgd_share(count, t0)


class ASGD(FusedOptimizer):
    r"""ASGD: gradient descent with a decaying rate, and an average of the parameters as `state[p]["ax"]`.

    .. math:: p \leftarrow p - \eta_t (g + \lambda p), \qquad \eta_{t+1} = \frac{\gamma}{(1 + \lambda\gamma t)^\alpha}

    .. math:: a \leftarrow a + \mu_t (p - a), \qquad \mu_{t+1} = \frac{1}{\max(1, t - t_0)}

    Args:
      params: Tensors, named tensors, or groups.
      lr: Learning rate :math:`\gamma`.
      lambd: Decay :math:`\lambda`, of the parameters and of the rate.
      alpha: Power :math:`\alpha` of the rate's decay.
      t0: The step at which averaging begins.
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
      >>> opt = torch.optim.ASGD([w], lr=0.25, lambd=0.5)
      >>> (w * 2).sum().backward()
      >>> opt.step()
      >>> w
      tensor([0.3750], requires_grad=True)

    Source:
      PyTorch, `torch.optim.ASGD`; Polyak and Juditsky 1992; Xu 2011 for the rates.
    """

    _later_options = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}
    _hosted = ("step", "eta", "mu")

    def __init__(self, params: ParamsT, lr: float | Tensor = 1e-2, lambd: float = 1e-4, alpha: float = 0.75,
                 t0: float = 1e6, weight_decay: float = 0, foreach: bool | None = None, maximize: bool = False,
                 differentiable: bool = False, capturable: bool = False) -> None:
        check_tensor_lr(lr)
        check_nonnegative(lr=lr, weight_decay=weight_decay)
        super().__init__(params, {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable})

    def _begin(self, group: Group, param: Tensor, state: State) -> None:
        state["step"] = hosted(0.0, param.device)
        state["eta"] = hosted(group["lr"], param.device)
        state["mu"] = hosted(1.0, param.device)
        state["ax"] = begun(param)

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        if group["capturable"]:
            check_capturable(params, "params, mus, etas, and state_steps", xla=not group["foreach"])
        states = self._states(group, params)
        options = {name: group[name] for name in ("lr", "lambd", "alpha", "t0")}
        _, etas, mus = advance(states, ("step", "eta", "mu"), _following, options)
        lists = {"params": params, "grads": grads, "axs": [s["ax"] for s in states], "mus": mus, "etas": etas}
        numbers = {"lambd": group["lambd"]}
        if group["weight_decay"] != 0:
            numbers["weight_decay"] = group["weight_decay"]
        update(_asgd, lists, numbers, {"maximize": group["maximize"]}, ("params", "axs"), group["differentiable"])
