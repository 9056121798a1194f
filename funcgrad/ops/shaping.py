"""Joining, repeating, padding and rearranging: operations that copy elements and compute nothing."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Literal

import jax.numpy as jnp
import numpy as np
from jax import lax

from funcgrad.dtypes import promote, result_type, scalar
from funcgrad.shapes import broadcast_shapes, wrap_dim, wrap_dims
from funcgrad.typing import Array, Dim, Number

__all__ = [
    "block_diag",
    "broadcast_tensors",
    "cartesian_prod",
    "cat",
    "channel_shuffle",
    "circular_pad",
    "column_stack",
    "combinations",
    "constant_pad_nd",
    "diag",
    "diag_embed",
    "diagflat",
    "dstack",
    "flip",
    "fliplr",
    "flipud",
    "hstack",
    "meshgrid",
    "one_hot",
    "pad",
    "reflection_pad",
    "repeat",
    "repeat_indices",
    "repeat_interleave",
    "replication_pad",
    "roll",
    "rot90",
    "stack",
    "tile",
    "tril",
    "tril_indices",
    "triu",
    "triu_indices",
    "vstack",
]

PadMode = Literal["constant", "reflect", "replicate", "circular"]


# ---------------------------------------------------------------- joining
def cat(tensors: Sequence[Array], dim: int = 0) -> Array:
    """Join along an existing dimension; dtypes promote, and empty 1-D arrays fit anywhere.

    Example:
      >>> cat([jnp.ones((2, 3)), jnp.zeros((1, 3))]).shape
      (3, 3)
    """
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, t in enumerate(tensors):
        if t is None:
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got NoneType")
        if not t.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    dtype = result_type(*tensors)
    # a legacy of PyTorch: shape (0,) was once the only empty tensor
    kept = [(i, t) for i, t in enumerate(tensors) if t.shape != (0,)]
    if not kept:
        wrap_dim(dim, 1)
        return jnp.zeros((0,), dtype)
    first = kept[0][1]
    dim = wrap_dim(dim, first.ndim)
    for i, t in kept[1:]:
        if t.ndim != first.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {t.ndim}")
        for d in range(t.ndim):
            if d != dim and t.shape[d] != first.shape[d]:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {first.shape[d]} but got "
                    f"size {t.shape[d]} for tensor number {i} in the list."
                )
    return jnp.concatenate([t.astype(dtype) for _, t in kept], dim)


def stack(tensors: Sequence[Array], dim: int = 0) -> Array:
    """Join along a new dimension."""
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    dim = wrap_dim(dim, tensors[0].ndim + 1)
    for i, t in enumerate(tensors):
        if t.shape != tensors[0].shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and "
                f"{list(t.shape)} at entry {i}"
            )
    dtype = result_type(*tensors)
    return jnp.stack([t.astype(dtype) for t in tensors], dim)


def hstack(tensors: Sequence[Array]) -> Array:
    """Join columns: along dimension 1, or 0 for vectors."""
    tensors = [jnp.atleast_1d(t) for t in tensors]
    return cat(tensors, 0 if tensors[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Array]) -> Array:
    """Join rows, vectors counting as one row."""
    return cat([jnp.atleast_2d(t) for t in tensors], 0)


def dstack(tensors: Sequence[Array]) -> Array:
    """Join along the third dimension."""
    return cat([jnp.atleast_3d(t) for t in tensors], 2)


def column_stack(tensors: Sequence[Array]) -> Array:
    """Join columns, vectors counting as one column."""
    return hstack([t.reshape(t.size, 1) if t.ndim <= 1 else t for t in tensors])


def block_diag(tensors: Sequence[Array]) -> Array:
    """Block diagonal matrix; vectors are rows, numbers 1x1 blocks."""
    for i, t in enumerate(tensors):
        if t.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {t.ndim} dimensions"
            )
    if not tensors:
        return jnp.zeros((1, 0), "float32")
    blocks = [jnp.atleast_2d(t) for t in promote(*tensors)]
    width = sum(b.shape[1] for b in blocks)
    rows, left = [], 0
    for b in blocks:
        rows.append(jnp.pad(b, ((0, 0), (left, width - left - b.shape[1]))))
        left += b.shape[1]
    return jnp.concatenate(rows, 0)


# ---------------------------------------------------------------- reversing, rolling, repeating
def flip(input: Array, dims: Dim) -> Array:
    """Reverse the order along `dims`."""
    dims = (dims,) if isinstance(dims, int) else tuple(dims or ())
    return jnp.flip(input, wrap_dims(dims, input.ndim)) if dims else input


def fliplr(input: Array) -> Array:
    """Reverse the columns."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return jnp.flip(input, 1)


def flipud(input: Array) -> Array:
    """Reverse the rows."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return jnp.flip(input, 0)


def roll(input: Array, shifts: int | Sequence[int], dims: Dim = None) -> Array:
    """Shift elements along `dims`, those pushed out coming back at the other end; flattened if no dims."""
    shifts = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    dims = () if dims is None else (dims,) if isinstance(dims, int) else tuple(dims)
    if not dims and len(shifts) == 1:
        return jnp.roll(input.reshape(-1), shifts[0]).reshape(input.shape)
    if not shifts:
        raise RuntimeError("`shifts` required")
    if len(shifts) != len(dims):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    return jnp.roll(input, shifts, tuple(wrap_dim(d, input.ndim) for d in dims))


def rot90(input: Array, k: int = 1, dims: Sequence[int] = (0, 1)) -> Array:
    """Rotate by `k` quarter turns in the plane of two dimensions, from the first towards the second."""
    dims = tuple(dims)
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    if dims[0] == dims[1] or abs(dims[0] - dims[1]) == input.ndim:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    return jnp.rot90(input, k, dims)


def repeat(input: Array, repeats: Sequence[int]) -> Array:
    """Copies of the whole array side by side, ``repeats[i]`` times along dimension i."""
    repeats = tuple(repeats)
    if len(repeats) < input.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    shape = (1,) * (len(repeats) - input.ndim) + input.shape
    out = [n * r for n, r in zip(shape, repeats, strict=True)]
    for n in out:
        if n < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {n}: {out}")
    return jnp.tile(input, repeats)


def tile(input: Array, dims: Sequence[int]) -> Array:
    """As `repeat`, missing leading dims counting as 1."""
    dims = tuple(dims)
    return repeat(input, (1,) * (input.ndim - len(dims)) + dims)


def repeat_interleave(input: Array, repeats: int, dim: int | None = None) -> Array:
    """Every element (every slice along `dim`) `repeats` times in a row; flattened if dim is None."""
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    if dim is None:
        input, dim = input.reshape(-1), 0
    return jnp.repeat(input, repeats, wrap_dim(dim, input.ndim))


def repeat_indices(repeats: np.ndarray) -> np.ndarray:
    """Index i ``repeats[i]`` times, to gather with. NumPy, as its size depends on values."""
    if repeats.dtype not in (np.dtype("int32"), np.dtype("int64")):
        raise RuntimeError("repeats has to be Long or Int tensor")
    if (repeats < 0).any():
        raise RuntimeError("repeats can not be negative")
    return np.repeat(np.arange(repeats.size), repeats.reshape(-1))


# ---------------------------------------------------------------- padding
def _pairs(pad: Sequence[int]) -> list[tuple[int, int]]:
    """PyTorch's flat padding, last dimension first, as pairs for the last ``len(pad) // 2`` dimensions in order."""
    if len(pad) % 2:
        raise RuntimeError("Padding length must be divisible by 2")
    return [(pad[i], pad[i + 1]) for i in range(0, len(pad), 2)][::-1]


def constant_pad_nd(input: Array, pad: Sequence[int], value: Number = 0) -> Array:
    """Surround with `value`; negative amounts crop."""
    pairs = _pairs(pad)
    if len(pairs) > input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {input.ndim}"
        )
    pairs = [(0, 0)] * (input.ndim - len(pairs)) + pairs
    for n, (lo, hi) in zip(input.shape, pairs, strict=True):
        if n + lo + hi < 0 or n + min(lo, 0) < 0 or n + min(hi, 0) < 0:
            raise RuntimeError("narrow(): length must be non-negative.")
    return lax.pad(input, scalar(value, input.dtype), [(lo, hi, 0) for lo, hi in pairs])


def _extend(input: Array, pairs: list[tuple[int, int]], before: Callable, after: Callable) -> Array:
    """Join what `before` and `after` make of (input, amount, dim) to both ends of each of the last dimensions.

    Slices and a concatenation rather than a gather: their gradients need no scatter.
    """
    for dim, (lo, hi) in enumerate(pairs, input.ndim - len(pairs)):
        parts = [before(input, lo, dim)] if lo > 0 else []
        parts += [input, after(input, hi, dim)] if hi > 0 else [input]
        size = input.shape[dim]
        input = jnp.concatenate(parts, dim) if len(parts) > 1 else input
        if lo < 0 or hi < 0:
            start = max(-lo, 0)
            input = lax.slice_in_dim(input, start, start + size + lo + hi, axis=dim)
    return input


def _check_spatial(input: Array, pairs: list[tuple[int, int]]) -> None:
    if input.ndim not in (len(pairs) + 1, len(pairs) + 2):
        raise NotImplementedError(f"Padding size {2 * len(pairs)} is not supported for {input.ndim}D input tensor.")


def reflection_pad(input: Array, padding: Sequence[int]) -> Array:
    """Surround with the mirror image, the edge itself not repeated."""
    pairs = _pairs(padding)
    for dim, (lo, hi) in enumerate(pairs, input.ndim - len(pairs)):
        if lo >= input.shape[dim] or hi >= input.shape[dim]:
            raise RuntimeError(
                "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding "
                f"({lo}, {hi}) at dimension {dim} of input {list(input.shape)}"
            )

    def before(x: Array, n: int, dim: int) -> Array:
        return jnp.flip(lax.slice_in_dim(x, 1, 1 + n, axis=dim), dim)

    def after(x: Array, n: int, dim: int) -> Array:
        end = x.shape[dim] - 1
        return jnp.flip(lax.slice_in_dim(x, end - n, end, axis=dim), dim)

    return _extend(input, pairs, before, after)


def replication_pad(input: Array, padding: Sequence[int]) -> Array:
    """Surround with copies of the edge."""

    def before(x: Array, n: int, dim: int) -> Array:
        return jnp.repeat(lax.slice_in_dim(x, 0, 1, axis=dim), n, dim)

    def after(x: Array, n: int, dim: int) -> Array:
        return jnp.repeat(lax.slice_in_dim(x, x.shape[dim] - 1, x.shape[dim], axis=dim), n, dim)

    return _extend(input, _pairs(padding), before, after)


def circular_pad(input: Array, padding: Sequence[int]) -> Array:
    """Surround with what is at the other end, after cropping what negative amounts ask for."""
    pairs = _pairs(padding)
    for n, (lo, hi) in zip(input.shape[input.ndim - len(pairs) :], pairs, strict=True):
        if lo > n or hi > n:
            raise RuntimeError("Padding value causes wrapping around more than once.")
        if n + lo + hi < 0:
            raise RuntimeError("Negative padding value is resulting in an empty dimension")

    def before(x: Array, n: int, dim: int) -> Array:
        return lax.slice_in_dim(x, x.shape[dim] - n, x.shape[dim], axis=dim)

    def after(x: Array, n: int, dim: int) -> Array:
        return lax.slice_in_dim(x, 0, n, axis=dim)

    cropped = _extend(input, [(min(lo, 0), min(hi, 0)) for lo, hi in pairs], before, after)
    return _extend(cropped, [(max(lo, 0), max(hi, 0)) for lo, hi in pairs], before, after)


_PADS = {"reflect": reflection_pad, "replicate": replication_pad, "circular": circular_pad}


def pad(input: Array, pad: Sequence[int], mode: PadMode = "constant", value: Number | None = None) -> Array:
    """Pad the last dimensions; `pad` lists (before, after) from the last dimension backwards.

    Example:
      >>> pad(jnp.array([1, 2, 3]), (1, 0)).tolist()
      [0, 1, 2, 3]
    """
    if mode == "constant":
        return constant_pad_nd(input, pad, 0 if value is None else value)
    check_pad(input, pad, mode, value)
    return _PADS[mode](input, pad)


def check_pad(input: Array, pad: Sequence[int], mode: str, value: Number | None) -> None:
    """Raise what PyTorch raises for wrong arguments of the modes that copy from the input."""
    pairs = _pairs(pad)
    if len(pairs) > input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding length "
            f"{len(pad)} and input of dimension {input.ndim}"
        )
    if value is not None and not isinstance(value, int | float):
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if mode not in _PADS:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    _check_spatial(input, pairs)


# ---------------------------------------------------------------- triangles and diagonals
def tril(input: Array, diagonal: int = 0) -> Array:
    """Lower triangle, zeros above the diagonal."""
    if input.ndim < 2:
        raise RuntimeError("tril: input tensor must have at least 2 dimensions")
    return jnp.tril(input, diagonal)


def triu(input: Array, diagonal: int = 0) -> Array:
    """Upper triangle, zeros below the diagonal."""
    if input.ndim < 2:
        raise RuntimeError("triu: input tensor must have at least 2 dimensions")
    return jnp.triu(input, diagonal)


def diag_embed(input: Array, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Array:
    """Matrices with the last dimension on a diagonal of the new dimensions `dim1` and `dim2`."""
    ndim = input.ndim + 1
    a, b = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if a == b:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = input.shape[-1] + abs(offset)
    rows = jnp.arange(size)[:, None] + offset == jnp.arange(size)
    # column j of the result holds element j - max(offset, 0)
    values = jnp.pad(input, [(0, 0)] * (input.ndim - 1) + [(max(offset, 0), max(-offset, 0))])
    out = jnp.where(rows, values[..., None, :], jnp.zeros((), input.dtype))
    return jnp.moveaxis(out, (-2, -1), (a, b))


def diag(input: Array, diagonal: int = 0) -> Array:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal."""
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    if input.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return jnp.diagonal(input, diagonal)


def diagflat(input: Array, offset: int = 0) -> Array:
    """Square matrix with the flattened input on a diagonal."""
    return diag_embed(input.reshape(-1), offset)


def tril_indices(row: int, col: int, offset: int = 0) -> np.ndarray:
    """Row and column of every element of the lower triangle, shape ``(2, n)``."""
    _check_sizes(row, col)
    return np.stack(np.tril_indices(row, offset, col)).astype("int64")


def triu_indices(row: int, col: int, offset: int = 0) -> np.ndarray:
    """Row and column of every element of the upper triangle, shape ``(2, n)``."""
    _check_sizes(row, col)
    return np.stack(np.triu_indices(row, offset, col)).astype("int64")


def _check_sizes(row: int, col: int) -> None:
    if row < 0:
        raise RuntimeError(f"row must be non-negative, got{row}")
    if col < 0:
        raise RuntimeError(f"col must be non-negative, got{col}")


# ---------------------------------------------------------------- grids
def broadcast_tensors(tensors: Sequence[Array]) -> list[Array]:
    """All arrays expanded to their common shape."""
    shape = broadcast_shapes(*(t.shape for t in tensors))
    return [jnp.broadcast_to(t, shape) for t in tensors]


def meshgrid(tensors: Sequence[Array], indexing: str = "ij") -> list[Array]:
    """Grids of the coordinates in vectors; ``"xy"`` swaps the first two dimensions."""
    check_meshgrid([t.ndim for t in tensors], indexing)
    return jnp.meshgrid(*tensors, indexing=indexing)


def check_meshgrid(ndims: Sequence[int], indexing: str) -> None:
    """Raise PyTorch's errors of meshgrid."""
    if any(n > 1 for n in ndims):
        raise RuntimeError("torch.meshgrid: Expected 0D or 1D tensor in the tensor list")
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')


def _check_vectors(tensors: Sequence[Array]) -> None:
    for t in tensors:
        if t.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(t.shape)}")


def cartesian_prod(tensors: Sequence[Array]) -> Array:
    """All tuples with one element of each vector, shape ``(n, k)``; a single vector is returned as it is."""
    _check_vectors(tensors)
    if len(tensors) == 1:
        return tensors[0]
    return jnp.stack([g.reshape(-1) for g in jnp.meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Array, r: int = 2, with_replacement: bool = False) -> Array:
    """All sets of `r` elements, in the order of positions, shape ``(n, r)``."""
    _check_vectors([input])
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if not r:
        return jnp.zeros((0,), input.dtype)
    pick = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    index = np.array(list(pick(range(input.shape[0]), r)), "int64").reshape(-1, r)
    return input[index]


def one_hot(input: Array, num_classes: int) -> Array:
    """Zeros with a one at each class index, along a new last dimension; int64.

    Example:
      >>> one_hot(jnp.array([1, 0]), 3).tolist()
      [[0, 1, 0], [1, 0, 0]]
    """
    if not jnp.issubdtype(input.dtype, jnp.integer) or input.dtype.itemsize < 4:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    classes = jnp.arange(num_classes, dtype=input.dtype)
    return (input[..., None] == classes).astype(result_type(0))


def channel_shuffle(input: Array, groups: int) -> Array:
    """Interleave `groups` groups of channels (dimension 1)."""
    if input.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    n, c = input.shape[:2]
    if c % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {c} channels and {groups} groups.")
    split = input.reshape(n, groups, c // groups, math.prod(input.shape[2:]))
    return split.swapaxes(1, 2).reshape(input.shape)
