"""Rprop with PyTorch's rule: only the signs of the gradients count, and each element has a step size of its own."""

from collections.abc import Sequence
from typing import Any

import jax.numpy as jnp
import optax

from funcgrad.dtypes import scalar
from funcgrad.ops.pointwise_unary import sign
from funcgrad.optim._arithmetic import addcmul, as_complex, as_real, decay_gradients
from funcgrad.optim._transformation import LearningRate, check_range, from_kernel
from funcgrad.typing import Array, Number

__all__ = ["rprop", "rprop_step"]


def rprop_step(
    params: Sequence[Array],
    grads: Sequence[Array],
    prevs: Sequence[Array],
    step_sizes: Sequence[Array],
    steps: Sequence[Array],
    *,
    etaminus: Number = 0.5,
    etaplus: Number = 1.2,
    step_size_min: Number = 1e-6,
    step_size_max: Number = 50.0,
    maximize: bool = False,
) -> tuple[list[Array], list[Array], list[Array], list[Array]]:
    """One step of Rprop: each step size grows where the gradient kept its sign, and shrinks where it changed.

    Where it changed the element stays, and its gradient counts as 0 at the next step.

    Returns:
      The new parameters, gradients to compare with, step sizes and step counts.

    Example:
      >>> before, size, step = jnp.array([1.0, -1.0]), jnp.ones(2), jnp.zeros(())
      >>> w, _, sizes, _ = rprop_step([jnp.zeros(2)], [jnp.full(2, 3.0)], [before], [size], [step])
      >>> w[0], sizes[0]
      (Array([-1.2,  0. ], dtype=float32), Array([1.2, 0.5], dtype=float32))
    """
    new, kept, sizes = [], [], []
    signed = as_real(decay_gradients(params, grads, None, maximize))
    for param, grad, prev, size in zip(as_real(params), signed, as_real(prevs), as_real(step_sizes), strict=True):
        agreement, dtype = sign(grad * prev), size.dtype
        factor = jnp.where(agreement > 0, scalar(etaplus, dtype), jnp.ones_like(size))
        factor = jnp.where(agreement < 0, scalar(etaminus, dtype), factor)
        size = jnp.minimum(jnp.maximum(size * factor, scalar(step_size_min, dtype)), scalar(step_size_max, dtype))
        grad = jnp.where(agreement < 0, jnp.zeros_like(grad), grad)
        new.append(addcmul(param, sign(grad), size, -1))
        kept.append(grad)
        sizes.append(size)
    return as_complex(new, params), as_complex(kept, params), as_complex(sizes, params), [step + 1 for step in steps]


def rprop(
    lr: LearningRate = 1e-2,
    etas: tuple[float, float] = (0.5, 1.2),
    step_sizes: tuple[float, float] = (1e-6, 50.0),
    *,
    maximize: bool = False,
) -> optax.GradientTransformation:
    r"""Rprop, PyTorch's rule: for whole batches, whose gradients have signs to rely on.

    Answers "is ``step()`` always plain gradient descent?": no, here the gradient's size does not matter at all.

    .. math:: p \leftarrow p - s\, \mathrm{sign}(g), \qquad s \leftarrow \text{clip}(s\, \eta_\pm)

    with :math:`\eta_+` where the gradient kept its sign, :math:`\eta_-` (and no step) where it changed.

    Args:
      lr: What the step sizes begin as; of a schedule, its first value. It does not matter afterwards.
      etas: Factors :math:`\eta_-, \eta_+` of the step sizes.
      step_sizes: The least and the largest step size.
      maximize: Whether to climb instead of descend.

    Returns:
      An optax transformation.

    Raises:
      ValueError: if a number is out of its range.

    Example:
      >>> tx = rprop(lr=0.5)
      >>> updates, state = tx.update(jnp.array([3.0, -4.0]), tx.init(jnp.zeros(2)))
      >>> updates
      Array([-0.5,  0.5], dtype=float32)

    Source:
      PyTorch, ``torch.optim.Rprop``; Riedmiller and Braun 1993.
    """
    check_range("learning rate", lr)
    if not 0.0 < etas[0] < 1.0 < etas[1]:
        raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")

    def fill(param: Array) -> Array:
        start = lr(jnp.zeros((), jnp.int32)) if callable(lr) else lr
        if jnp.issubdtype(param.dtype, jnp.complexfloating):
            start = start * (1 + 1j)  # the two parts have step sizes of their own
        return jnp.full_like(param, start)

    def kernel(
        params: Sequence[Array],
        grads: Sequence[Array],
        prevs: Sequence[Array],
        sizes: Sequence[Array],
        *,
        count: Array,
        lr: Any,
    ) -> Sequence[Sequence[Any]]:
        return rprop_step(
            params,
            grads,
            prevs,
            sizes,
            [],
            etaminus=etas[0],
            etaplus=etas[1],
            step_size_min=step_sizes[0],
            step_size_max=step_sizes[1],
            maximize=maximize,
        )[:-1]

    return from_kernel(kernel, {"prev": jnp.zeros_like, "step_size": fill}, lr, reads_params=False)
