"""Dimensions and broadcasting, with PyTorch's messages."""

import math
from collections.abc import Sequence

import jax.numpy as jnp

from funcgrad.typing import Array, Dim

__all__ = [
    "broadcast_shapes",
    "infer_size",
    "numel",
    "reduced_shape",
    "restore_dims",
    "wrap_dim",
    "wrap_dims",
]


def numel(shape: Sequence[int]) -> int:
    """Number of elements of `shape`."""
    return math.prod(shape)


def wrap_dim(dim: int, ndim: int) -> int:
    """`dim` counted from the front; a 0-d array counts as having one dimension.

    Raises:
      IndexError: if `dim` is out of range.

    Example:
      >>> wrap_dim(-1, 3)
      2
    """
    n = max(ndim, 1)
    if not -n <= dim < n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
    return dim % n


def wrap_dims(dims: Dim, ndim: int) -> tuple[int, ...]:
    """The dimensions that `dims` names, counted from the front; None or ``()`` names all.

    Raises:
      IndexError: if one is out of range.
      RuntimeError: if one is named twice, or `ndim` exceeds 64.
    """
    if ndim > 64:
        raise RuntimeError("only tensors with up to 64 dims are supported")
    if dims is None:
        return tuple(range(ndim))
    if isinstance(dims, int):
        wrapped = (wrap_dim(dims, ndim),)
    else:
        wrapped = tuple(wrap_dim(d, ndim) for d in dims)
    for i, d in enumerate(wrapped):
        if d in wrapped[:i]:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return (wrapped if ndim else ()) or tuple(range(ndim))


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """Shape of arrays of `shapes` broadcast together.

    Raises:
      RuntimeError: if sizes differ at a dimension where neither is one.
    """
    out: tuple[int, ...] = ()
    for shape in shapes:
        n = max(len(out), len(shape))
        a, b = (1,) * (n - len(out)) + tuple(out), (1,) * (n - len(shape)) + tuple(shape)
        for i in range(n - 1, -1, -1):
            if a[i] != b[i] and a[i] != 1 and b[i] != 1:
                raise RuntimeError(
                    f"The size of tensor a ({a[i]}) must match the size of tensor b ({b[i]}) "
                    f"at non-singleton dimension {i}"
                )
        out = tuple(y if x == 1 else x for x, y in zip(a, b, strict=True))
    return out


def infer_size(shape: Sequence[int], numel: int) -> tuple[int, ...]:
    """`shape` with its one ``-1`` worked out for `numel` elements.

    Raises:
      RuntimeError: if no size fits.
    """
    shape = tuple(shape)
    unknown = [i for i, n in enumerate(shape) if n == -1]
    if len(unknown) > 1:
        raise RuntimeError("only one dimension can be inferred")
    for n in shape:
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n}")
    known = math.prod(n for n in shape if n != -1)
    if known == numel if not unknown else known > 0 and numel % known == 0:
        return tuple(numel // known if n == -1 else n for n in shape)
    if unknown and known == 0 == numel:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension size "
            "-1 can be any value and is ambiguous"
        )
    raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {numel}")


def reduced_shape(shape: Sequence[int], dims: Sequence[int], keepdim: bool) -> tuple[int, ...]:
    """`shape` after a reduction over `dims` (counted from the front)."""
    if keepdim:
        return tuple(1 if i in dims else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in dims)


def restore_dims(x: Array, dims: Sequence[int], ndim: int, keepdim: bool) -> Array:
    """A reduction's result (or its cotangent) with its `dims` back as ones, ready to broadcast against the input."""
    return x if keepdim or ndim == 0 else jnp.expand_dims(x, tuple(dims))
