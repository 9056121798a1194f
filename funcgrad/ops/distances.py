"""Distances of all pairs of vectors."""

import numpy as np

from funcgrad.ops.reduction import vector_norm
from funcgrad.shapes import broadcast_shapes
from funcgrad.typing import Array

__all__ = ["cdist", "pdist"]


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
