"""Distances of all pairs of vectors, and norms held below a limit."""

from collections.abc import Hashable

import jax
import jax.numpy as jnp
import numpy as np

from funcgrad.dtypes import opmath, scalar
from funcgrad.ops.reduction import vector_norm
from funcgrad.shapes import broadcast_shapes, wrap_dim
from funcgrad.typing import Array, Number

__all__ = ["cdist", "pdist", "renorm"]


def cdist(x1: Array, x2: Array, p: int | float = 2.0) -> Array:
    """p-norm distances of all pairs of rows, ``(*, P, M), (*, R, M) -> (*, P, R)``; the derivative at 0 is 0.

    Example:
      >>> cdist(jnp.zeros((1, 2)), jnp.array([[3.0, 4.0]])).tolist()
      [[5.0]]
    """
    for name, x in (("X1", x1), ("X2", x2)):
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    return vector_norm(x1[..., :, None, :] - x2[..., None, :, :], p, -1)


def pdist(input: Array, p: int | float = 2.0) -> Array:
    """p-norm distances of all pairs of different rows, in the order (0, 1), (0, 2) ..."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    i, j = np.triu_indices(input.shape[0], 1)
    return vector_norm(input[i] - input[j], p, -1)


def renorm(input: Array, p: Hashable, dim: int, maxnorm: Number) -> Array:
    """Scale the slices along `dim` whose p-norm exceeds `maxnorm` down to it.

    Raises:
      RuntimeError: for fewer than two dimensions, or a negative `p` or `maxnorm`.

    Source: PyTorch, ``torch.renorm``.
    """
    if isinstance(p, complex):
        raise RuntimeError("renorm: p must be real-valued")
    if float(p) <= 0:  # type: ignore[arg-type]
        raise RuntimeError("renorm: non-positive-norm not supported")
    if isinstance(maxnorm, complex):
        raise RuntimeError("renorm: maxnorm must be real-valued")
    if not isinstance(maxnorm, jax.Array) and maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    dim = wrap_dim(dim, input.ndim)
    rest = tuple(d for d in range(input.ndim) if d != dim)
    norms = vector_norm(input.astype(opmath(input.dtype)), p, rest, keepdim=True)
    limit = scalar(maxnorm, norms.dtype)
    factor = jnp.where(norms > limit, limit / (norms + scalar(1e-7, norms.dtype)), jnp.ones_like(norms))
    return input * factor.astype(input.dtype)
