"""Arrays with the elements of a view replaced."""

import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.shapes import wrap_dim
from funcgrad.typing import Array

__all__ = ["diagonal_scatter", "select_scatter", "slice_scatter"]


def _check_source(src: Array, shape: tuple[int, ...]) -> None:
    if src.shape != shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. src size = "
            f"{list(src.shape)}, slice size = {list(shape)}"
        )


def select_scatter(input: Array, src: Array, dim: int, index: int) -> Array:
    """`input` with slice `index` of `dim` replaced."""
    dim = wrap_dim(dim, input.ndim)
    n = input.shape[dim]
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {dim}"
        )
    _check_source(src, input.shape[:dim] + input.shape[dim + 1 :])
    return lax.dynamic_update_index_in_dim(input, src.astype(input.dtype), index % n, dim)


def slice_scatter(
    input: Array, src: Array, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Array:
    """`input` with ``[start:end:step]`` of `dim` replaced."""
    dim = wrap_dim(dim, input.ndim)
    start, end, step = slice(start, end, step).indices(input.shape[dim])
    shape = (*input.shape[:dim], len(range(start, end, step)), *input.shape[dim + 1 :])
    _check_source(src, shape)
    at = (slice(None),) * dim + (slice(start, end, step),)
    return input.at[at].set(src.astype(input.dtype), unique_indices=True)


def diagonal_scatter(input: Array, src: Array, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Array:
    """`input` with a diagonal replaced."""
    a, b = wrap_dim(dim1, input.ndim), wrap_dim(dim2, input.ndim)
    moved = jnp.moveaxis(input, (a, b), (-2, -1))
    size = max(min(moved.shape[-2] + min(offset, 0), moved.shape[-1] - max(offset, 0)), 0)
    _check_source(src, (*moved.shape[:-2], size))
    i = np.arange(size)
    out = moved.at[..., i - min(offset, 0), i + max(offset, 0)].set(src.astype(input.dtype), unique_indices=True)
    return jnp.moveaxis(out, (-2, -1), (a, b))
