"""Scaling of losses, so that small gradients are more than 0 in float16: what ``torch.amp.GradScaler`` computes."""

from collections.abc import Sequence

import jax.numpy as jnp

from funcgrad.dtypes import opmath
from funcgrad.typing import Array, Number

__all__ = ["adapt_scale", "unscale"]


def unscale(
    grads: Sequence[Array], found_inf: Sequence[Array], *, inv_scale: Number
) -> tuple[list[Array], list[Array]]:
    """Gradients times the inverse of the scale, and whether one of them has an element that is infinite or nan.

    Args:
      grads: The gradients of a scaled loss.
      found_inf: One flag of shape ``()``, which becomes 1 and is never reset here.
      inv_scale: What to multiply by; the product is rounded once, to the gradient's dtype.

    Returns:
      The new gradients, and the new flag in a list.

    Example:
      >>> unscale([jnp.array([2.0, jnp.inf])], [jnp.zeros(())], inv_scale=0.5)
      ([Array([ 1., inf], dtype=float32)], [Array(1., dtype=float32)])

    Source:
      PyTorch, ``torch._amp_foreach_non_finite_check_and_unscale_``.
    """
    (flag,) = found_inf
    scaled = []
    for grad in grads:
        flag = jnp.where(jnp.all(jnp.isfinite(grad)), flag, jnp.ones_like(flag))
        wide = opmath(grad.dtype)
        scaled.append((grad.astype(wide) * jnp.asarray(inv_scale, wide)).astype(grad.dtype))
    return scaled, [flag]


def adapt_scale(
    scale: Sequence[Array],
    growth_tracker: Sequence[Array],
    found_inf: Sequence[Array],
    *,
    growth_factor: Number,
    backoff_factor: Number,
    growth_interval: Number,
) -> tuple[list[Array], list[Array]]:
    """The next scale: smaller after infinite gradients, larger after `growth_interval` steps without.

    Args:
      scale: One number of shape ``()``.
      growth_tracker: One count of steps since the scale changed.
      found_inf: Flags, each not 0 where gradients were infinite or nan.
      growth_factor: What the scale is multiplied by to grow; not if the product is infinite.
      backoff_factor: What it is multiplied by to shrink.
      growth_interval: After how many steps it grows.

    Returns:
      The new scale and the new count, each in a list.

    Example:
      >>> factors = {"growth_factor": 2.0, "backoff_factor": 0.5, "growth_interval": 3}
      >>> adapt_scale([jnp.array(8.0)], [jnp.array(2)], [jnp.array(0.0)], **factors)
      ([Array(16., dtype=float32)], [Array(0, dtype=int32)])

    Source:
      PyTorch, ``torch._amp_update_scale_``.
    """
    (value,), (count,) = scale, growth_tracker
    found = sum(found_inf) != 0
    count = jnp.where(found, 0, count + 1).astype(count.dtype)
    due = count == growth_interval
    grown = (value * growth_factor).astype(value.dtype)
    grown = jnp.where(jnp.isfinite(grown), grown, value)
    shrunk = (value * backoff_factor).astype(value.dtype)
    value = jnp.where(found, shrunk, jnp.where(due, grown, value))
    return [value], [jnp.where(due, 0, count).astype(count.dtype)]
