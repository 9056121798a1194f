"""Stochastic gradient descent (`torch.optim.SGD`)."""

from collections.abc import Sequence
from typing import Any

import jax

from compat._tensor.tensor import Tensor
from compat.optim._update import FusedOptimizer, begun, update
from compat.optim.optimizer import (
    Group,
    ParamsT,
    check_fused,
    check_fused_options,
    check_tensor_lr,
    to_scalar,
)
from funcgrad.optim._arithmetic import add, decay_gradients
from funcgrad.optim.sgd import sgd_step
from funcgrad.typing import Array, Number


def _plain(params: Sequence[Array], grads: Sequence[Array], **options: Any) -> tuple[list[Array]]:
    return (sgd_step(params, grads, [None] * len(params), **options)[0],)


def _with_momentum(params: Sequence[Array], grads: Sequence[Array], buffers: Sequence[Array],
                   **options: Any) -> tuple[list[Array], list[Array | None]]:
    return sgd_step(params, grads, buffers, **options)


def _first_with_momentum(params: Sequence[Array], grads: Sequence[Array], buffers: Sequence[Array], *, lr: Number,
                         momentum: Number, dampening: Number, weight_decay: Number | None = None, nesterov: bool,
                         maximize: bool) -> tuple[list[Array], list[Array]]:
    # The first step makes the buffer the gradient, undamped and cut off its history; the zeros are not read.
    directions = decay_gradients(params, grads, weight_decay, maximize)
    first = [jax.lax.stop_gradient(direction) for direction in directions]
    if nesterov:
        directions = [add(direction, buffer, momentum) for direction, buffer in zip(directions, first, strict=True)]
    else:
        directions = first
    return sgd_step(params, directions, [None] * len(params), lr=lr)[0], first


class SGD(FusedOptimizer):
    r"""Stochastic gradient descent, with momentum if wanted.

    .. math:: b \leftarrow \mu b + (1 - \tau)(g + \lambda p), \qquad p \leftarrow p - \gamma b

    Args:
      params: Tensors, named tensors, or groups.
      lr: Learning rate :math:`\gamma`.
      momentum: Factor :math:`\mu` of the buffer; the first step sets the buffer to the gradient.
      dampening: Share :math:`\tau` of the gradient that does not enter the buffer.
      weight_decay: Share :math:`\lambda` of the parameter that is added to its gradient.
      nesterov: Step along :math:`g + \mu b` instead of :math:`b`.
      maximize: Climb instead of descend.
      foreach: Accepted; every step is one operation.
      differentiable: Record the step itself for backward.
      fused: Accepted; every step is one operation.

    Raises:
      ValueError: if a number is out of its range, or Nesterov momentum lacks momentum or has dampening.
      RuntimeError: if options exclude each other.

    Example:
      >>> import compat as torch
      >>> w = torch.tensor([1.0], requires_grad=True)
      >>> opt = torch.optim.SGD([w], lr=0.5)
      >>> (w * 2).sum().backward()
      >>> opt.step()
      >>> w
      tensor([0.], requires_grad=True)

    Source:
      PyTorch, `torch.optim.SGD`.
    """

    _later_options = {"nesterov": False, "maximize": False, "foreach": None, "differentiable": False, "fused": False}
    _hosted = ()

    def __init__(self, params: ParamsT, lr: float | Tensor = 1e-3, momentum: float = 0, dampening: float = 0,
                 weight_decay: float | Tensor = 0, nesterov: bool = False, *, maximize: bool = False,
                 foreach: bool | None = None, differentiable: bool = False, fused: bool | None = None) -> None:
        check_tensor_lr(lr)
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize, "foreach": foreach, "differentiable": differentiable,
            "fused": fused})
        if fused:
            self._step_supports_amp_scaling = True
            self._need_device_dtype_check_for_fused = True
        check_fused_options(fused, foreach, differentiable)

    def _update(self, group: Group, params: list[Tensor], grads: list[Tensor]) -> None:
        if group["fused"] and getattr(self, "_need_device_dtype_check_for_fused", True):
            check_fused(params[0])
            self._need_device_dtype_check_for_fused = False
        numbers = {"lr": to_scalar(group["lr"])}
        static = {"maximize": group["maximize"]}
        if group["weight_decay"] != 0:
            numbers["weight_decay"] = group["weight_decay"]
        differentiable = group["differentiable"]
        if group["momentum"] == 0:
            update(_plain, {"params": params, "grads": grads}, numbers, static, ("params",), differentiable)
            return
        numbers["momentum"], numbers["dampening"] = group["momentum"], group["dampening"]
        static["nesterov"] = group["nesterov"]
        buffers = [self.state[p].get("momentum_buffer") for p in params]
        for first in (False, True):
            chosen = [i for i, buffer in enumerate(buffers) if (buffer is None) == first]
            if not chosen:
                continue
            if first:
                if differentiable and not group["nesterov"]:
                    grads = [grad.detach() for grad in grads]  # the buffer alone is stepped along
                for i in chosen:
                    buffers[i] = self.state[params[i]]["momentum_buffer"] = begun(params[i])
            lists = {"params": [params[i] for i in chosen], "grads": [grads[i] for i in chosen],
                     "buffers": [buffers[i] for i in chosen]}
            if first and differentiable:
                update(_first_with_momentum, lists, numbers, static, ("params", "buffers"), True)
            else:
                # zeros and no damping make the buffer the gradient: the first step is the same program as the next
                some = {**numbers, "dampening": 0.0} if first else numbers
                update(_with_momentum, lists, some, static, ("params", "buffers"), differentiable)
