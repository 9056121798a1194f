"""RMSprop (`torch.optim.RMSprop`)."""

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
from funcgrad.optim.rmsprop import rmsprop_step
from funcgrad.typing import Array


def _rmsprop(params: list[Array], **rest: Any) -> tuple[list[Any], ...]:
    return rmsprop_step(params, steps=[], **rest)[:-1]


class RMSprop(FusedOptimizer):
    r"""RMSprop: steps along the gradient over the root of its mean square.

    .. math:: v \leftarrow \alpha v + (1 - \alpha) g^2, \qquad p \leftarrow p - \gamma\, g / (\sqrt{v} + \epsilon)

    Args:
      params: Tensors, named tensors, or groups.
      lr: Learning rate :math:`\gamma`.
      alpha: Decay :math:`\alpha` of the mean square.
      eps: :math:`\epsilon`, added to the root.
      weight_decay: Share of the parameter that is added to its gradient.
      momentum: Factor of a buffer of scaled gradients.
      centered: Divide by the standard deviation: the mean gradient is subtracted.
      capturable: Accepted on accelerators, refused on the CPU as by PyTorch.
      foreach: Accepted; every step is one operation.
      maximize: Climb instead of descend.
      differentiable: Record the step itself for backward.

    Raises:
      ValueError: if a number is out of its range.

    Source:
      PyTorch, `torch.optim.RMSprop`; Hinton's lecture 6e, and Graves 2013 for the centered version.
    """

    _later_options = {"momentum": 0, "centered": False, "foreach": None, "maximize": False, "differentiable": False,
                      "capturable": False}

    def __init__(self, params: ParamsT, lr: float | Tensor = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
                 weight_decay: float = 0, momentum: float = 0, centered: bool = False, capturable: bool = False,
                 foreach: bool | None = None, maximize: bool = False, differentiable: bool = False) -> None:
        check_tensor_lr(lr)
        check_nonnegative(lr=lr, epsilon=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable})

    def _begin(self, group: Group, param: Tensor, state: State) -> None:
        state["step"] = counter()
        state["square_avg"] = begun(param)
        if group["momentum"] > 0:
            state["momentum_buffer"] = begun(param)
        if group["centered"]:
            state["grad_avg"] = begun(param)

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        states = self._states(group, params)
        if group["capturable"]:
            check_capturable(params)
        count_up(states)  # RMSprop corrects no bias: the count is only kept
        absent = [None] * len(params)
        centered, momentum = group["centered"], group["momentum"]
        lists = {"params": params, "grads": grads, "square_avgs": [s["square_avg"] for s in states],
                 "grad_avgs": [s["grad_avg"] for s in states] if centered else absent,
                 "momentum_buffers": [s["momentum_buffer"] for s in states] if momentum > 0 else absent}
        numbers = {"lr": to_scalar(group["lr"]), "alpha": group["alpha"], "eps": group["eps"]}
        if group["weight_decay"] != 0:
            numbers["weight_decay"] = group["weight_decay"]
        if momentum > 0:
            numbers["momentum"] = momentum
        update(_rmsprop, lists, numbers, {"centered": centered, "maximize": group["maximize"]},
               ("params", "square_avgs", "grad_avgs", "momentum_buffers"), group["differentiable"])
