"""Gradient clipping with PyTorch's numerics."""

import math

import jax
import jax.core
import jax.numpy as jnp
import optax

from funcgrad.dtypes import opmath, result_type, scalar
from funcgrad.typing import Array, ArrayLike, PyTree

__all__ = ["clip_by_norm", "clip_by_value", "clip_grad_norm", "clip_grad_value", "get_total_norm"]

_NONFINITE = (
    "The total norm of order {} for gradients from `parameters` is non-finite, so it cannot be clipped. "
    "To disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
)
_TRACED = (
    "error_if_nonfinite=True needs the norm's value, which is not known while jax traces a function. Leave it False "
    "inside jit, vmap, scan or grad, and look at the returned norm outside."
)


def _vector_norm(tensor: Array, order: float) -> Array:
    """Norm of all elements, in the tensor's real dtype, computed in the wider one of 16-bit floats."""
    magnitudes = jnp.abs(tensor)
    wide = magnitudes.astype(opmath(magnitudes.dtype))
    if order == math.inf:
        norm = jnp.max(wide, initial=0.0)
    elif order == -math.inf:
        norm = jnp.min(wide, initial=math.inf)
    elif order == 0:
        norm = jnp.sum(wide != 0).astype(wide.dtype)
    elif order == 1:
        norm = jnp.sum(wide)
    elif order == 2:
        squares = jnp.sum(wide * wide)
        # The root's slope at 0 is infinite; a gradient of zeros has norm 0 with slope 0, as in PyTorch.
        norm = jnp.where(squares == 0, 0.0, jnp.sqrt(jnp.where(squares == 0, 1.0, squares)))
    else:
        norm = jnp.sum(wide**order) ** (1.0 / order)
    return norm.astype(magnitudes.dtype)


def get_total_norm(grads: PyTree, norm_type: float | str = 2.0) -> Array:
    """The norm of all gradients as one vector, taken as the norm of the leaves' norms.

    Answers "what does gradient clipping compare with its bound?".

    Args:
      grads: Gradients; None leaves count for nothing.
      norm_type: Order of the norm, ``inf`` (number or string) for the largest magnitude.

    Returns:
      The norm, shape ``()``; 0 if there is no gradient.

    Example:
      >>> get_total_norm({"w": jnp.array([3.0]), "b": jnp.array([4.0])})
      Array(5., dtype=float32)

    Source:
      PyTorch, ``torch.nn.utils.get_total_norm``.
    """
    order = float(norm_type)
    norms = [_vector_norm(grad, order) for grad in jax.tree.leaves(grads)]
    if not norms:
        return jnp.zeros((), jnp.float32)
    common = result_type(*norms)
    return _vector_norm(jnp.stack([norm.astype(common) for norm in norms]), order)


def _scale(grad: Array, factor: Array) -> Array:
    math_type = opmath(grad.dtype)
    return (grad.astype(math_type) * factor.astype(math_type)).astype(grad.dtype)


def clip_grad_norm(
    grads: PyTree, max_norm: ArrayLike, norm_type: float | str = 2.0, error_if_nonfinite: bool = False
) -> tuple[PyTree, Array]:
    r"""Scales gradients down so that their norm is at most `max_norm`.

    Answers "why is clipping done under ``no_grad``?": there it is arithmetic on finished gradients that nobody
    differentiates. Here the same holds by construction, for the gradients are values, not records.

    .. math:: g \leftarrow g \cdot \min\left(1, \frac{\text{max\_norm}}{\lVert g \rVert + 10^{-6}}\right)

    Args:
      grads: Gradients, any pytree; None leaves stay.
      max_norm: Bound of the norm; may be traced.
      norm_type: Order of the norm, ``inf`` (number or string) for the largest magnitude.
      error_if_nonfinite: Whether to raise if the norm is nan or infinite; not inside a jax transformation.

    Returns:
      The gradients, and their norm before clipping, shape ``()``.

    Raises:
      RuntimeError: if the norm is not finite and `error_if_nonfinite` is set, or its value is not known yet.

    Example:
      >>> grads, norm = clip_grad_norm({"w": jnp.array([3.0, 4.0])}, max_norm=1.0)
      >>> grads["w"].round(3), norm
      (Array([0.6, 0.8], dtype=float32), Array(5., dtype=float32))

    Source:
      PyTorch, ``torch.nn.utils.clip_grad_norm_``.
    """
    norm = get_total_norm(grads, norm_type)
    if error_if_nonfinite:
        if isinstance(norm, jax.core.Tracer):
            raise RuntimeError(_TRACED)
        if not math.isfinite(norm):
            raise RuntimeError(_NONFINITE.format(float(norm_type)))
    coefficient = jnp.minimum(scalar(max_norm, norm.dtype) / (norm + scalar(1e-6, norm.dtype)), 1.0)
    return jax.tree.map(lambda grad: _scale(grad, coefficient), grads), norm


def clip_grad_value(grads: PyTree, clip_value: ArrayLike) -> PyTree:
    """Clamps every gradient to ``[-clip_value, clip_value]``.

    Answers "why is clipping done under ``no_grad``?", as `clip_grad_norm` does.

    Args:
      grads: Gradients, any pytree; None leaves stay.
      clip_value: Bound of the magnitudes; may be traced.

    Returns:
      The clamped gradients.

    Example:
      >>> clip_grad_value(jnp.array([-3.0, 0.5]), 1.0)
      Array([-1. ,  0.5], dtype=float32)

    Source:
      PyTorch, ``torch.nn.utils.clip_grad_value_``.
    """

    def clamp(grad: Array) -> Array:
        bound = scalar(clip_value, grad.dtype)
        return jnp.clip(grad, -bound, bound)

    return jax.tree.map(clamp, grads)


def clip_by_norm(max_norm: ArrayLike, norm_type: float | str = 2.0) -> optax.GradientTransformation:
    """`clip_grad_norm` as a transformation, for the front of an ``optax.chain``.

    Answers "where does clipping go in a training step?": between ``backward`` and ``step``.

    Args:
      max_norm: Bound of the norm.
      norm_type: Order of the norm.

    Returns:
      A stateless optax transformation.

    Example:
      >>> tx = clip_by_norm(1.0)
      >>> tx.update(jnp.array([3.0, 4.0]), tx.init(None))[0].round(3)
      Array([0.6, 0.8], dtype=float32)

    Source:
      PyTorch, ``torch.nn.utils.clip_grad_norm_``; optax's ``clip_by_global_norm`` has no ``1e-6``.
    """
    return optax.stateless(lambda updates, _: clip_grad_norm(updates, max_norm, norm_type)[0])


def clip_by_value(clip_value: ArrayLike) -> optax.GradientTransformation:
    """`clip_grad_value` as a transformation, for the front of an ``optax.chain``.

    Answers "where does clipping go in a training step?": between ``backward`` and ``step``.

    Args:
      clip_value: Bound of the magnitudes.

    Returns:
      A stateless optax transformation.

    Example:
      >>> tx = clip_by_value(1.0)
      >>> tx.update(jnp.array([3.0, 0.5]), tx.init(None))[0]
      Array([1. , 0.5], dtype=float32)

    Source:
      PyTorch, ``torch.nn.utils.clip_grad_value_``.
    """
    return optax.stateless(lambda updates, _: clip_grad_value(updates, clip_value))
