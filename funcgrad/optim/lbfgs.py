"""The arithmetic of L-BFGS: Newton's direction from a history of steps, and moving parameters along it.

When to evaluate anew and how far to go depends on values, which is for the host to decide: see ``compat.optim.LBFGS``;
``optax.lbfgs`` is a version inside of JAX.
"""

import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp

from funcgrad.dtypes import scalar
from funcgrad.optim._arithmetic import add
from funcgrad.typing import Array, Number

__all__ = ["lbfgs_direction", "lbfgs_loops", "move_along"]


def lbfgs_direction(
    grad: Array, old_dirs: Sequence[Array], old_stps: Sequence[Array], ro: Sequence[Array], scale: Number
) -> Array:
    """Minus the approximate inverse Hessian times the gradient, by the two loops over the history.

    Args:
      grad: ``(n,)``.
      old_dirs: Changes of the gradient, each ``(n,)``, the oldest first.
      old_stps: The steps that made them, each ``(n,)``.
      ro: For each ``1 / dot(change, step)``, 0-d. A 0 leaves an entry out, so that a history may be padded.
      scale: What the Hessian's inverse is, times the identity, where the history says nothing.

    Returns:
      ``(n,)``.

    Example:
      >>> change, step = jnp.array([4.0, 0.0]), jnp.array([1.0, 0.0])
      >>> lbfgs_direction(jnp.array([8.0, 3.0]), [change], [step], [jnp.asarray(0.25)], 0.5)
      Array([-2. , -1.5], dtype=float32)
    """
    return lbfgs_loops(grad, old_dirs, old_stps, ro, scale)[0]


def lbfgs_loops(
    grad: Array, old_dirs: Sequence[Array], old_stps: Sequence[Array], ro: Sequence[Array], scale: Number
) -> tuple[Array, Array]:
    """:func:`lbfgs_direction`, and the share of each change that the first loop takes away from the gradient.

    Args:
      grad: ``(n,)``.
      old_dirs: Changes of the gradient, each ``(n,)``, the oldest first.
      old_stps: The steps that made them, each ``(n,)``.
      ro: For each ``1 / dot(change, step)``, 0-d. A 0 leaves an entry out, so that a history may be padded.
      scale: What the Hessian's inverse is, times the identity, where the history says nothing.

    Returns:
      ``(n,)``, and one number for each entry of the history.

    Example:
      >>> change, step = jnp.array([4.0, 0.0]), jnp.array([1.0, 0.0])
      >>> lbfgs_loops(jnp.array([8.0, 3.0]), [change], [step], [jnp.asarray(0.25)], 0.5)[1]
      Array([-2.], dtype=float32)
    """
    q, number = -grad, scalar(scale, grad.dtype)
    if not old_dirs:
        return q * number, jnp.zeros((0,), grad.dtype)
    history = jnp.stack(list(old_dirs)), jnp.stack(list(old_stps)), jnp.stack(list(ro)).astype(grad.dtype)

    def newest_first(q: Array, entry: tuple[Array, Array, Array]) -> tuple[Array, Array]:
        change, step, inverse = entry
        share = jnp.dot(step, q) * inverse
        return q - share * change, share

    def oldest_first(r: Array, entry: tuple[tuple[Array, Array, Array], Array]) -> tuple[Array, None]:
        (change, step, inverse), share = entry
        return r + (share - jnp.dot(change, r) * inverse) * step, None

    q, shares = jax.lax.scan(newest_first, q, history, reverse=True)
    return jax.lax.scan(oldest_first, q * number, (history, shares))[0], shares


def move_along(params: Sequence[Array], direction: Array, t: Number) -> list[Array]:
    """``params + t * direction``, the direction given as one vector for all of them.

    Args:
      params: Of any shapes; a complex one takes pairs of the vector.
      direction: ``(n,)``, where n counts the real numbers of all parameters.
      t: Length of the step.

    Returns:
      The new parameters.

    Example:
      >>> move_along([jnp.zeros(()), jnp.ones(2)], jnp.arange(3.0), 2.0)
      [Array(0., dtype=float32), Array([3., 5.], dtype=float32)]
    """
    new, offset = [], 0
    for param in params:
        is_complex = jnp.issubdtype(param.dtype, jnp.complexfloating)
        count = math.prod(param.shape) * (2 if is_complex else 1)
        part, offset = direction[offset : offset + count], offset + count
        if is_complex:
            part = jax.lax.complex(part[::2], part[1::2])
        new.append(add(param, part.reshape(param.shape), t))
    return new
