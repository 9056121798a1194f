"""Adagrad (`torch.optim.Adagrad`)."""

from typing import Any

from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer, State, begun, count_up, counter, update
from compat.optim.optimizer import (
    Group,
    ParamsT,
    check_fused,
    check_fused_options,
    check_nonnegative,
    check_tensor_lr,
    to_scalar,
)
from funcgrad.optim.adagrad import adagrad_step
from funcgrad.typing import Array


def _adagrad(params: list[Array], steps: list[Array], **rest: Any) -> tuple[list[Any], ...]:
    return adagrad_step(params, steps=steps if len(steps) == len(params) else steps * len(params), **rest)[:-1]


class Adagrad(FusedOptimizer):
    r"""Adagrad: steps along the gradient over the root of the sum of its squares.

    .. math:: s \leftarrow s + g^2, \qquad p \leftarrow p - \frac{\gamma}{1 + (t - 1)\eta} g / (\sqrt{s} + \epsilon)

    Args:
      params: Tensors, named tensors, or groups.
      lr: Learning rate :math:`\gamma`.
      lr_decay: Decay :math:`\eta` of the learning rate.
      weight_decay: Share of the parameter that is added to its gradient.
      initial_accumulator_value: What the sums begin with.
      eps: :math:`\epsilon`, added to the root.
      foreach: Accepted; every step is one operation.
      maximize: Climb instead of descend.
      differentiable: Record the step itself for backward.
      fused: Accepted; every step is one operation.

    Raises:
      ValueError: if a number is out of its range.
      RuntimeError: if options exclude each other.

    Source:
      PyTorch, `torch.optim.Adagrad`; Duchi, Hazan and Singer 2011.
    """

    _later_options = {"foreach": None, "maximize": False, "differentiable": False, "fused": None}

    def __init__(self, params: ParamsT, lr: float | Tensor = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
                 initial_accumulator_value: float = 0, eps: float = 1e-10, foreach: bool | None = None, *,
                 maximize: bool = False, differentiable: bool = False, fused: bool | None = None) -> None:
        check_tensor_lr(lr)
        check_nonnegative(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay,
                          initial_accumulator_value=initial_accumulator_value, epsilon=eps)
        super().__init__(params, {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused})
        check_fused_options(fused, foreach, differentiable)
        if fused:
            self._need_device_dtype_check_for_fused = True
            self._step_supports_amp_scaling = True
        for group in self.param_groups:  # unlike the others, the state exists before the first step
            for p in group["params"]:
                self._begin(group, p, self.state[p])

    def share_memory(self) -> None:
        """Let the sums be shared between processes: they never are, so this only refuses.

        Raises:
          NotImplementedError: always; give each process an optimizer of its own.
        """
        raise NotImplementedError("Adagrad.share_memory(): device arrays cannot be shared between processes. "
                                  "Give each process its own optimizer and average the gradients.")

    def _begin(self, group: Group, param: Tensor, state: State) -> None:
        start = self.defaults["initial_accumulator_value"]
        state["step"] = counter(group["fused"])
        state["sum"] = begun(param, complex(start, start) if param.is_complex() else start)

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        if group["fused"] and getattr(self, "_need_device_dtype_check_for_fused", True):
            check_fused(params[0])
            self._need_device_dtype_check_for_fused = False
        states = self._states(group, params)
        lists = {"params": params, "grads": grads, "state_sums": [s["sum"] for s in states],
                 "steps": count_up(states)}
        numbers = {"lr": to_scalar(group["lr"]), "lr_decay": group["lr_decay"], "eps": group["eps"]}
        if group["weight_decay"] != 0:
            numbers["weight_decay"] = group["weight_decay"]
        update(_adagrad, lists, numbers, {"maximize": group["maximize"]}, ("params", "state_sums"),
               group["differentiable"])
