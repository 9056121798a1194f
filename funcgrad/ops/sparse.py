"""Matrices given by coordinates: one row of indices a dimension, and a value for each column of them.

Coordinates may repeat; the values at one place add up. They lie within the shape: that is the caller's business.
"""

from collections.abc import Sequence

import jax
import jax.numpy as jnp

from funcgrad.dtypes import torch_name
from funcgrad.typing import Array

__all__ = ["coo_mm", "coo_to_dense"]


def coo_to_dense(indices: Array, values: Array, size: Sequence[int]) -> Array:
    """The array of shape `size` with `values` added at `indices` to zeros.

    Args:
      indices: One row a sparse dimension, one column a value.
      values: A value each; further dimensions are dense ones.
      size: The shape.

    Returns:
      The array.

    Example:
      >>> coo_to_dense(jnp.array([[0, 1, 1], [2, 0, 0]]), jnp.array([3.0, 4.0, 5.0]), (2, 3)).tolist()
      [[0.0, 0.0, 3.0], [9.0, 0.0, 0.0]]

    Source:
      PyTorch, ``torch.Tensor.to_dense``.
    """
    empty = jnp.zeros(tuple(size), values.dtype)
    if not indices.shape[0]:  # all dimensions are dense
        return values.sum(0, dtype=values.dtype).reshape(empty.shape)
    return empty.at[tuple(indices)].add(values, mode="promise_in_bounds", wrap_negative_indices=False)


def coo_mm(indices: Array, values: Array, other: Array, rows: int) -> Array:
    """The product of a sparse matrix and a dense one; neither is ever laid out whole.

    Args:
      indices: Rows and columns of the sparse matrix.
      values: Its values.
      other: The dense matrix.
      rows: How many rows the sparse matrix has.

    Returns:
      The dense product.

    Raises:
      RuntimeError: if the dtypes differ.

    Example:
      >>> coo_mm(jnp.array([[0, 1], [2, 0]]), jnp.array([3.0, 4.0]), jnp.arange(6.0).reshape(3, 2), 2).tolist()
      [[12.0, 15.0], [0.0, 4.0]]

    Source:
      PyTorch, ``torch.sparse.mm``.
    """
    if values.dtype != other.dtype:
        kinds = (torch_name(d).capitalize() for d in (values.dtype, other.dtype))
        raise RuntimeError("expected scalar type {} but found {}".format(*kinds))
    picked = other.at[indices[1]].get(mode="promise_in_bounds", wrap_negative_indices=False)
    return jax.ops.segment_sum(values[:, None] * picked, indices[0], rows, mode="promise_in_bounds")
