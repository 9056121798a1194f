"""Clipping of gradients, in place."""
from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from types import GeneratorType

from compat._autograd.modes import no_grad
from compat._ops.data import tensor
from compat._ops.declare import ops
from compat._tensor.tensor import Tensor

_NON_FINITE = ("The total norm of order {} for gradients from `parameters` is non-finite, so it cannot be clipped. To "
               "disable this error and scale the gradients by the non-finite norm anyway, set "
               "`error_if_nonfinite=False`")


def _listed(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """The parameters as a list, with a warning for a generator that is used up."""
    if isinstance(parameters, Tensor):
        return [parameters]
    listed = list(parameters)
    if not listed and isinstance(parameters, GeneratorType):
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=4)
    return listed


@no_grad()
def get_total_norm(tensors: Tensor | Iterable[Tensor], norm_type: float = 2.0, error_if_nonfinite: bool = False,
                   foreach: bool | None = None) -> Tensor:
    """The norm of all tensors as if they were one vector.

    Args:
      tensors: The tensors.
      norm_type: The p of the norm, possibly infinite.
      error_if_nonfinite: Whether a norm that is nan or infinite is an error.
      foreach: Accepted; the engine batches the work anyway.
    """
    tensors = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if not tensors:
        return tensor(0.0)
    norm_type = float(norm_type)
    norms = [ops._vector_norm(t, norm_type) for t in tensors]
    total = ops._vector_norm(ops.stack([n.to(tensors[0].device) for n in norms]), norm_type)
    if error_if_nonfinite and not math.isfinite(total.item()):
        raise RuntimeError(_NON_FINITE.format(norm_type))
    return total


@no_grad()
def clip_grads_with_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor,
                          foreach: bool | None = None) -> None:
    """Scales the gradients by ``max_norm / (total_norm + 1e-6)`` where that is less than 1."""
    grads = [p.grad for p in _listed(parameters) if p.grad is not None]
    if not grads:
        return
    factor = (float(max_norm) / (total_norm + 1e-6)).clamp(max=1.0)
    for grad in grads:
        grad.mul_(factor.to(grad.device))


@no_grad()
def clip_grad_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0,
                    error_if_nonfinite: bool = False, foreach: bool | None = None) -> Tensor:
    """Scales the gradients so that their norm, all together, is at most ``max_norm``.

    Args:
      parameters: Whose ``.grad`` is changed; those without are left out.
      max_norm: The largest norm allowed.
      norm_type: The p of the norm, possibly infinite.
      error_if_nonfinite: Whether a norm that is nan or infinite is an error.
      foreach: Accepted; the engine batches the work anyway.

    Returns:
      The norm before.
    """
    parameters = _listed(parameters)
    total = get_total_norm([p.grad for p in parameters if p.grad is not None], norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(parameters, max_norm, total, foreach)
    return total


def clip_grad_norm(parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0,
                   error_if_nonfinite: bool = False, foreach: bool | None = None) -> Tensor:
    """The old name of :func:`clip_grad_norm_`."""
    warnings.warn("`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
                  FutureWarning, stacklevel=2)
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


@no_grad()
def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Keeps every element of the gradients within ``clip_value`` of 0."""
    clip_value = float(clip_value)
    for p in _listed(parameters):
        if p.grad is not None:
            p.grad.clamp_(min=-clip_value, max=clip_value)
